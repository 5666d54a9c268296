// Consumer groups of Gofka against a real Kafka's, in alternating pairs, the same client on both: how soon
// a group is stable, how many commits go, how late heartbeats are. And what only Gofka has a goal for:
// memory per idle group, and the replay of a million commits.
//   node bench/groups.ts [--rows stable-100,commits] [--pairs 5] [--seconds 5]
//
// Lives on: the developer's machine.

import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import type { Broker } from "./broker.ts";
import { startGofka } from "./gofka.ts";
import { commit, commitsPerSecond, committed } from "./groups/commits.ts";
import { LoadConnection } from "./groups/connection.ts";
import { Crowd } from "./groups/member.ts";
import { load } from "./load.ts";
import { startKafka } from "./peer/kafka.ts";
import type { Pair } from "./report.ts";
import { rowReport, spread } from "./report.ts";
import type { Common, Measurement } from "./rows.ts";

const { values: given } = parseArgs({
  options: {
    rows: { type: "string" },
    pairs: { type: "string", default: "5" },
    seconds: { type: "string", default: "5" },
    hosts: { type: "string" },
    /** From the sources; what users get is compiled. */
    sources: { type: "boolean", default: false },
  },
});
const seconds = Number(given.seconds);
const topic = "bench";
const partitions = 100;
/** So short that the group and not the clients' patience is measured. */
const EAGER_MS = 25;
const PATIENT_MS = 3_000;
/** Groups of 100 on each side before anything is measured. */
const WARM_CROWDS = 20;
let groups = 0;
const freshGroup = (): string => `bench-${++groups}`;

async function stable(broker: Broker, count: number): Promise<{ crowd: Crowd; tookMs: number }> {
  const groupId = freshGroup();
  await committed(broker.bootstrap, groupId, topic, 0);
  const crowd = new Crowd();
  await crowd.connect(count, broker.bootstrap, groupId, EAGER_MS);
  const startedMs = performance.now();
  crowd.start();
  await crowd.stable(count);
  return { crowd, tookMs: performance.now() - startedMs };
}

type Row = Common & { readonly measure: (broker: Broker) => Promise<Measurement> };

function stableRow(count: number): Row {
  return {
    name: `until ${count} ${count === 1 ? "member is" : "members are"} stable`,
    unit: "ms",
    better: "less",
    measure: async (broker) => {
      const tookMs: number[] = [];
      // One group is a matter of a few milliseconds and of luck.
      for (let samples = Math.max(5, 40 / count); samples > 0; samples--) {
        const { crowd, tookMs: each } = await stable(broker, count);
        crowd.close();
        tookMs.push(each);
      }
      return { value: spread(tookMs).median };
    },
  };
}

const leaveRow: Row = {
  name: "one leaves a group of 100, until 99 are stable",
  unit: "ms",
  better: "less",
  measure: async (broker) => {
    const { crowd } = await stable(broker, 100);
    const [leaving] = crowd.members;
    crowd.forget(leaving!);
    const startedMs = performance.now();
    const left = leaving!.leave();
    await crowd.stable(99);
    const value = performance.now() - startedMs;
    await left;
    crowd.close();
    // The last of them hears of it with its next heartbeat, and no broker can tell it sooner.
    return { value, notes: { "ms beyond the interval of heartbeats": value - EAGER_MS } };
  },
};

function commitsRow(what: string, groupIds: () => readonly string[]): Row {
  return {
    name: `commits of 10 committers, ${what}`,
    unit: "commits/s",
    better: "more",
    measure: async (broker) => {
      const before = broker.usage().cpuSeconds;
      const value = await commitsPerSecond(broker.bootstrap, topic, groupIds(), seconds);
      const cpuMs = (broker.usage().cpuSeconds - before) * 1_000;
      return { value, notes: { "CPU us per commit": (cpuMs * 1_000) / (value * seconds) } };
    },
  };
}

/** Two members each, on connections of their own, as patient as clients are by default. */
const crowds = new Map<Broker, Crowd[]>();

async function thousandGroups(broker: Broker): Promise<Crowd[]> {
  const known = crowds.get(broker);
  if (known !== undefined) return known;
  const made: Crowd[] = [];
  for (let i = 0; i < 1_000; i += 20) {
    await Promise.all(
      Array.from({ length: 20 }, async () => {
        const crowd = new Crowd();
        await crowd.connect(2, broker.bootstrap, freshGroup(), PATIENT_MS);
        made.push(crowd);
        crowd.start();
        await crowd.stable(2);
      }),
    );
  }
  crowds.set(broker, made);
  return made;
}

const heartbeatRow: Row = {
  name: "heartbeat p99 with 1,000 groups of 2 members",
  unit: "ms",
  better: "less",
  measure: async (broker) => {
    const members = (await thousandGroups(broker)).flatMap((crowd) => crowd.members);
    for (const { latenciesMs } of members) latenciesMs.length = 0;
    await sleep(2 * seconds * 1_000);
    const all = members.flatMap(({ latenciesMs }) => latenciesMs).toSorted((a, b) => a - b);
    const at = (share: number): number => all[Math.floor(all.length * share)]!;
    return { value: at(0.99), notes: { p50: at(0.5), heartbeats: all.length } };
  },
};

const rows: Readonly<Record<string, Row>> = {
  "stable-1": stableRow(1),
  "stable-10": stableRow(10),
  "stable-100": stableRow(100),
  leave: leaveRow,
  commits: commitsRow("a group each", () => Array.from({ length: 10 }, (_, i) => `committer-${i}`)),
  "commits-one": commitsRow("one group", () => Array.from({ length: 10 }, () => "committers")),
  heartbeats: heartbeatRow,
};

const scratch = mkdtempSync(join(tmpdir(), "gofka-bench-groups-"));
const settings = {
  "group.initial.rebalance.delay.ms": "0",
  "offsets.topic.num.partitions": "50",
  "max.connections.per.ip": "10000",
};

function gofka(dataDirectory = mkdtempSync(join(scratch, "gofka-"))): Promise<Broker> {
  const hosts = given.hosts === undefined ? {} : { hosts: Number(given.hosts) };
  return startGofka({ compiled: !given.sources, dataDirectory, settings, ...hosts });
}

/** Synced like ours. */
function kafka(): Promise<Broker> {
  const directory = mkdtempSync(join(scratch, "kafka-"));
  const synced = { ...settings, "log.flush.interval.messages": "1" };
  return startKafka({ directory, settings: synced });
}

async function inPairs(chosen: readonly Row[]): Promise<void> {
  const [left, right] = [await gofka(), await kafka()];
  try {
    for (const broker of [left, right]) {
      await load("create", broker.bootstrap, { topic, partitions });
      // For the JVM's compiler, and for ours.
      await commitsPerSecond(broker.bootstrap, topic, ["warm-1", "warm-2", "warm-3"], 10);
      for (let i = 0; i < WARM_CROWDS; i++) await leaveRow.measure(broker);
    }
    for (const row of chosen) {
      const pairs: Pair[] = [];
      for (let i = 0; i < Number(given.pairs); i++) {
        spawnSync("sync");
        const first = await row.measure(left);
        spawnSync("sync");
        pairs.push({ left: first, right: await row.measure(right) });
      }
      const labels = ["gofka", "kafka"] as const;
      console.log(`${rowReport(row, pairs, labels, availableParallelism())}\n`);
    }
  } finally {
    for (const each of crowds.values()) for (const crowd of each) crowd.close();
    await left.stop();
    await right.stop();
  }
}

const IDLE_GROUPS = 10_000;

async function memory(): Promise<void> {
  const file = join(import.meta.dirname, "groups/memory.ts");
  const words = ["--expose-gc", "--no-warnings", file, String(IDLE_GROUPS)];
  const measured = spawnSync(process.execPath, words, { encoding: "utf8" });
  if (measured.status !== 0) throw new Error(measured.stderr);
  console.log(measured.stdout);
}

const REPLAYED = 1_000_000;

/** The node is killed: nothing but the log tells it of its groups. */
async function replay(): Promise<void> {
  const directory = mkdtempSync(join(scratch, "gofka-"));
  const first = await gofka(directory);
  await load("create", first.bootstrap, { topic, partitions });
  await committed(first.bootstrap, "replayed-0", topic, 0);
  const all = Array.from({ length: partitions }, (_, partition) => partition);
  const requests = REPLAYED / partitions;
  await Promise.all(
    Array.from({ length: 10 }, async (_, i) => {
      const connection = await LoadConnection.open(first.bootstrap);
      for (let offset = 1; offset <= requests / 10; offset++) {
        await commit(connection, `replayed-${i}`, topic, all, offset);
      }
      connection.close();
    }),
  );
  await first.kill();
  const bare = mkdtempSync(join(scratch, "gofka-"));
  await (await gofka(bare)).kill();
  const times: number[] = [];
  const extra: number[] = [];
  for (let i = 0; i < 5; i++) {
    const startedMs = performance.now();
    const broker = await gofka(directory);
    const offsets = await Promise.all(
      Array.from({ length: 10 }, (_, n) => committed(broker.bootstrap, `replayed-${n}`, topic, 7)),
    );
    times.push(performance.now() - startedMs);
    if (offsets.some((offset) => offset !== requests / 10)) throw new Error(`${offsets.join()}`);
    await broker.kill();
    const empty = await gofka(bare);
    extra.push(times.at(-1)! - empty.firstAnswerMs);
    await empty.kill();
  }
  const shown = [times, extra].map((each) => {
    const { min, median, max } = spread(each);
    return `${median.toFixed(0)} (${min.toFixed(0)} .. ${max.toFixed(0)}) ms`;
  });
  console.log(
    `${REPLAYED} commits, from the start of a killed node's process until they are told:`,
  );
  console.log(`    ${shown[0]}; more than a node without them takes: ${shown[1]}`);
}

const alone: Readonly<Record<string, () => Promise<void>>> = { memory, replay };
const names = given.rows?.split(",") ?? [...Object.keys(rows), ...Object.keys(alone)];
try {
  const chosen = names.map((name) => rows[name]).filter((row) => row !== undefined);
  const unknown = names.filter((name) => rows[name] === undefined && alone[name] === undefined);
  if (unknown.length > 0) throw new Error(`no row ${unknown.join()}`);
  if (chosen.length > 0) await inPairs(chosen);
  for (const name of names) await alone[name]?.();
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
