// Makes dist/ for the published package: declarations by the compiler, and JavaScript as one file for
// each place where a process or a thread begins, with what they share in chunks beside them. Loading
// hundreds of small modules was most of a node's start. In the repository the sources run as they are.
//
// Lives on: the developer's machine, before `npm pack` and `npm publish`.

import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, readFileSync, rmSync } from "node:fs";
import { build } from "esbuild";

type Manifest = {
  readonly bin: Readonly<Record<string, string>>;
  readonly exports: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
};

function promisedFiles(manifest: Manifest): readonly string[] {
  const exported = Object.values(manifest.exports).flatMap((entry) =>
    typeof entry === "string" ? [entry] : Object.values(entry),
  );
  return [...new Set([...Object.values(manifest.bin), ...exported])];
}

/** All in one folder: a chunk finds the files that threads begin with beside itself. */
const entries = {
  main: "src/main.ts",
  index: "src/index.ts",
  testing: "src/testing.ts",
  "host-main": "src/host-main.ts",
  "job-main": "src/job-main.ts",
  "worker-entry": "src/runtime/threads/worker-entry.ts",
  "job-entry": "src/runtime/threads/job-entry.ts",
};

rmSync("dist", { recursive: true, force: true });
const compiled = spawnSync("tsc", ["-p", "tsconfig.build.json"], { stdio: "inherit" });
if (compiled.status !== 0) process.exit(compiled.status ?? 1);
await build({
  entryPoints: entries,
  outdir: "dist",
  bundle: true,
  splitting: true,
  packages: "external",
  format: "esm",
  platform: "node",
  target: "node22.15",
  chunkNames: "chunk-[hash]",
  logLevel: "warning",
});

const manifest = JSON.parse(readFileSync("package.json", "utf8")) as Manifest;
const absent = promisedFiles(manifest).filter((file) => !existsSync(file));
if (absent.length > 0) {
  console.error(`package.json names files that the build did not make: ${absent.join(", ")}`);
  process.exit(1);
}
for (const file of Object.values(manifest.bin)) chmodSync(file, 0o755);
