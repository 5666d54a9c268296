// What a node tells the program around it of its groups: who is in them, how far behind they are, and
// why they have rebalanced.

import { strict as assert } from "node:assert";
import { describe, it } from "node:test";
import { Kafka, logLevel } from "kafkajs";
import type { GroupPartition } from "../../src/index.ts";
import { Gofka } from "../../src/index.ts";

const config = { "group.initial.rebalance.delay.ms": 0 };

for (const hosts of [0, 2]) {
  describe(`groups of a node with ${hosts === 0 ? "all on one thread" : `${hosts} hosts`}`, () => {
    it("tells members, lag and causes", async () => {
      await using node = await Gofka.start({ hosts, config, logLevel: "silent" });
      const kafka = new Kafka({ brokers: [node.bootstrapServers], logLevel: logLevel.NOTHING });
      const [admin, producer] = [kafka.admin(), kafka.producer()];
      await Promise.all([admin.connect(), producer.connect()]);
      assert.deepEqual(await node.groups(), []);
      assert.equal(await node.group("readers"), undefined);

      await admin.createTopics({ topics: [{ topic: "orders", numPartitions: 3 }] });
      const messages = Array.from({ length: 9 }, (_, i) => ({ partition: i % 3, value: `${i}` }));
      await producer.send({ topic: "orders", messages });
      const consumer = kafka.consumer({ groupId: "readers", maxWaitTimeInMs: 100 });
      await consumer.connect();
      await consumer.subscribe({ topics: ["orders"], fromBeginning: true });
      const joined = new Promise<void>((resolve) => {
        consumer.on(consumer.events.GROUP_JOIN, () => resolve());
      });
      await consumer.run({ autoCommit: false, eachMessage: async () => {} });
      await joined;
      assert.deepEqual(await node.groups(), [
        { groupId: "readers", state: "Stable", protocolType: "consumer", groupType: "classic" },
      ]);
      await consumer.commitOffsets([{ topic: "orders", partition: 1, offset: "2" }]);
      const reading = (await node.group("readers"))!;
      const [member] = reading.members;
      assert.deepEqual([reading.state, reading.protocolName], ["Stable", "RoundRobinAssigner"]);
      assert.match(member!.clientHost, /^\/.*127\.0\.0\.1$/);
      assert.equal(reading.lag, 1);
      assert.deepEqual(
        reading.partitions.map(({ partition, memberId, committedOffset, lag }) => [
          partition,
          memberId,
          committedOffset,
          lag,
        ]),
        [
          [0, member!.memberId, null, null],
          [1, member!.memberId, 2, 1],
          [2, member!.memberId, null, null],
        ],
      );
      await consumer.disconnect();

      const after = (await node.group("readers"))!;
      assert.deepEqual([after.state, after.members, after.lag], ["Empty", [], 1]);
      const [{ metadata: _, ...progress }] = after.partitions as [GroupPartition];
      const end = { committedOffset: 2, logEndOffset: 3, lag: 1 };
      assert.deepEqual(progress, { topic: "orders", partition: 1, ...end, memberId: null });
      const [left] = after.rebalances;
      assert.deepEqual([left!.cause, left!.memberId], ["member left", member!.memberId]);
      assert.equal(after.rebalances.at(-1)!.cause, "member joined");
      await admin.deleteTopics({ topics: ["orders"] });
      assert.deepEqual((await node.group("readers"))?.partitions ?? [], []);
      await Promise.all([admin.disconnect(), producer.disconnect()]);
    });
  });
}
