// `gofka cluster status`: a table of the nodes, with what their processes show from outside beside what
// the quorum says of them.
//
// Lives on: main thread.

import type { FoundProcess } from "./node-process.ts";
import { findProcess } from "./node-process.ts";
import type { ClusterPlan, NodePlan } from "./plan.ts";
import { addressOf } from "./plan.ts";
import type { QuorumView } from "./quorum-view.ts";
import { ledSince, viewQuorum } from "./quorum-view.ts";

const NOT_ALL_WELL = 3;

export async function showStatus(
  plan: ClusterPlan,
  shown: readonly NodePlan[],
  folder: string,
): Promise<number> {
  const found = new Map(plan.nodes.map(({ nodeId }) => [nodeId, findProcess(folder, nodeId)]));
  const running = plan.nodes.filter(({ nodeId }) => found.get(nodeId)?.state === "running");
  const view = await viewQuorum(running);
  const quorum = view.ok && view.value.leaderId >= 0 ? view.value : undefined;
  if (quorum === undefined) {
    const why = view.ok ? "" : ` (${view.detail})`;
    process.stdout.write(`cluster in ${folder}: no node leads${why}\n`);
  } else {
    const { clusterId, leaderId, term, highWatermark } = quorum;
    const since = ledSince(folder, quorum);
    process.stdout.write(
      `cluster ${clusterId} in ${folder}\n` +
        `node ${leaderId} leads in term ${term}${since === undefined ? "" : ` since ${since}`}; ` +
        `metadata is committed up to ${highWatermark}\n`,
    );
  }
  const rows = shown.map((node) => rowOf(node, found.get(node.nodeId)!, quorum));
  process.stdout.write(table([["node", "state", "pid", "clients", "lag", "broker"], ...rows]));
  const isWell = shown.every(({ nodeId }) => found.get(nodeId)?.state === "running");
  return isWell && quorum !== undefined ? 0 : NOT_ALL_WELL;
}

function rowOf(
  node: NodePlan,
  { state, pid }: FoundProcess,
  quorum: QuorumView | undefined,
): string[] {
  const { nodeId } = node;
  const lag = quorum?.members.find((member) => member.nodeId === nodeId)?.lag;
  const isLeader = quorum?.leaderId === nodeId;
  const broker = quorum?.aliveBrokers.includes(nodeId) === true ? "alive" : "fenced";
  return [
    String(nodeId),
    state,
    pid === undefined ? "-" : String(pid),
    addressOf(node),
    isLeader ? "leads" : (lag ?? "-").toString(),
    quorum === undefined ? "-" : broker,
  ];
}

function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, at) =>
    Math.max(...rows.map((row) => (row[at] ?? "").length)),
  );
  const line = (row: readonly string[]): string =>
    row
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join("  ")
      .trimEnd();
  return `${rows.map(line).join("\n")}\n`;
}
