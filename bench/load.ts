// Runs the load generator (bench/load, Go) and reads its one line of JSON.
//
// Lives on: the developer's machine.

import type { ChildProcess } from "node:child_process";
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

/** No row asks for so much; a load that hangs must not hold the machine. */
export const LOAD_MS_MAX = 5 * 60_000;

export type LoadOptions = Readonly<Record<string, string | number | boolean>>;

/** `{ recordBytes: 100 }` becomes `-record-bytes=100`. */
function flags(options: LoadOptions): string[] {
  return Object.entries(options).map(
    ([name, value]) => `-${name.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`)}=${value}`,
  );
}

/** The generator's command line, pinned to `cores` if any are given. */
export function loadCommand(
  mode: string,
  options: LoadOptions,
  cores: string | undefined,
): readonly string[] {
  const whole = [join(directory, "load"), mode, ...flags(options)];
  return cores === undefined ? whole : ["taskset", "-c", cores, ...whole];
}

type Running = {
  readonly child: ChildProcess;
  /** All that it said on stdout; rejects with what it said on stderr when it failed. */
  readonly said: Promise<string>;
};

function run(mode: string, bootstrap: string, options: LoadOptions, cores?: string): Running {
  buildLoad();
  const [command, ...words] = loadCommand(mode, { bootstrap, ...options }, cores);
  const child = spawn(command!, words, {
    stdio: ["pipe", "pipe", "pipe"],
    timeout: LOAD_MS_MAX,
    killSignal: "SIGKILL",
  });
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  let [out, errors] = ["", ""];
  child.stdout.on("data", (chunk: Buffer) => {
    out += chunk.toString();
  });
  child.stderr.on("data", (chunk: Buffer) => {
    errors += chunk.toString();
  });
  child.on("error", reject);
  child.on("close", (code, signal) => {
    const why = signal === null ? errors.trim() : `ended by ${signal}`;
    if (code === 0) resolve(out);
    else reject(new Error(`${mode} against ${bootstrap}: ${why}`));
  });
  return { child, said: promise };
}

/** One run of the generator. What it says on failure becomes the error's message. */
export async function load<T = LoadResult>(
  mode: string,
  bootstrap: string,
  options: LoadOptions = {},
  cores?: string,
): Promise<T> {
  return JSON.parse(await run(mode, bootstrap, options, cores).said) as T;
}

export type HeldConnections = {
  /** Closes them all. */
  end(): Promise<{ readonly asked: number; readonly failed: number }>;
};

/** Opens connections and holds them; resolves when they are all open. */
export async function holdConnections(
  bootstrap: string,
  options: LoadOptions,
): Promise<HeldConnections> {
  const { child, said } = run("connections", bootstrap, options);
  const opened = new Promise<void>((resolve) => child.stdout!.once("data", () => resolve()));
  await Promise.race([opened, said]);
  return {
    end: async () => {
      child.stdin!.end();
      return JSON.parse((await said).trim().split("\n").at(-1)!) as {
        asked: number;
        failed: number;
      };
    },
  };
}
