// What the runners of foreign clients share: a broker to run against (a Gofka node from the sources,
// a real Kafka, or one that is up already), checks that are counted, and child processes.
//
//   node test/foreign/kcat.ts [--against gofka|kafka] [--bootstrap HOST:PORT] [--hosts N]
//
// Every runner is first held against real Kafka: what fails there is a fault of the runner.

import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { Broker } from "../../bench/broker.ts";
import { startGofka } from "../../bench/gofka.ts";
import { startKafka } from "../../bench/peer/kafka.ts";

export type Finished = {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
};

/** Runs a program to its end; its input is closed after `input`. */
export function run(
  command: string,
  words: readonly string[],
  options: { input?: string | Buffer; timeoutMs?: number; cwd?: string } = {},
): Promise<Finished> {
  const { promise, resolve } = Promise.withResolvers<Finished>();
  const child = spawn(command, words, {
    stdio: ["pipe", "pipe", "pipe"],
    timeout: options.timeoutMs ?? 60_000,
    killSignal: "SIGKILL",
    ...(options.cwd !== undefined && { cwd: options.cwd }),
  });
  const out: Buffer[] = [];
  const errors: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => out.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => errors.push(chunk));
  // A program may end before it has read everything.
  child.stdin.on("error", () => undefined);
  child.stdin.end(options.input ?? "");
  child.on("error", (error) => resolve({ code: null, stdout: "", stderr: String(error) }));
  child.on("close", (code) =>
    resolve({
      code,
      stdout: Buffer.concat(out).toString(),
      stderr: Buffer.concat(errors).toString(),
    }),
  );
  return promise;
}

/** Like `run`, but anything other than exit code 0 is an error. */
export async function must(
  command: string,
  words: readonly string[],
  options: Parameters<typeof run>[2] = {},
): Promise<string> {
  const { code, stdout, stderr } = await run(command, words, options);
  if (code === 0) return stdout;
  const shown = `${stdout.slice(-1_500)}${stderr.slice(-1_500)}`.trim();
  throw new Error(`${command} ${words.join(" ").slice(0, 300)}: exit ${code}\n${shown}`);
}

export class Checks {
  private passed = 0;
  private readonly failed: string[] = [];

  /** Runs one named check; a thrown error fails it and the next goes on. */
  async check(name: string, body: () => Promise<string | void> | string | void): Promise<boolean> {
    const startedMs = performance.now();
    try {
      const remark = await body();
      this.passed++;
      const took = `${((performance.now() - startedMs) / 1000).toFixed(1)} s`;
      console.log(`ok    ${name}  (${took}${remark === undefined ? "" : `; ${remark}`})`);
      return true;
    } catch (error) {
      this.failed.push(name);
      const message = error instanceof Error ? error.message : String(error);
      console.log(`FAIL  ${name}\n        ${message.replaceAll("\n", "\n        ")}`);
      return false;
    }
  }

  /** Prints the counts; sets the exit code. */
  finish(): void {
    console.log(`${this.passed} passed, ${this.failed.length} failed`);
    for (const name of this.failed) console.log(`  failed: ${name}`);
    if (this.failed.length > 0) process.exitCode = 1;
  }
}

export type Which = "gofka" | "kafka";

export type StartOptions = {
  readonly settings?: Readonly<Record<string, string>>;
  readonly directory?: string;
  readonly port?: number;
  /** Of a new Kafka: what `format --feature` takes. */
  readonly features?: readonly string[];
  /** Of a Gofka node: words for Node itself, and its environment. */
  readonly nodeArguments?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
};

const { values: given } = parseArgs({
  strict: false,
  allowPositionals: true,
  options: {
    against: { type: "string", default: "gofka" },
    bootstrap: { type: "string" },
    hosts: { type: "string" },
    compiled: { type: "boolean", default: false },
  },
});

export const scratch = mkdtempSync(join(tmpdir(), "gofka-foreign-"));
process.on("exit", () => rmSync(scratch, { recursive: true, force: true }));

export function startBroker(which: Which, options: StartOptions = {}): Promise<Broker> {
  const directory = options.directory ?? mkdtempSync(join(scratch, `${which}-`));
  const settings = options.settings === undefined ? {} : { settings: options.settings };
  const port = options.port === undefined ? {} : { port: options.port };
  const { features = [] } = options;
  if (which === "kafka") return startKafka({ directory, features, ...settings, ...port });
  const hosts = given.hosts === undefined ? {} : { hosts: Number(given.hosts) };
  const { nodeArguments = [], environment = {} } = options;
  return startGofka({
    dataDirectory: directory,
    compiled: given.compiled === true,
    nodeArguments,
    environment,
    ...settings,
    ...port,
    ...hosts,
  });
}

export function whichBroker(): Which {
  if (given.against !== "gofka" && given.against !== "kafka") {
    throw new Error(`--against ${String(given.against)}: gofka or kafka`);
  }
  return given.against;
}

/** Runs the checks against the broker that the command line names, and stops it if it was ours. */
export async function against(
  body: (checks: Checks, bootstrap: string, broker: Broker | undefined) => Promise<void>,
  options: StartOptions = {},
): Promise<void> {
  const checks = new Checks();
  if (typeof given.bootstrap === "string") {
    await body(checks, given.bootstrap, undefined);
    checks.finish();
    return;
  }
  const broker = await startBroker(whichBroker(), options);
  console.log(`${broker.name} at ${broker.bootstrap}`);
  try {
    await body(checks, broker.bootstrap, broker);
  } finally {
    const code = await broker.stop();
    if (broker.name === "gofka") {
      await checks.check("the node stops in good order", () => {
        if (code !== 0) throw new Error(`exit code ${code}\n${broker.output().slice(-2_000)}`);
      });
    }
  }
  checks.finish();
}

/** A topic name that no other run has used. */
let names = 0;
export function freshName(stem: string): string {
  return `${stem}-${process.pid}-${++names}`;
}
