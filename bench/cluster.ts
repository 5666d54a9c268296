// Three nodes of Gofka beside three of a real Kafka on this machine, in turn, with the same client: how
// soon they are there, how soon another controller is when the active one is killed or frozen, how fast
// topics are made, what the three take of memory. And what only Gofka has a figure for: the replay of a
// metadata log, and an envelope from node to node and back.
//   npm run bench:cluster -- [--pairs 3] [--only gofka] [--hosts N] [--topics 1000]
//
// Lives on: the developer's machine.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { clientOf, firstAck, firstTopic } from "./cluster/first-topic.ts";
import type { Maker } from "./cluster/nodes.ts";
import { ThreeNodes } from "./cluster/nodes.ts";
import { replayTimes } from "./cluster/replay.ts";
import { roundTrips } from "./cluster/round-trips.ts";
import { machine } from "./machine.ts";
import { figure, shown, spread } from "./report.ts";

const { values: given } = parseArgs({
  options: {
    pairs: { type: "string", default: "3" },
    only: { type: "string" },
    hosts: { type: "string" },
    topics: { type: "string", default: "1000" },
  },
});
const hosts = given.hosts === undefined ? undefined : Number(given.hosts);
const TOPICS = Number(given.topics);
const ASKERS = 10;
const IDLE_MS = 10_000;
const ROUND_TRIPS = 20_000;
const REPLAY_GOAL_MS = 1_000;
const PSS_GOAL_MIB = 330;

type Row = {
  readonly name: string;
  readonly unit: string;
  /** Gofka's figure to Kafka's has to be at most this, or at least. */
  readonly atMost?: number;
  readonly atLeast?: number;
};

const rows = {
  cold: { name: "from cold to the first ack", unit: "ms", atMost: 0.25 },
  killed: { name: "kill -9 of the controller, until a topic is made", unit: "ms", atMost: 0.25 },
  frozen: { name: "SIGSTOP of the controller, until a topic is made", unit: "ms", atMost: 1 },
  topics: { name: `${TOPICS} topics, ${ASKERS} at a time`, unit: "topics/s", atLeast: 3 },
  memory: { name: "three idle nodes, PSS", unit: "MiB" },
} satisfies Record<string, Row>;

type Figures = Record<keyof typeof rows, number>;

async function madeInMs(nodes: ThreeNodes, harm: (leader: number) => Promise<void> | void) {
  const leader = await nodes.leader();
  const others = nodes.plans.filter((_, at) => at !== leader).map(({ port }) => port);
  const startedMs = performance.now();
  await harm(leader);
  await firstTopic(others, `harmed-${Math.round(startedMs)}`);
  return { leader, tookMs: performance.now() - startedMs };
}

async function makeTopics(ports: readonly number[]): Promise<number> {
  let next = 0;
  const startedMs = performance.now();
  await Promise.all(
    Array.from({ length: ASKERS }, async (_, asker) => {
      const client = clientOf([ports[asker % ports.length]!]);
      while (next < TOPICS) {
        const name = `many-${next++}`;
        await client.createTopic({ name, partitions: 1, replicationFactor: 1 });
      }
      client.close();
    }),
  );
  return TOPICS / ((performance.now() - startedMs) / 1_000);
}

async function measure(maker: Maker, scratch: string): Promise<Figures> {
  const nodes = await ThreeNodes.plan(maker, mkdtempSync(join(scratch, `${maker}-`)), hosts);
  const ports = nodes.plans.map(({ port }) => port);
  try {
    await nodes.prepare();
    const startedMs = performance.now();
    const starting = nodes.startAll();
    await firstAck(ports, await firstTopic(ports, "cold"));
    const cold = performance.now() - startedMs;
    await starting;
    await nodes.whole();
    await sleep(IDLE_MS);
    const memory = nodes.pssMiB();

    const killed = await madeInMs(nodes, (leader) => nodes.kill(leader));
    await nodes.start(killed.leader);
    await nodes.whole();
    const frozen = await madeInMs(nodes, (leader) => nodes.signal(leader, "SIGSTOP"));
    nodes.signal(frozen.leader, "SIGCONT");
    await sleep(1_000);
    await nodes.whole();
    const topics = await makeTopics(ports);
    return { cold, memory, killed: killed.tookMs, frozen: frozen.tookMs, topics };
  } finally {
    await nodes.stop();
  }
}

function tell(row: Row, ours: readonly number[], theirs: readonly number[]): void {
  console.log(`\n${row.name}`);
  if (ours.length > 0) console.log(`    gofka    ${shown(spread(ours))} ${row.unit}`);
  if (theirs.length > 0) console.log(`    kafka    ${shown(spread(theirs))} ${row.unit}`);
  if (ours.length === 0 || theirs.length === 0) return;
  const ratios = ours.map((value, at) => value / theirs[at]!);
  const { median } = spread(ratios);
  const goal =
    row.atMost !== undefined
      ? `at most ${row.atMost}: ${median <= row.atMost ? "met" : "NOT MET"}`
      : row.atLeast !== undefined
        ? `at least ${row.atLeast}: ${median >= row.atLeast ? "met" : "NOT MET"}`
        : "no goal";
  console.log(`    ratio    ${shown(spread(ratios))}; ${goal}`);
}

async function alone(scratch: string): Promise<void> {
  const replayed = spread(await replayTimes(scratch));
  const verdict = replayed.median <= REPLAY_GOAL_MS ? "met" : "NOT MET";
  console.log(`\na start with 100,000 metadata records, more than one without`);
  console.log(`    gofka    ${shown(replayed)} ms; at most ${REPLAY_GOAL_MS}: ${verdict}`);
  for (const inFlight of [1, 64]) {
    const { p50Us, p99Us, rate } = await roundTrips(ROUND_TRIPS, inFlight);
    console.log(`\nan envelope to another process and back, ${inFlight} at once`);
    console.log(`    p50 ${figure(p50Us)} us, p99 ${figure(p99Us)} us, ${figure(rate)} a second`);
  }
}

const scratch = mkdtempSync(join(tmpdir(), "gofka-bench-cluster-"));
const measured: Record<Maker, Figures[]> = { gofka: [], kafka: [] };
const sides = (["gofka", "kafka"] as const).filter((side) => (given.only ?? side) === side);
try {
  console.log(JSON.stringify(machine()));
  for (let pair = 0; pair < Number(given.pairs); pair++) {
    // In turn first: whoever comes second finds a warmer machine.
    for (const side of pair % 2 === 0 ? sides : sides.toReversed()) {
      const figures = await measure(side, scratch);
      measured[side].push(figures);
      console.log(`pair ${pair + 1}, ${side}: ${JSON.stringify(figures)}`);
    }
  }
  for (const [key, row] of Object.entries(rows)) {
    const of = (side: Maker) => measured[side].map((figures) => figures[key as keyof Figures]);
    tell(row, of("gofka"), of("kafka"));
    if (key !== "memory" || measured.gofka.length === 0) continue;
    const { median } = spread(of("gofka"));
    console.log(`    at most ${PSS_GOAL_MIB} MiB: ${median <= PSS_GOAL_MIB ? "met" : "NOT MET"}`);
  }
  if (given.only !== "kafka") await alone(scratch);
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
