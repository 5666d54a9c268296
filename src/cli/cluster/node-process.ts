// One node of a local cluster as a process of its own: how it is started, how one hears that it is
// ready or why it is not, and what can be told of it from outside.
//
// Whose process it is, the lock of its data directory says: the node writes it, and it tells this
// process from a later one of the same id. So there is no file of process ids that could be stale.
//
// Lives on: main thread.

import type { ChildProcess } from "node:child_process";
import { spawn, spawnSync } from "node:child_process";
import { closeSync, existsSync, openSync, readSync, statSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { StartRefused } from "../../start-node.ts";
import { holderOf, statOf } from "../../storage/directory-lock.ts";
import type { ClusterPlan, NodePlan } from "./plan.ts";
import { dataOf, logOf, wordsOf } from "./plan.ts";

const LOOK_EVERY_MS = 20;
const TOLD_LINES = 5;

/** `dist/main.js` beside the compiled file; `src/main.ts` from the sources. */
const main = fileURLToPath(
  new URL(import.meta.url.endsWith(".ts") ? "../../main.ts" : "./main.js", import.meta.url),
);

export type Launched = {
  readonly child: ChildProcess;
  readonly hasEnded: () => boolean;
  /** Resolves when clients can connect; rejects with what the node said when it ended before. */
  readonly ready: () => Promise<void>;
  /** Resolves when the process is gone. */
  readonly ended: Promise<void>;
};

/**
 * `tied`: the node ends with this process, however this one ends. Otherwise it outlives it, and the
 * shell that it runs in.
 */
export function launch(
  plan: ClusterPlan,
  node: NodePlan,
  folder: string,
  { tied }: { tied: boolean },
): Launched {
  const path = logOf(folder, node.nodeId);
  const log = openSync(path, "a");
  const from = statSync(path).size;
  const words = [...wordsOf(plan, node, folder), ...(tied ? ["--until-stdin-closes"] : [])];
  const child = spawn(process.execPath, [main, ...words], {
    stdio: [tied ? "pipe" : "ignore", log, log],
    detached: !tied,
  });
  closeSync(log);
  // The other side of a pipe that broke has ended, which is heard otherwise.
  child.stdin?.on("error", () => {});
  let over = false;
  const ended = new Promise<void>((resolve) => {
    const end = (): void => {
      over = true;
      resolve();
    };
    child.once("exit", end);
    child.once("error", end);
  });
  const hasEnded = (): boolean => over;
  const ready = (): Promise<void> => untilReady(node.nodeId, path, from, hasEnded);
  return { child, hasEnded, ready, ended };
}

async function untilReady(
  nodeId: number,
  path: string,
  from: number,
  hasEnded: () => boolean,
): Promise<void> {
  for (;;) {
    const wasOver = hasEnded();
    const text = textFrom(path, from);
    if (/^Gofka \S+ ready at /m.test(text)) return;
    if (wasOver) throw new StartRefused(`node ${nodeId} did not start: ${lastWords(text)}`);
    await pause(LOOK_EVERY_MS);
  }
}

/** What the file has from this position on. */
export function textFrom(path: string, from: number): string {
  const file = openSync(path, "r");
  try {
    const bytes = Buffer.alloc(Math.max(0, statSync(path).size - from));
    return bytes.toString("utf8", 0, readSync(file, bytes, 0, bytes.length, from));
  } finally {
    closeSync(file);
  }
}

/** What it complained of; or the end of its log, if it did not come to that. */
function lastWords(text: string): string {
  const lines = text.trim().split("\n");
  const complaints = lines.filter((line) => line.startsWith("gofka: "));
  if (complaints.length > 0) return complaints.map((line) => line.slice(7)).join("; ");
  return lines.slice(-TOLD_LINES).join("\n") || "it ended without a word";
}

export type NodeState = "running" | "paused" | "stopped";
export type FoundProcess = { readonly state: NodeState; readonly pid: number | undefined };

export function findProcess(folder: string, nodeId: number): FoundProcess {
  const directory = dataOf(folder, nodeId);
  const pid = existsSync(directory) ? holderOf(directory) : undefined;
  if (pid === undefined) return { state: "stopped", pid };
  const letter = stateLetterOf(pid);
  if (letter === undefined) return { state: "stopped", pid: undefined };
  return { state: letter === "T" ? "paused" : "running", pid };
}

/** As `ps` tells it: T is stopped. Undefined when there is no such process, or it has ended. */
function stateLetterOf(pid: number): string | undefined {
  if (process.platform !== "linux") {
    const { stdout } = spawnSync("ps", ["-o", "state=", "-p", String(pid)], { encoding: "utf8" });
    const letter = stdout.trim()[0];
    return letter === "Z" ? undefined : letter;
  }
  return statOf(pid)?.[0];
}

/** False when it is gone already. */
export function sendSignal(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}

/** Whether it came to hold in that time. */
export async function within(timeoutMs: number, holds: () => boolean): Promise<boolean> {
  const until = performance.now() + timeoutMs;
  while (!holds()) {
    if (performance.now() > until) return false;
    await pause(LOOK_EVERY_MS);
  }
  return true;
}
