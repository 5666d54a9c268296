// Runs what was typed after `gofka cluster` and answers with the exit code. The cluster's folder says
// which nodes there are; which of them run is looked up each time.
//
// Lives on: main thread.

import { StartRefused } from "../../start-node.ts";
import type { ClusterArguments } from "./arguments.ts";
import { clusterUsage, parseClusterArguments } from "./arguments.ts";
import type { FoundProcess } from "./node-process.ts";
import { findProcess, launch, sendSignal, within } from "./node-process.ts";
import type { ClusterPlan, NodePlan } from "./plan.ts";
import { addressOf, discardPlan, newPlan, readPlan, writePlan } from "./plan.ts";
import { showStatus } from "./status.ts";

const FIRST_PORT = 9092;
const NODES = 3;
const STOP_WITHIN_MS = 15_000;
const SIGNALLED_WITHIN_MS = 5_000;
/** A node that has taken its directory is on its way; without a majority it waits there. */
const TAKEN_WITHIN_MS = 30_000;

export async function runCluster(words: readonly string[]): Promise<number> {
  if (words.length === 0 || words.includes("--help") || words.includes("-h")) {
    process.stdout.write(clusterUsage);
    return 0;
  }
  const given = parseClusterArguments(words);
  if (typeof given === "string") return complain(given);
  try {
    return await run(given);
  } catch (error) {
    if (error instanceof StartRefused) return complain(...error.message.split("\n"));
    throw error;
  }
}

async function run(given: ClusterArguments): Promise<number> {
  const { folder } = given;
  if (given.command === "start") return await start(given);
  const plan = readPlan(folder);
  if (plan === undefined) {
    throw new StartRefused(`there is no cluster in ${folder}; gofka cluster start makes one`);
  }
  const nodes = meant(plan, given);
  if (given.command === "status") return await showStatus(plan, nodes, folder);
  const found = nodes.map((node) => ({ node, ...findProcess(folder, node.nodeId) }));
  switch (given.command) {
    case "stop":
      return await end(found, folder, ["SIGTERM", "SIGCONT"], "stopped");
    case "kill":
      return await end(found, folder, ["SIGKILL"], "killed");
    case "pause":
      return await turn(found, folder, "SIGSTOP", "paused");
    case "resume":
      return await turn(found, folder, "SIGCONT", "running");
  }
}

/** The nodes that a command is about. */
function meant({ nodes }: ClusterPlan, { nodeId, folder }: ClusterArguments): readonly NodePlan[] {
  if (nodeId === null) return nodes;
  const node = nodes.find((each) => each.nodeId === nodeId);
  if (node !== undefined) return [node];
  const last = nodes.length;
  const there = last === 1 ? "node 1 alone" : `nodes 1 to ${last}`;
  throw new StartRefused(`there is no node ${nodeId}: the cluster in ${folder} has ${there}`);
}

// ------------------------------------------------------------------ start

async function start(given: ClusterArguments): Promise<number> {
  const { folder } = given;
  const known = readPlan(folder);
  const plan = known ?? (await firstPlan(given));
  refuseOtherPlan(plan, given);
  const nodes = meant(plan, given);
  if (known === undefined) writePlan(folder, plan);
  const isStopped = ({ nodeId }: NodePlan) => findProcess(folder, nodeId).state === "stopped";
  const toStart = nodes.filter(isStopped);
  if (toStart.length === 0) {
    const who = given.nodeId === null ? "the cluster" : `node ${given.nodeId}`;
    throw new StartRefused(`${who} runs already; see gofka cluster status`);
  }
  const running = plan.nodes.filter((node) => !isStopped(node)).length + toStart.length;
  const majority = Math.floor(plan.nodes.length / 2) + 1;
  try {
    await startAll(plan, toStart, folder, running >= majority);
  } catch (error) {
    if (known === undefined) discardPlan(folder, plan);
    throw error;
  }
  const what = running >= majority ? "ready at" : "started, to be at";
  for (const node of toStart) say(`node ${node.nodeId} ${what} ${addressOf(node)}`);
  if (running < majority) {
    say(`${running} of ${plan.nodes.length} nodes run: ready when ${majority} do`);
  } else say(`bootstrap servers: ${plan.nodes.map(addressOf).join()}`);
  return 0;
}

/** All or nothing: when one cannot start, the others go again. */
async function startAll(
  plan: ClusterPlan,
  nodes: readonly NodePlan[],
  folder: string,
  becomesReady: boolean,
): Promise<void> {
  const launched = nodes.map((node) => ({ node, ...launch(plan, node, folder, { tied: false }) }));
  try {
    await Promise.all(
      launched.map(async ({ node, ready, hasEnded }) => {
        if (becomesReady) return await ready();
        const isTaken = () => hasEnded() || findProcess(folder, node.nodeId).state !== "stopped";
        await within(TAKEN_WITHIN_MS, isTaken);
        if (hasEnded()) await ready();
      }),
    );
  } catch (error) {
    for (const { child, hasEnded } of launched) if (!hasEnded()) child.kill("SIGTERM");
    await Promise.all(launched.map(({ ended }) => ended));
    throw error;
  }
  for (const { child } of launched) child.unref();
}

async function firstPlan({ nodes, port, hosts, settings }: ClusterArguments): Promise<ClusterPlan> {
  const firstPort = port === 0 ? null : (port ?? FIRST_PORT);
  return await newPlan(nodes ?? NODES, firstPort, { hosts: hosts ?? 0, settings });
}

/** What only the first start takes says something else than what is there. */
function refuseOtherPlan(plan: ClusterPlan, given: ClusterArguments): void {
  const { folder, nodes, port, hosts, settings } = given;
  const differs = [
    nodes !== null && nodes !== plan.nodes.length ? "--nodes" : undefined,
    port !== null && port !== 0 && port !== plan.nodes[0]?.port ? "--port" : undefined,
    hosts !== null && hosts !== plan.hosts ? "--hosts" : undefined,
    Object.entries(settings).some(([key, value]) => plan.settings[key] !== value)
      ? "--set"
      : undefined,
  ].filter((name) => name !== undefined);
  if (differs.length === 0) return;
  throw new StartRefused(
    `the cluster in ${folder} was made otherwise (${differs.join(", ")}): leave that out, ` +
      `change ${folder}/cluster.json while it is stopped, or take another --dir`,
  );
}

// ------------------------------------------------------------------ signals

type Found = FoundProcess & { readonly node: NodePlan };

/** Resolves when they are gone. */
async function end(
  found: readonly Found[],
  folder: string,
  signals: readonly NodeJS.Signals[],
  done: string,
): Promise<number> {
  const there = found.filter(({ pid }) => pid !== undefined);
  if (there.length === 0) throw nothingRuns(found);
  for (const { pid } of there) for (const signal of signals) sendSignal(pid!, signal);
  const isGone = ({ node }: Found) => findProcess(folder, node.nodeId).state === "stopped";
  await within(STOP_WITHIN_MS, () => there.every(isGone));
  const left = there.filter((each) => !isGone(each));
  for (const { node } of there.filter(isGone)) say(`node ${node.nodeId} ${done}`);
  if (left.length === 0) return 0;
  return complain(
    ...left.map(({ node, pid }) => {
      return `node ${node.nodeId} (process ${pid}) still runs after ${STOP_WITHIN_MS} ms; gofka cluster kill ${node.nodeId} ends it`;
    }),
  );
}

async function turn(
  found: readonly Found[],
  folder: string,
  signal: NodeJS.Signals,
  into: "paused" | "running",
): Promise<number> {
  const there = found.filter(({ state }) => state !== "stopped" && state !== into);
  if (there.length === 0) {
    if (found.every(({ state }) => state === "stopped")) throw nothingRuns(found);
    const [first] = found;
    const who = found.length === 1 ? `node ${first?.node.nodeId} is` : "all nodes that run are";
    throw new StartRefused(`${who} ${into} already`);
  }
  for (const { pid } of there) sendSignal(pid!, signal);
  const isTurned = ({ node }: Found) => findProcess(folder, node.nodeId).state === into;
  await within(SIGNALLED_WITHIN_MS, () => there.every(isTurned));
  for (const { node } of there.filter(isTurned)) say(`node ${node.nodeId} ${into}`);
  const left = there.filter((each) => !isTurned(each));
  if (left.length === 0) return 0;
  return complain(...left.map(({ node }) => `node ${node.nodeId} is not ${into}`));
}

function nothingRuns(found: readonly Found[]): StartRefused {
  const [first] = found;
  const who = found.length === 1 ? `node ${first?.node.nodeId}` : "no node";
  return new StartRefused(`${who} ${found.length === 1 ? "does not run" : "runs"}`);
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function complain(...lines: readonly string[]): number {
  for (const line of lines) process.stderr.write(`gofka: ${line}\n`);
  return 1;
}
