// When nothing is broken any more: every node takes a change, all nodes tell the same, the changes of
// topics that were answered can have happened one after the other, and every record that was acknowledged
// is where it was said to be, unless the disk it was on is gone.
//
// Lives on: the simulator's thread.

import { Fetcher } from "../client/fetcher.ts";
import { readFetched } from "../client/fetched-records.ts";
import { ErrorCode } from "../protocol/error-codes.ts";
import { withoutOrder } from "./checkers/topic-register.ts";
import type { TopicOperation } from "./checkers/topic-register.ts";
import type { Verdict } from "./verdict.ts";
import type { ClusterClients } from "./workload/cluster-clients.ts";
import { nameOf, RECORDS_TOPIC } from "./workload/cluster-clients.ts";

const AGREE_WITHIN_MS = 60_000;

/** What the world lends. */
export type Agreement = {
  readonly verdict: Verdict;
  readonly clients: ClusterClients;
  readonly nodeCount: number;
  /** Whether a node has the disk it began with. */
  kept(nodeId: number): boolean;
  nowMs(): number;
  mustHappen(what: string, condition: () => boolean, withinMs: number): void;
  pass(spanMs: number): void;
};

export function mustAgree(agreement: Agreement): void {
  const { verdict, clients } = agreement;
  const probes = Array.from({ length: agreement.nodeCount }, (_, at) => `probe-${at + 1}`);
  for (const [at, probe] of probes.entries()) takesChange(agreement, at + 1, probe);
  const told = agreed(agreement, [...clients.changes.keys(), ...probes]);
  if (verdict.violation !== undefined) return;
  for (const probe of probes) {
    verdict.hold(told.includes(probe), "no topic is lost", () => probe);
  }
  for (const [name, operations] of clients.changes) {
    const isThere = told.includes(name);
    const wrong = withoutOrder(operations, isThere);
    verdict.hold(wrong === undefined, "changes of topics are linearizable", () => {
      return `${name}, there at the end: ${isThere}\n${wrong!.map((each) => lineOf(each)).join("\n")}`;
    });
  }
  if (clients.acked.length > 0) recordsAreThere(agreement);
}

function takesChange(agreement: Agreement, nodeId: number, name: string): void {
  let isMade = false;
  const { admin, life } = agreement.clients.newClient(nodeId);
  const again = (): void =>
    admin.createTopics([{ name, partitions: 1, replicationFactor: 1 }], (outcome) => {
      const code = outcome.ok ? outcome.value.topics[0]?.errorCode : undefined;
      isMade = code === ErrorCode.NONE || code === ErrorCode.TOPIC_ALREADY_EXISTS;
      if (!isMade) life.after(100, "probe again", again);
    });
  again();
  agreement.mustHappen("every node takes a change", () => isMade, AGREE_WITHIN_MS);
  life.end();
}

/** Nodes that follow hear of a change a moment later. */
function agreed(agreement: Agreement, names: readonly string[]): readonly string[] {
  const { verdict } = agreement;
  const untilMs = agreement.nowMs() + AGREE_WITHIN_MS;
  for (;;) {
    const told = Array.from({ length: agreement.nodeCount }, (_, at) =>
      topicsToldBy(agreement, at + 1, names),
    );
    if (verdict.violation !== undefined) return [];
    if (told.every((topics) => topics.join() === told[0]!.join())) return told[0]!;
    verdict.hold(agreement.nowMs() < untilMs, "all nodes tell the same", () => {
      return told.map((topics, at) => `${nameOf(at + 1)}: ${topics.join()}`).join("; ");
    });
    agreement.pass(100);
  }
}

function topicsToldBy(
  agreement: Agreement,
  nodeId: number,
  names: readonly string[],
): readonly string[] {
  const { cluster, life } = agreement.clients.newClient(nodeId);
  let isTold = false;
  cluster.refresh(names, () => {
    isTold = true;
  });
  agreement.mustHappen("a node tells what there is", () => isTold, AGREE_WITHIN_MS);
  const there = names.filter((name) => cluster.topic(name) !== undefined).sort();
  life.end();
  return there;
}

// ------------------------------------------------------------------ records

function recordsAreThere(agreement: Agreement): void {
  const { clients, verdict } = agreement;
  const { cluster, life } = clients.newClient(1);
  const found = new Map<string, string>();
  const ends = new Map<number, number>();
  for (const { partition, offset } of clients.acked) {
    ends.set(partition, Math.max(ends.get(partition) ?? 0, offset + 1));
  }
  const fetcher = new Fetcher(cluster, { maxWaitMs: 100 }, (fetched) => {
    const { index, fetchOffset, errorCode, records } = fetched;
    if (errorCode !== ErrorCode.NONE) return fetchOffset;
    const { records: views, nextOffset } = readFetched(records, fetchOffset);
    for (const { offset, value } of views) {
      found.set(`${index}@${offset}`, new TextDecoder().decode(value ?? new Uint8Array(0)));
    }
    if (nextOffset >= (ends.get(index) ?? 0)) ends.delete(index);
    return ends.has(index) ? nextOffset : undefined;
  });
  let isKnown = false;
  cluster.refresh([RECORDS_TOPIC], () => (isKnown = true));
  agreement.mustHappen("a node tells where records are", () => isKnown, AGREE_WITHIN_MS);
  const leaderOf = (index: number): number =>
    cluster.topic(RECORDS_TOPIC)?.partitions.get(index)?.leaderId ?? -1;
  for (const index of [...ends.keys()]) {
    if (agreement.kept(leaderOf(index))) fetcher.assign(RECORDS_TOPIC, index, 0);
    else ends.delete(index);
  }
  const what = "acknowledged records can be read";
  agreement.mustHappen(what, () => ends.size === 0, AGREE_WITHIN_MS);
  for (const { partition, offset, value } of clients.acked) {
    if (!agreement.kept(leaderOf(partition))) continue;
    const there = found.get(`${partition}@${offset}`);
    verdict.hold(there === value, "no acknowledged record is lost", () => {
      return `${value} at ${partition}@${offset}, there is ${there}`;
    });
  }
  life.end();
}

function lineOf({ operation, outcome, fromMs, toMs }: TopicOperation): string {
  return `${operation} ${outcome} ${fromMs.toFixed(1)}..${toMs.toFixed(1)}`;
}
