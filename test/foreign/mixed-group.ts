// A group of two kinds of members, Java's consumer and ours: with each assignor, and with either as the
// leader, both read half of the partitions, nothing is lost and nothing is read twice.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { classPath } from "../../bench/peer/kafka.ts";
import type { AssignorName } from "../../src/client/group/assignors/index.ts";
import { Client } from "../../src/client/promises.ts";
import { tcpSockets } from "../../src/net/sockets.ts";
import { realClock } from "../../src/runtime/threads/clock.ts";
import { against, freshName } from "./harness.ts";

const PARTITIONS = 6;
const WITHIN_MS = 60_000;
const javaNames: Readonly<Record<AssignorName, string>> = {
  range: "RangeAssignor",
  roundrobin: "RoundRobinAssignor",
  sticky: "StickyAssignor",
  "cooperative-sticky": "CooperativeStickyAssignor",
};

type Member = { readonly read: string[]; stop(): Promise<unknown> };
type Group = { readonly topic: string; readonly groupId: string; readonly assignor: AssignorName };

/** ConsoleConsumer, which tells the partition and the value of each record. */
function startJava(bootstrap: string, { topic, groupId, assignor }: Group): Member {
  const packageName = "org.apache.kafka.clients.consumer";
  const properties = [
    `partition.assignment.strategy=${packageName}.${javaNames[assignor]}`,
    "heartbeat.interval.ms=500",
  ];
  const words = ["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx256m", "-cp", classPath()];
  words.push("org.apache.kafka.tools.consumer.ConsoleConsumer", "--bootstrap-server", bootstrap);
  words.push("--topic", topic, "--group", groupId, "--from-beginning");
  for (const property of properties) words.push("--command-property", property);
  words.push("--formatter-property", "print.partition=true");
  const child = spawn("java", words, { stdio: ["ignore", "pipe", "ignore"] });
  const read: string[] = [];
  createInterface({ input: child.stdout }).on("line", (line) => {
    const told = /^Partition:(\d+)\s+(.*)$/.exec(line);
    if (told !== null) read.push(told[2]!);
  });
  const ended = once(child, "exit");
  return {
    read,
    stop: () => {
      child.kill("SIGTERM");
      return ended;
    },
  };
}

function startOurs(client: Client, { topic, groupId, assignor }: Group) {
  const consumer = client.groupConsumer({
    groupId,
    assignors: [assignor],
    offsetReset: "earliest",
    heartbeatIntervalMs: 500,
  });
  consumer.subscribe([topic]);
  const read: string[] = [];
  let isOver = false;
  const polling = (async () => {
    while (!isOver) {
      for (const { value } of await consumer.poll(100)) read.push(Buffer.from(value!).toString());
    }
  })();
  const stop = async (): Promise<void> => {
    isOver = true;
    await polling;
    await consumer.close();
  };
  return { read, stop, owned: () => consumer.assignment().length };
}

async function until(what: string, condition: () => boolean): Promise<void> {
  const untilMs = performance.now() + WITHIN_MS;
  while (!condition()) {
    assert.ok(performance.now() < untilMs, `never: ${what}`);
    await sleep(20);
  }
}

async function shareWithJava(
  bootstrap: string,
  assignor: AssignorName,
  first: "Java" | "ours",
): Promise<string> {
  const [host = "", port] = bootstrap.split(":");
  const ports = { sockets: tcpSockets, clock: realClock };
  const client = new Client(ports, { bootstrap: [{ host, port: Number(port) }] });
  const topic = freshName("mixed");
  const group = { topic, groupId: freshName("mixed-group"), assignor };
  await client.createTopic({ name: topic, partitions: PARTITIONS });
  const producer = client.producer();
  const send = async (round: string): Promise<void> => {
    for (let partition = 0; partition < PARTITIONS; partition++) {
      await producer.send(topic, { value: `${round}${partition}`, partition });
    }
  };
  await send("a");
  const java = first === "Java" ? startJava(bootstrap, group) : undefined;
  if (java !== undefined) await until("Java reads", () => java.read.length === PARTITIONS);
  const ours = startOurs(client, group);
  if (java === undefined) await until("ours reads", () => ours.read.length === PARTITIONS);
  const other = java ?? startJava(bootstrap, group);
  try {
    await until("they share", () => ours.owned() === PARTITIONS / 2);
    await send("b");
    const all = (): string[] => [...other.read, ...ours.read];
    await until("all is read", () => new Set(all()).size === 2 * PARTITIONS);
    assert.equal(all().length, 2 * PARTITIONS, "something is read twice");
    const late = ours.read.filter((value) => value.startsWith("b"));
    assert.equal(late.length, PARTITIONS / 2);
    await other.stop();
    await until("ours has all", () => ours.owned() === PARTITIONS);
    return `${other.read.length} and ${ours.read.length} records`;
  } finally {
    await other.stop();
    await ours.stop();
    client.close();
  }
}

const settings = { "group.initial.rebalance.delay.ms": "0" };
await against(
  async (checks, bootstrap) => {
    for (const assignor of Object.keys(javaNames) as AssignorName[]) {
      for (const first of ["Java", "ours"] as const) {
        await checks.check(`${assignor}, ${first} first`, () =>
          shareWithJava(bootstrap, assignor, first),
        );
      }
    }
  },
  { settings },
);
