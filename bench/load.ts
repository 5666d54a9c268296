// Runs the load generator (bench/load, Go) and reads its one line of JSON.
//
// Lives on: the developer's machine.

import { spawn, spawnSync } from "node:child_process";
import { join } from "node:path";

const directory = join(import.meta.dirname, "load");

export type LoadResult = {
  readonly records: number;
  readonly seconds: number;
  readonly recordsPerSecond: number;
  readonly mibPerSecond: number;
  readonly failed: number;
  /** With the warm-up, if there was one. */
  readonly totalBytes: number;
  readonly clientCpuSeconds: number;
  /** 1: one core. */
  readonly clientCpuShare: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly p999Ms: number;
};

export type Verified = {
  readonly acked: number;
  readonly failed: number;
  readonly read: number;
  readonly missing: number;
  readonly duplicates: number;
  readonly damaged: number;
  readonly disordered: number;
};

let built = false;

export function buildLoad(): void {
  if (built) return;
  const go = spawnSync("go", ["build", "-o", "load", "."], { cwd: directory, stdio: "inherit" });
  if (go.status !== 0) throw new Error("bench/load does not build");
  built = true;
}

export type LoadOptions = Readonly<Record<string, string | number | boolean>>;

/** `{ recordBytes: 100 }` becomes `-record-bytes=100`. */
function flags(options: LoadOptions): string[] {
  return Object.entries(options).map(
    ([name, value]) => `-${name.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`)}=${value}`,
  );
}

/** One run of the generator. What it says on failure becomes the error's message. */
export async function load<T = LoadResult>(
  mode: string,
  bootstrap: string,
  options: LoadOptions = {},
  cores?: string,
): Promise<T> {
  buildLoad();
  const whole = [join(directory, "load"), mode, `-bootstrap=${bootstrap}`, ...flags(options)];
  const [command, ...rest] = cores === undefined ? whole : ["taskset", "-c", cores, ...whole];
  const child = spawn(command!, rest, { stdio: ["ignore", "pipe", "pipe"] });
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  let [out, errors] = ["", ""];
  child.stdout.on("data", (chunk: Buffer) => {
    out += chunk.toString();
  });
  child.stderr.on("data", (chunk: Buffer) => {
    errors += chunk.toString();
  });
  child.on("error", reject);
  child.on("close", (code) => {
    if (code === 0) resolve(JSON.parse(out) as T);
    else reject(new Error(`${mode} against ${bootstrap}: ${errors.trim()}`));
  });
  return promise;
}
