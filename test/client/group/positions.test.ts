// Where a group consumer begins, what its commits tell of the position, and topics that the coordinator
// picks by a pattern: against a whole node in this process.

import assert from "node:assert/strict";
import { after, before, it } from "node:test";
import type { GroupConsumerOptions } from "../../../src/client/group/group-consumer-options.ts";
import type { OffsetReset } from "../../../src/client/group/start-positions.ts";
import { durationMs } from "../../../src/client/group/start-positions.ts";
import { keyOf } from "../../../src/client/group/topic-partition.ts";
import { Client } from "../../../src/client/promises.ts";
import { Gofka } from "../../../src/index.ts";
import { tcpSockets } from "../../../src/net/sockets.ts";
import { realClock } from "../../../src/runtime/threads/clock.ts";
import { realRandom } from "../../../src/runtime/threads/random.ts";

const HOUR_MS = 3_600_000;
let node: Gofka;
let client: Client;
let groups = 0;

before(async () => {
  const config = {
    "group.initial.rebalance.delay.ms": "0",
    "group.consumer.min.heartbeat.interval.ms": "20",
    "group.consumer.heartbeat.interval.ms": "30",
  };
  node = await Gofka.start({ config });
  const ports = { sockets: tcpSockets, clock: realClock, random: realRandom };
  client = new Client(ports, { bootstrap: [{ host: node.host, port: node.port }] });
});
after(async () => {
  client.close();
  await node.stop();
});

function consumerOf(options: Partial<GroupConsumerOptions> = {}) {
  return client.groupConsumer({
    groupId: `group ${++groups}`,
    offsetReset: "earliest",
    maxWaitMs: 20,
    autoCommit: false,
    ...options,
  });
}

it("a commit tells the leader epoch of what was read, and whoever goes on there knows it", async () => {
  await client.createTopic({ name: "epochs", partitions: 1 });
  const producer = client.producer();
  for (const value of ["a", "b", "c"]) await producer.send("epochs", { value, partition: 0 });
  const at = { topic: "epochs", partition: 0 };
  for (const protocol of ["classic", "consumer"] as const) {
    const first = consumerOf({ protocol, maxPollRecords: 2 });
    first.subscribe(["epochs"]);
    const [record] = await first.poll(60_000);
    assert.equal(record?.leaderEpoch, 0);
    await first.commit();
    const committed = await first.committed([at]);
    assert.deepEqual(committed.get(keyOf(at)), { ...at, offset: 2, leaderEpoch: 0, metadata: "" });
    // Nobody knows what was before the place that was sought.
    first.seek(at, 1);
    await first.commit();
    assert.equal((await first.committed([at])).get(keyOf(at))?.leaderEpoch, -1);
    await first.close();
  }
});

it("begins at the first record of so long ago, or at the end when there is none", async () => {
  await client.createTopic({ name: "aged", partitions: 1 });
  const producer = client.producer();
  const nowMs = Date.now();
  for (const hours of [30, 5, 3]) {
    const timestampMs = nowMs - hours * HOUR_MS;
    await producer.send("aged", { value: `${hours}`, partition: 0, timestampMs });
  }
  const at = { topic: "aged", partition: 0 };
  const expected: readonly (readonly [OffsetReset, number])[] = [
    ["by_duration:P2D", 0],
    ["by_duration:PT6H", 1],
    ["by_duration:pt4h0.5s", 2],
    ["by_duration:PT1H", 3],
    ["latest", 3],
  ];
  for (const [offsetReset, offset] of expected) {
    const consumer = consumerOf({ offsetReset });
    consumer.subscribe(["aged"]);
    let first: number | undefined;
    while (first === undefined && consumer.position(at) !== 3) {
      first = (await consumer.poll(5))[0]?.offset;
    }
    assert.equal(first ?? 3, offset, offsetReset);
    await consumer.close();
  }
});

it("reads durations as Java does, and none that are negative", () => {
  const read = ["PT0S", "P1D", "PT1H2M3.5S", "P1DT1S", "pt10m", "PT1,25S"].map(durationMs);
  assert.deepEqual(read, [0, 86_400_000, 3_723_500, 86_401_000, 600_000, 1_250]);
  for (const text of ["", "P", "PT", "P1DT", "-PT1S", "PT-1S", "P1Y", "1h", "PT1S "]) {
    assert.equal(durationMs(text), undefined, text);
  }
  for (const offsetReset of ["by_duration:1h", "soon"]) {
    assert.throws(() => consumerOf({ offsetReset: offsetReset as OffsetReset }), RangeError);
  }
});

it("leaves a pattern to the coordinator, changes it, and goes back to names", async () => {
  for (const name of ["match-a", "match-b", "other"]) {
    await client.createTopic({ name, partitions: 1 });
  }
  const consumer = consumerOf({ protocol: "consumer" });
  const topics = () =>
    consumer
      .assignment()
      .map(({ topic }) => topic)
      .sort()
      .join();
  const until = async (expected: string): Promise<void> => {
    while (topics() !== expected) await consumer.poll(5);
  };
  consumer.subscribe({ serverPattern: "match-.*" });
  await until("match-a,match-b");
  consumer.subscribe({ serverPattern: "match-a|other" });
  await until("match-a,other");
  consumer.subscribe(["match-b"]);
  await until("match-b");
  await consumer.close();
  const broken = consumerOf({ protocol: "consumer" });
  broken.subscribe({ serverPattern: "(" });
  await assert.rejects(broken.poll(60_000), /INVALID_REGULAR_EXPRESSION/);
  await broken.close();
  const classic = consumerOf();
  assert.throws(() => classic.subscribe({ serverPattern: "a" }), RangeError);
  await classic.close();
});
