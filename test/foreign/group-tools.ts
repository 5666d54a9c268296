// Apache Kafka's command-line tools for groups, each run against Gofka and against real Kafka 4.3.1; the
// answers must be the same. `--left kafka` compares Kafka with itself, which qualifies the steps.
//
//   node test/foreign/group-tools.ts [--left gofka|kafka] [--only WORD] [--show]

import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { Kafka, logLevel } from "kafkajs";
import type { Broker } from "../../bench/broker.ts";
import { classPath } from "../../bench/peer/kafka.ts";
import { server, tools } from "./apache-steps.ts";
import { afterRead, beforeRead, liveGroup, liveTopic, whileRead } from "./group-steps.ts";
import type { Which } from "./harness.ts";
import { Checks, startBroker } from "./harness.ts";
import { compareAround } from "./side-by-side.ts";

const { values: given } = parseArgs({
  strict: false,
  options: {
    left: { type: "string", default: "gofka" },
    only: { type: "string" },
    show: { type: "boolean", default: false },
  },
});

/** Two members that read until they are stopped; they are assigned their partitions when it returns. */
async function startReaders(broker: Broker): Promise<readonly ChildProcess[]> {
  const main = `${tools}.consumer.ConsoleConsumer`;
  const words = ["-Xmx128m", "-XX:+UseSerialGC", "-cp", classPath(), main, ...server(broker)];
  const read = ["--topic", liveTopic, "--group", liveGroup, "--from-beginning"];
  const readers = [1, 2].map(() => spawn("java", [...words, ...read], { stdio: "ignore" }));
  const admin = new Kafka({ brokers: [broker.bootstrap], logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  for (const deadline = performance.now() + 60_000; ; await sleep(200)) {
    const { groups } = await admin.describeGroups([liveGroup]);
    const [group] = groups;
    if (group?.state === "Stable" && group.members.length === 2) break;
    if (performance.now() > deadline) throw new Error(`${broker.name}: ${JSON.stringify(group)}`);
  }
  // Their positions are committed every five seconds.
  for (const deadline = performance.now() + 30_000; ; await sleep(200)) {
    const [fetched] = await admin.fetchOffsets({ groupId: liveGroup, topics: [liveTopic] });
    const total = fetched!.partitions.reduce((sum, { offset }) => sum + Number(offset), 0);
    if (total >= 30) break;
    if (performance.now() > deadline) throw new Error(`${broker.name}: nothing is committed`);
  }
  await admin.disconnect();
  return readers;
}

const withoutElr = ["eligible.leader.replicas.version=0"];
const checks = new Checks();
const settings = { "node.id": "1", "group.initial.rebalance.delay.ms": "0" };
const left = await startBroker(given.left as Which, { settings, features: withoutElr });
const right = await startBroker("kafka", { features: withoutElr });
const brokers = [left, right] as const;

const steps = { before: beforeRead, during: whileRead, after: afterRead };
await compareAround({ checks, brokers, given }, steps, startReaders);
checks.finish();
