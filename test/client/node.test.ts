// The client with promises against a whole node in this process.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { ClientError } from "../../src/client/client-error.ts";
import { Client } from "../../src/client/promises.ts";
import { Gofka } from "../../src/index.ts";
import { tcpSockets } from "../../src/net/sockets.ts";
import { codecNames } from "../../src/protocol/record-batch.ts";
import { realClock } from "../../src/runtime/threads/clock.ts";

let node: Gofka;
let client: Client;

before(async () => {
  node = await Gofka.start();
  const bootstrap = [{ host: node.host, port: node.port }];
  client = new Client({ sockets: tcpSockets, clock: realClock }, { bootstrap });
});
after(async () => {
  client.close();
  await node.stop();
});

async function read(topic: string, partition: number, count: number) {
  const values: string[] = [];
  for await (const { value } of client.consumer([{ topic, partition, offset: 0 }])) {
    values.push(new TextDecoder().decode(value!));
    if (values.length === count) break;
  }
  return values;
}

for (const compression of codecNames) {
  test(`${compression}: thousands of records come back in order`, async () => {
    const topic = `records-${compression}`;
    await client.createTopic({ name: topic, partitions: 1 });
    const producer = client.producer({ compression, lingerMs: 2, batchBytesMax: 20_000 });
    const values = Array.from({ length: 3000 }, (_, at) => `value number ${at} of ${topic}`);
    const sent = await Promise.all(values.map((value) => producer.send(topic, { value })));
    assert.deepEqual(
      sent.map(({ offset }) => offset),
      [...values.keys()],
    );
    assert.deepEqual(await read(topic, 0, values.length), values);
  });
}

test("topics are made, grown, configured, emptied and deleted", async () => {
  await client.createTopic({
    name: "admin",
    partitions: 1,
    configs: { "segment.bytes": "2000000" },
  });
  await assert.rejects(client.createTopic({ name: "admin" }), (error: ClientError) => {
    return error.kind === "refused" && error.code === "TOPIC_ALREADY_EXISTS";
  });
  await client.createPartitions("admin", 4);
  assert.equal(await client.partitionCount("admin"), 4);
  await client.setTopicConfigs("admin", { "retention.ms": "1234" });
  const configs = await client.topicConfigs("admin");
  assert.equal(configs.get("retention.ms"), "1234");
  assert.equal(configs.get("segment.bytes"), "2000000");
  await client.setTopicConfigs("admin", { "retention.ms": null });
  assert.equal((await client.topicConfigs("admin")).get("retention.ms"), "604800000");
  await assert.rejects(client.setTopicConfigs("admin", { nonsense: "1" }), /INVALID_CONFIG/);

  const producer = client.producer();
  await producer.send("admin", { value: "a", partition: 2, timestampMs: 1_700_000_000_000 });
  await producer.send("admin", { value: "b", partition: 2, timestampMs: 1_700_000_000_500 });
  assert.equal(await client.offsetAt("admin", 2, 1_700_000_000_001), 1);
  assert.equal(await client.offsetAt("admin", 2, 1_700_000_001_000), -1);
  assert.equal(await client.deleteRecords("admin", 2, 1), 1);
  assert.equal(await client.offsetAt("admin", 2, -2), 1);
  await client.deleteTopic("admin");
  await assert.rejects(client.deleteTopic("admin"), /UNKNOWN_TOPIC_OR_PARTITION/);
});

test("a record that the topic does not take is refused by name", async () => {
  await client.createTopic({ name: "compacted", configs: { "cleanup.policy": "compact" } });
  const sending = client.producer().send("compacted", { value: "no key" });
  await assert.rejects(sending, (error: ClientError) => {
    return error.kind === "refused" && error.code === "INVALID_RECORD";
  });
});
