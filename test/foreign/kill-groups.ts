// kill -9 in the middle of commits and rebalances, again and again on one data directory: after every
// restart no acknowledged commit is lost and none has gone back, and the groups go on.
//
//   node test/foreign/kill-groups.ts [--against gofka|kafka] [--kills 30]

import { strict as assert } from "node:assert";
import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import type { Consumer } from "kafkajs";
import { Kafka, logLevel } from "kafkajs";
import { freePort } from "../../bench/broker.ts";
import { committed as committedOffset } from "../../bench/groups/commits.ts";
import { Checks, scratch, startBroker, whichBroker } from "./harness.ts";

const { values: given } = parseArgs({
  strict: false,
  options: { kills: { type: "string", default: "30" } },
});
const PARTITIONS = 6;
const DEADLINE_MS = 60_000;
const topic = "killed";
const groupId = "survivors";
const which = whichBroker();
const directory = mkdtempSync(join(scratch, "killed-"));
const port = await freePort();
const checks = new Checks();
const settings = { "group.initial.rebalance.delay.ms": "0" };
const retry = {
  initialRetryTime: 50,
  maxRetryTime: 300,
  retries: 1_000,
  restartOnFailure: () => Promise.resolve(true),
};
const kafka = new Kafka({
  brokers: [`127.0.0.1:${port}`],
  logLevel: logLevel.NOTHING,
  retry,
  connectionTimeout: 1_000,
  requestTimeout: 5_000,
});

/** The next offset to be read, as far as its commit was acknowledged, and how far anybody has read. */
const acked = Array.from({ length: PARTITIONS }, () => 0);
const seen = Array.from({ length: PARTITIONS }, () => 0);
let commits = 0;
/** Of the clients, which start again by themselves. */
const crashes: string[] = [];
let wentBack: string[] = [];
let consumers: Consumer[] = [];
let isOver = false;

async function startConsumer(): Promise<Consumer> {
  const consumer = kafka.consumer({
    groupId,
    sessionTimeout: 6_000,
    rebalanceTimeout: 6_000,
    heartbeatInterval: 200,
    maxWaitTimeInMs: 100,
    retry,
  });
  consumer.on(consumer.events.CRASH, ({ payload }) => {
    crashes.push(`${payload.error.name}: ${payload.error.message}, restarts ${payload.restart}`);
    // It gives up when its member is gone, as it is where a restart takes longer than its session.
    if (!payload.restart && !isOver) void replace(consumer);
  });
  await consumer.connect();
  await consumer.subscribe({ topics: [topic], fromBeginning: true });
  await consumer.run({
    autoCommit: false,
    eachMessage: async ({ partition, message }) => {
      const offset = Number(message.offset);
      if (offset < acked[partition]!) {
        wentBack.push(`${partition}: read ${offset}, ${acked[partition]!} was acknowledged`);
      }
      seen[partition] = Math.max(seen[partition]!, offset + 1);
      await consumer.commitOffsets([{ topic, partition, offset: String(offset + 1) }]);
      acked[partition] = Math.max(acked[partition]!, offset + 1);
      commits++;
    },
  });
  return consumer;
}

async function replace(crashed: Consumer): Promise<void> {
  const at = consumers.indexOf(crashed);
  const fresh = await startConsumer();
  if (at === -1) consumers.push(fresh);
  else consumers[at] = fresh;
}

/** Asked until the coordinator is there and has read its log. */
function committed(): Promise<number[]> {
  const partitions = Array.from({ length: PARTITIONS }, (_, partition) => partition);
  return Promise.all(
    partitions.map(async (partition) =>
      Math.max(await committedOffset(`127.0.0.1:${port}`, groupId, topic, partition), 0),
    ),
  );
}

async function whatIsWrong(): Promise<string> {
  const admin = kafka.admin({ retry: { retries: 2 } });
  await admin.connect();
  const { groups } = await admin.describeGroups([groupId]);
  const shown = groups.map(({ state, members }) => {
    const ids = members.map(({ memberId, clientHost }) => `${memberId} ${clientHost}`);
    return `${state}: ${ids.join(", ")}`;
  });
  const places = [`committed ${(await committed()).join()}`, `seen ${seen.join()}`];
  await admin.disconnect();
  const logged = broker.output().split("\n").slice(-15);
  return ["nobody commits any more", ...shown, ...places, ...crashes.slice(-5), ...logged].join(
    "\n",
  );
}

let broker = await startBroker(which, { directory, port, settings });
const admin = kafka.admin();
await admin.connect();
await admin.createTopics({ topics: [{ topic, numPartitions: PARTITIONS }] });
await admin.disconnect();
const producer = kafka.producer({ retry });
await producer.connect();

async function produce(count: number): Promise<void> {
  const messages = Array.from({ length: count }, (_, i) => ({
    partition: i % PARTITIONS,
    value: `${i}`,
  }));
  await producer.send({ topic, messages, timeout: 5_000 });
}

consumers = [await startConsumer(), await startConsumer()];
await produce(3_000);
for (let kill = 1; kill <= Number(given.kills); kill++) {
  const passed = await checks.check(`kill ${kill}`, async () => {
    const before = commits;
    await produce(600);
    // Every third time somebody joins or leaves while the node dies.
    if (kill % 3 === 0) void startConsumer().then((third) => consumers.push(third));
    if (kill % 3 === 1 && consumers.length > 2) void consumers.pop()!.disconnect();
    await sleep(150 + ((kill * 61) % 900));
    await broker.kill();
    // What was acknowledged until now must be there; what comes later may be as well.
    const [floor, ceiling] = [[...acked], [...seen]];
    broker = await startBroker(which, { directory, port, settings });
    const stored = await committed();
    const lost = stored.filter((offset, i) => offset < floor[i]!);
    assert.deepEqual(lost, [], `stored ${stored.join()}; acknowledged ${floor.join()}`);
    assert.ok(stored.every((offset, i) => offset <= Math.max(ceiling[i]!, seen[i]!)));
    const resumed = commits;
    await produce(60);
    const deadlineMs = performance.now() + DEADLINE_MS;
    while (commits < resumed + 60) {
      if (performance.now() > deadlineMs) throw new Error(await whatIsWrong());
      await sleep(20);
    }
    assert.deepEqual(wentBack, []);
    wentBack = [];
    return `${commits - before} commits acknowledged, ${consumers.length} members`;
  });
  if (!passed) break;
}
isOver = true;
await producer.disconnect();
await Promise.all(consumers.map((consumer) => consumer.disconnect()));
consumers = [];
await broker.stop();
checks.finish();
// kafkajs goes on trying for members that it was told to disconnect while they began anew.
process.exit();
