// A broker as a child process, whoever's: started, asked whether it answers, measured from /proc,
// stopped, killed. bench/peer/kafka.ts and bench/gofka.ts make them; benchmarks and the foreign
// clients' runners use them without knowing which it is.
//
// Lives on: the developer's machine and CI.

import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { createConnection, createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

export type Broker = {
  readonly name: string;
  readonly bootstrap: string;
  readonly port: number;
  readonly pid: number;
  readonly dataDirectory: string;
  /** From the start of the process to its first answer on a socket. */
  readonly firstAnswerMs: number;
  /** What it has printed so far, both streams. */
  output(): string;
  /** Asks it to stop in good order; resolves with the exit code. */
  stop(): Promise<number | null>;
  /** kill -9. */
  kill(): Promise<void>;
  usage(): Usage;
};

export type Usage = {
  readonly cpuSeconds: number;
  readonly userSeconds: number;
  readonly residentMiB: number;
  readonly residentPeakMiB: number;
};

const ticksPerSecond = 100;

/** CPU time (user and system, all threads) and memory of a process. Linux. */
export function usageOf(pid: number): Usage {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const kibibytes = (name: string): number =>
    Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(status)?.[1] ?? "0");
  const [user, system] = [Number(fields[11]), Number(fields[12])];
  return {
    cpuSeconds: (user + system) / ticksPerSecond,
    userSeconds: user / ticksPerSecond,
    residentMiB: kibibytes("VmRSS") / 1024,
    residentPeakMiB: kibibytes("VmHWM") / 1024,
  };
}

/** What all processes of the machine, and the kernel for them, have used since it started. Linux. */
export function machineCpuSeconds(): number {
  const line = readFileSync("/proc/stat", "utf8").split("\n")[0]!;
  const [user, nice, system, , , irq, softirq] = line.split(/\s+/).slice(1).map(Number);
  return (user! + nice! + system! + irq! + softirq!) / ticksPerSecond;
}

/** A port that nobody listens on at the moment. */
export function freePort(): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const server = createServer();
  server.on("error", reject);
  server.listen(0, "127.0.0.1", () => {
    const address = server.address();
    server.close(() => resolve(typeof address === "object" ? (address?.port ?? 0) : 0));
  });
  return promise;
}

/** An ApiVersions request, version 0, correlation id 7. */
const apiVersionsRequest = Buffer.from("0000000a00120000000000070000", "hex");

/** Whether something that speaks Kafka's protocol answers there now. */
export function answers(port: number, host = "127.0.0.1"): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = createConnection({ host, port });
  let received = Buffer.alloc(0);
  const finish = (result: boolean): void => {
    socket.destroy();
    resolve(result);
  };
  socket.setTimeout(5_000, () => finish(false));
  socket.on("error", () => finish(false));
  socket.on("close", () => finish(false));
  socket.on("connect", () => socket.write(apiVersionsRequest));
  socket.on("data", (chunk) => {
    received = Buffer.concat([received, chunk]);
    if (received.length >= 10) finish(received.readInt32BE(4) === 7);
  });
  return promise;
}

export type Launch = {
  readonly name: string;
  readonly command: string;
  readonly arguments: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly dataDirectory: string;
  /** 0: the process says on stdout where it listens, `... ready at HOST:PORT`. */
  readonly port: number;
  readonly readyTimeoutMs?: number;
  /** How often to try the port. Small where the start itself is measured. */
  readonly pollMs?: number;
  /** Cores to run on, as taskset takes them. */
  readonly cores?: string;
  /** The command starts another that does the work, as npx does: signals go to both. */
  readonly isGroup?: boolean;
};

/** What does not stop by itself within this time is killed. */
const STOP_MS_MAX = 60_000;

const readyLine = /ready at ([^\s:]+):(\d+)/;

type Running = { readonly child: ChildProcess; output: string; exited: boolean };

function start(launch: Launch): Running {
  const whole = [launch.command, ...launch.arguments];
  const [command, ...rest] =
    launch.cores === undefined ? whole : ["taskset", "-c", launch.cores, ...whole];
  const child = spawn(command!, rest, {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...launch.environment },
    detached: launch.isGroup === true,
  });
  const running: Running = { child, output: "", exited: false };
  const take = (chunk: Buffer): void => {
    running.output = (running.output + chunk.toString()).slice(-1_000_000);
  };
  child.stdout!.on("data", take);
  child.stderr!.on("data", take);
  child.on("exit", () => {
    running.exited = true;
  });
  child.on("error", (error) => {
    running.output += String(error);
    running.exited = true;
  });
  return running;
}

/** Starts a broker and waits until it answers on its port. */
export async function launch(options: Launch): Promise<Broker> {
  const startedMs = performance.now();
  const running = start(options);
  const { child } = running;
  const deadlineMs = startedMs + (options.readyTimeoutMs ?? 60_000);
  let port = options.port;
  for (;;) {
    if (port === 0) port = Number(readyLine.exec(running.output)?.[2] ?? "0");
    if (port !== 0 && (await answers(port))) break;
    if (running.exited || performance.now() > deadlineMs) {
      child.kill("SIGKILL");
      const why = running.exited ? `ended with ${child.exitCode}` : "did not answer in time";
      throw new Error(`${options.name} ${why}:\n${running.output.slice(-4_000)}`);
    }
    await sleep(options.pollMs ?? 20);
  }
  const firstAnswerMs = performance.now() - startedMs;
  const end = (signal: NodeJS.Signals): Promise<number | null> => {
    const { promise, resolve } = Promise.withResolvers<number | null>();
    if (running.exited) return Promise.resolve(child.exitCode);
    const tell = (each: NodeJS.Signals): boolean =>
      options.isGroup === true ? process.kill(-child.pid!, each) : child.kill(each);
    const late = setTimeout(() => tell("SIGKILL"), STOP_MS_MAX);
    child.once("exit", (code) => {
      clearTimeout(late);
      resolve(code);
    });
    tell(signal);
    return promise;
  };
  return {
    name: options.name,
    bootstrap: `127.0.0.1:${port}`,
    port,
    pid: child.pid!,
    dataDirectory: options.dataDirectory,
    firstAnswerMs,
    output: () => running.output,
    stop: () => end("SIGTERM"),
    kill: async () => {
      await end("SIGKILL");
    },
    usage: () => usageOf(child.pid!),
  };
}
