// Runs what was typed after `gofka` and answers with the exit code. stdout carries the one line that
// says that the node is ready; hints, complaints and the log go to stderr.
//
// Lives on: main thread.

import { readFileSync } from "node:fs";
import { constants } from "node:os";
import { isatty } from "node:tty";
import { resolveBrokerSettings } from "../config/broker-config.ts";
import type { BrokerSettings } from "../config/broker-config.ts";
import { parseProperties } from "../config/server-properties.ts";
import type { RunningNode } from "../start-node.ts";
import { bootstrapAddress, startNode, StartRefused } from "../start-node.ts";
import type { HostPool } from "../runtime/threads/host-pool.ts";
import { giveMemoryBackAfterStart } from "../runtime/threads/memory-after-start.ts";
import type { Arguments, StartArguments } from "./arguments.ts";
import { usage } from "./arguments.ts";
import { withOverrides } from "./overrides.ts";
import { defaultHosts } from "./threads-ahead.ts";

const DATA_DIRECTORY = "./gofka-data";
/** The stop's own share of the five seconds that a service manager is promised. */
const STOP_WITHIN_MS = 4_000;

export async function runCommand(parsed: Arguments, ahead?: HostPool): Promise<number> {
  switch (parsed.command) {
    case "help":
      process.stdout.write(usage);
      return 0;
    case "version":
      process.stdout.write(`gofka ${version()}\n`);
      return 0;
    case "invalid":
      return complain([parsed.problem]);
    case "start":
      return await start(parsed, ahead);
  }
}

async function start(given: StartArguments, ahead?: HostPool): Promise<number> {
  const config = readConfig(given);
  if (isList(config)) {
    await ahead?.end();
    return complain(config);
  }
  const ended = new Ending();
  if (!given.untilStdinCloses) return await run(given, config, ended, ahead);
  ended.withStdin();
  try {
    return await run(given, config, ended, ahead);
  } finally {
    // What is read from keeps the process.
    process.stdin.destroy();
  }
}

async function run(
  given: StartArguments,
  config: BrokerSettings,
  ended: Ending,
  ahead?: HostPool,
): Promise<number> {
  let node: RunningNode;
  const hosts = given.hosts ?? defaultHosts();
  // Looked at when the thread pool is first used, which nobody has done yet.
  if (config.quorum.listen !== null) process.env["UV_THREADPOOL_SIZE"] ??= String(hosts + 4);
  try {
    node = await startNode({
      config,
      hosts,
      inMemory: false,
      log: { level: "info" },
      ahead,
      onFailed: () => ended.failed(),
    });
  } catch (error) {
    if (error instanceof StartRefused) return complain(error.message.split("\n"));
    throw error;
  }
  ended.isReady = true;
  giveMemoryBackAfterStart();
  const address = bootstrapAddress(node.address);
  process.stdout.write(`Gofka ${version()} ready at ${address}${await quorumOf(node, config)}\n`);
  if (isatty(2)) process.stderr.write(hint(address, config.logDirectory));
  // What the node died of is in the log already.
  if ((await ended.heard) === "failed") return 1;
  await node.stop(STOP_WITHIN_MS);
  return 0;
}

/** Of the ready line, where there are several nodes: which this is, and who leads since when. */
async function quorumOf(node: RunningNode, { nodeId, quorum }: BrokerSettings): Promise<string> {
  if (quorum.listen === null) return "";
  const { leaderId, term, leaderSinceMs, voters } = await node.query("describeQuorum", {});
  const since = new Date(leaderSinceMs).toISOString();
  const leader =
    leaderId < 0 ? "none leads" : `node ${leaderId} leads in term ${term} since ${since}`;
  const votes = voters.some((voter) => voter.nodeId === nodeId);
  return ` (node ${nodeId} ${votes ? "of" : "beside"} ${voters.length}; ${leader})`;
}

/** What ends a running node: a signal, or a failure of its own. */
class Ending {
  /** Until then there is nothing to drain, and a start may take as long as a recovery does. */
  isReady = false;
  readonly heard: Promise<"signal" | "failed">;
  private resolve: (what: "signal" | "failed") => void = () => {};

  constructor() {
    this.heard = new Promise((resolve) => {
      this.resolve = resolve;
    });
    for (const signal of ["SIGTERM", "SIGINT"] as const) {
      process.once(signal, () => {
        const exit = (): void => process.exit(128 + constants.signals[signal]);
        if (!this.isReady) return exit();
        // A second one is for those who will not wait.
        process.once(signal, exit);
        this.resolve("signal");
      });
    }
  }

  /** A pipe closes with whoever holds its other end, however that one ends. */
  withStdin(): void {
    process.stdin.once("error", () => process.stdin.destroy());
    process.stdin.once("close", () => {
      if (!this.isReady) process.exit(1);
      this.resolve("signal");
    });
    process.stdin.resume();
  }

  failed(): void {
    this.resolve("failed");
  }
}

/** The settings, or what is wrong with them, a line each. */
function readConfig(given: StartArguments): BrokerSettings | readonly string[] {
  const file = given.propertiesFile === null ? {} : readProperties(given.propertiesFile);
  if (isList(file)) return file;
  const properties = { ...file, ...Object.fromEntries(given.settings) };
  const named = "log.dirs" in properties || "log.dir" in properties;
  const { port } = given;
  const dataDirectory = given.dataDirectory ?? (named ? null : DATA_DIRECTORY);
  const resolved = resolveBrokerSettings(withOverrides(properties, { port, dataDirectory }));
  if ("problems" in resolved) return resolved.problems;
  for (const warning of resolved.warnings) process.stderr.write(`gofka: ${warning}\n`);
  return resolved.settings;
}

/** The keys and values of a file, or what is wrong with it. */
function readProperties(path: string): Readonly<Record<string, string>> | readonly string[] {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    return [`cannot read ${path}: ${(error as Error).message}`];
  }
  const parsed = parseProperties(text);
  if ("properties" in parsed) return parsed.properties;
  return parsed.problems.map((problem) => `${path}: ${problem}`);
}

function isList<T>(value: T | readonly string[]): value is readonly string[] {
  return Array.isArray(value);
}

function complain(lines: readonly string[]): number {
  for (const line of lines) process.stderr.write(`gofka: ${line}\n`);
  return 1;
}

function hint(address: string, directory: string): string {
  return `
  Data is kept in ${directory}. Stop with Ctrl-C. In another shell, for example:

    echo hello | kcat -b ${address} -t greetings -P
    kcat -b ${address} -t greetings -C -e

`;
}

function version(): string {
  // By its own name: the published file lies elsewhere than this one.
  const manifest = new URL(import.meta.resolve("gofka/package.json"));
  return (JSON.parse(readFileSync(manifest, "utf8")) as { version: string }).version;
}
