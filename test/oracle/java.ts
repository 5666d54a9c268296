// Kafka's side of the oracle: fetches its jars with Maven, compiles the programs in java/ and runs
// them. Both are kept, git-ignored, until a source is newer.
//
// Lives on: the developer's machine.

import { spawnSync } from "node:child_process";
import { closeSync, existsSync, openSync, readdirSync, statSync } from "node:fs";
import { delimiter, join } from "node:path";

const here = import.meta.dirname;
export const library = join(here, "lib");
const sources = join(here, "java");
const classes = join(here, "classes");

function must(command: string, args: readonly string[]): void {
  const { status, error } = spawnSync(command, args, { cwd: here, stdio: "inherit" });
  if (status === 0) return;
  const why = error === undefined ? "" : `: ${error.message} (Java 17 and Maven are needed)`;
  throw new Error(`${command} ${args[0]} failed${why}`);
}

function isStale(): boolean {
  const compiled = join(classes, "Oracle.class");
  if (!existsSync(compiled)) return true;
  const { mtimeMs } = statSync(compiled);
  return readdirSync(sources).some((name) => statSync(join(sources, name)).mtimeMs > mtimeMs);
}

export function prepare(): void {
  if (!existsSync(library)) {
    must("mvn", ["-q", "dependency:copy-dependencies", "-DoutputDirectory=lib"]);
  }
  if (!isStale()) return;
  const files = readdirSync(sources).map((name) => join(sources, name));
  must("javac", ["-Xlint:all", "-d", classes, "-cp", join(library, "*"), ...files]);
}

/** How the program ends when something differs; an exception ends it with 1. */
const DIFFERS = 2;

/** Runs the program between two files; answers whether nothing differs. */
export function runJava(args: readonly string[], from: string, to: string): boolean {
  const [input, output] = [openSync(from, "r"), openSync(to, "w")];
  const classPath = [join(library, "*"), classes].join(delimiter);
  const { status, signal } = spawnSync("java", ["-Xmx1g", "-cp", classPath, "Oracle", ...args], {
    stdio: [input, output, "inherit"],
  });
  closeSync(input);
  closeSync(output);
  if (signal !== null || (status !== 0 && status !== DIFFERS)) throw new Error("java failed");
  return status === 0;
}
