// Programs run as processes of their own: the command `gofka` as people start it, and small programs
// that embed a node. What they print is kept; nothing of them outlives the test.
//
// Lives on: tests.

import { strict as assert } from "node:assert";
import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";

const main = join(import.meta.dirname, "../../src/main.ts");

/** Half of what a process needs to start is reading TypeScript, and every test starts some. */
const compileCache = { NODE_COMPILE_CACHE: join(tmpdir(), "gofka-test-compile-cache") };

/** Far above what anything takes on an idle machine: the one that tests run on is not. */
const DEADLINE_MS = 60_000;

export type ProgramOptions = {
  readonly env?: Readonly<Record<string, string>>;
  /** Left out: this same Node.js. */
  readonly command?: string;
  /** The user that it runs as. */
  readonly uid?: number;
};

export type Ended = { readonly code: number | null; readonly signal: NodeJS.Signals | null };

export class Program {
  readonly child: ChildProcess;
  stdout = "";
  stderr = "";
  private readonly closed: Promise<Ended>;
  private readonly listeners = new Set<() => void>();

  constructor(
    words: readonly string[],
    { command = process.execPath, env = {}, ...rest }: ProgramOptions = {},
  ) {
    this.child = spawn(command, words, {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, ...compileCache, ...env },
      ...rest,
    });
    const tell = (): void => {
      for (const listener of [...this.listeners]) listener();
    };
    this.child.stdout!.on("data", (chunk: Buffer) => {
      this.stdout += chunk.toString();
      tell();
    });
    this.child.stderr!.on("data", (chunk: Buffer) => {
      this.stderr += chunk.toString();
      tell();
    });
    this.closed = new Promise((resolve, reject) => {
      this.child.once("error", reject);
      this.child.once("close", (code, signal) => {
        resolve({ code, signal });
        tell();
      });
    });
  }

  get pid(): number {
    return this.child.pid!;
  }

  get hasEnded(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  /** The first match in what was printed, on either stream; fails when the program ends without. */
  async heard(pattern: RegExp, timeoutMs = DEADLINE_MS): Promise<RegExpExecArray> {
    const found = (): RegExpExecArray | null =>
      pattern.exec(this.stdout) ?? pattern.exec(this.stderr);
    await this.condition(`${pattern}`, () => found() !== null || this.hasEnded, timeoutMs);
    const match = found() ?? (await this.closed.then(found));
    assert.ok(match !== null, `ended without ${pattern}:\n${this.stdout}${this.stderr}`);
    return match;
  }

  /** Where clients of a node may connect, once it has said that it is ready. */
  async ready(): Promise<string> {
    return (await this.heard(/ready at (\S+)/))[1]!;
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  /** How it ended, if it does within that time. */
  async ended(timeoutMs = DEADLINE_MS): Promise<Ended> {
    await this.condition("the end of the process", () => this.hasEnded, timeoutMs);
    return await this.closed;
  }

  private condition(what: string, holds: () => boolean, timeoutMs: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const finish = (settle: () => void): void => {
        clearTimeout(timer);
        this.listeners.delete(look);
        settle();
      };
      const timer = setTimeout(() => {
        const printed = `${this.stdout}${this.stderr}`;
        finish(() => reject(new Error(`${what}: not within ${timeoutMs} ms\n${printed}`)));
      }, timeoutMs);
      const look = (): void => {
        if (holds()) finish(resolve);
      };
      this.listeners.add(look);
      look();
    });
  }
}

/** Runs a program; ended by force with the test if it has not ended before. */
export function runProgram(
  t: TestContext,
  words: readonly string[],
  options: ProgramOptions = {},
): Program {
  const program = new Program(words, options);
  t.after(async () => {
    if (!program.hasEnded) program.signal("SIGKILL");
    await program.ended();
  });
  return program;
}

/** `gofka` with these words, from the sources. */
export function runGofka(
  t: TestContext,
  words: readonly string[],
  { nodeOptions = [], ...rest }: ProgramOptions & { nodeOptions?: readonly string[] } = {},
): Program {
  return runProgram(t, [...nodeOptions, main, ...words], rest);
}
