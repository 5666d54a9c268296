// Compiles src/ to dist/ for the published package: JavaScript and declarations, import paths
// rewritten from .ts to .js. In the repository the sources run as they are.
//
// Lives on: the developer's machine, before `npm pack` and `npm publish`.

import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, readFileSync, rmSync } from "node:fs";

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

rmSync("dist", { recursive: true, force: true });
const compiled = spawnSync("tsc", ["-p", "tsconfig.build.json"], { stdio: "inherit" });
if (compiled.status !== 0) process.exit(compiled.status ?? 1);

const manifest = JSON.parse(readFileSync("package.json", "utf8")) as Manifest;
const absent = promisedFiles(manifest).filter((file) => !existsSync(file));
if (absent.length > 0) {
  console.error(`package.json names files that the build did not make: ${absent.join(", ")}`);
  process.exit(1);
}
for (const file of Object.values(manifest.bin)) chmodSync(file, 0o755);
