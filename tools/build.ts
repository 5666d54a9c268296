// Makes dist/ for the published package: declarations by the compiler, and JavaScript as one file for
// each place where a process or a thread begins, with what they share in chunks beside them. Loading
// hundreds of small modules was most of a node's start. In the repository the sources run as they are.
//
// Lives on: the developer's machine, before `npm pack` and `npm publish`.

import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";

type Manifest = {
  readonly name: string;
  readonly version: string;
  readonly bin: Readonly<Record<string, string>>;
  readonly exports: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
};

function promisedFiles(manifest: Manifest): readonly string[] {
  const exported = Object.values(manifest.exports).flatMap((entry) =>
    typeof entry === "string" ? [entry] : Object.values(entry),
  );
  return [...new Set([...Object.values(manifest.bin), ...exported])];
}

/**
 * A process, a host thread and a job thread have little in common, and a module that only two of them
 * share would be one more file for each to find, read and link. So each family is bundled by itself:
 * classes that a thread compares by identity are one within a family. All in one folder: a bundle finds
 * the files that threads begin with beside itself.
 */
const families = [
  { main: "src/main.ts", index: "src/index.ts", testing: "src/testing.ts" },
  { "host-main": "src/host-main.ts", "worker-entry": "src/runtime/threads/worker-entry.ts" },
  { "job-main": "src/job-main.ts", "job-entry": "src/runtime/threads/job-entry.ts" },
];

/**
 * Loaded by every start are pino, which is two dozen files, comlink and msgpackr: these are bundled. The
 * rest is native, finds files of its own beside itself, or is loaded by few.
 */
const external = ["@grpc/grpc-js", "@node-rs/crc32", "pino-pretty", "piscina", "snappy"];

/** CommonJS that is bundled still asks for Node's own modules by `require`. */
const banner =
  'import { createRequire as requireFrom } from "node:module"; const require = requireFrom(import.meta.url);';

async function bundle(entryPoints: Readonly<Record<string, string>>): Promise<readonly string[]> {
  const { metafile } = await build({
    entryPoints,
    outdir: "dist",
    bundle: true,
    splitting: true,
    external,
    banner: { js: banner },
    format: "esm",
    platform: "node",
    target: "node22.15",
    chunkNames: "chunk-[hash]",
    logLevel: "warning",
    metafile: true,
  });
  return Object.keys(metafile.inputs);
}

/** What their licences ask of whoever passes their code on. */
function notices(inputs: readonly string[]): string {
  const packages = inputs.flatMap(
    (input) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input)?.[0] ?? [],
  );
  const texts = [...new Set(packages)].toSorted().map((folder) => {
    const { name, version } = readManifest(folder);
    const file = readdirSync(folder).find((each) => /^licen[cs]e/i.test(each));
    if (file === undefined) throw new Error(`${folder} has no licence to pass on`);
    return `${name} ${version}\n\n${readFileSync(join(folder, file), "utf8").trim()}\n`;
  });
  return `Contained in the bundled files of this folder:\n\n${texts.join(`\n${"-".repeat(80)}\n\n`)}`;
}

function readManifest(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest;
}

rmSync("dist", { recursive: true, force: true });
const compiled = spawnSync("tsc", ["-p", "tsconfig.build.json"], { stdio: "inherit" });
if (compiled.status !== 0) process.exit(compiled.status ?? 1);
const inputs = (await Promise.all(families.map(bundle))).flat();
writeFileSync("dist/THIRD-PARTY-NOTICES.txt", notices(inputs));

const manifest = readManifest(".");
const absent = promisedFiles(manifest).filter((file) => !existsSync(file));
if (absent.length > 0) {
  console.error(`package.json names files that the build did not make: ${absent.join(", ")}`);
  process.exit(1);
}
for (const file of Object.values(manifest.bin)) chmodSync(file, 0o755);
