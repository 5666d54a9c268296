// Records of consumer groups: Kafka's bytes, and everything comes back.

import { strict as assert } from "node:assert";
import { describe, it } from "node:test";
import { readRecord } from "../../../../src/actors/group/records.ts";
import { MemberState } from "../../../../src/actors/group/consumer/consumer-group.ts";
import type { ConsumerGroupRecord } from "../../../../src/actors/group/consumer/records.ts";
import {
  decodeConsumerGroupRecord,
  encodeConsumerGroupRecord,
} from "../../../../src/actors/group/consumer/records.ts";
import { topicIdOf } from "./stage.ts";

const topicId = topicIdOf("t");
const records: readonly ConsumerGroupRecord[] = [
  { kind: "group", value: { epoch: 7, metadataHash: -5n } },
  {
    kind: "member",
    memberId: "m",
    value: {
      instanceId: "i",
      rackId: null,
      clientId: "c",
      clientHost: "/h",
      subscribedTopicNames: ["a", "b"],
      subscribedTopicRegex: "x.*",
      rebalanceTimeoutMs: 60_000,
      serverAssignor: "range",
      classicMemberMetadata: {
        sessionTimeoutMs: 5,
        supportedProtocols: [{ name: "range", metadata: Uint8Array.of(1, 2, 3) }],
      },
    },
  },
  { kind: "targetEpoch", value: { assignmentEpoch: 7, assignmentTimestamp: 1_700_000_000_000 } },
  {
    kind: "target",
    memberId: "m",
    value: { topicPartitions: [{ topicId, partitions: [0, 2] }] },
  },
  {
    kind: "current",
    memberId: "m",
    value: {
      memberEpoch: 7,
      previousMemberEpoch: 6,
      state: MemberState.UNREVOKED_PARTITIONS,
      assignedPartitions: [{ topicId, partitions: [0], assignmentEpochs: [3] }],
      partitionsPendingRevocation: [{ topicId, partitions: [2], assignmentEpochs: [6] }],
    },
  },
  { kind: "pattern", pattern: "x.*", value: { topics: ["x1"], version: 9, timestamp: 5 } },
];

describe("a record of a consumer group", () => {
  for (const record of records) {
    it(`comes back as it was: ${record.kind}`, () => {
      const encoded = encodeConsumerGroupRecord("g", record);
      assert.deepEqual(decodeConsumerGroupRecord(encoded), { groupId: "g", record });
      const tombstone = { ...record, value: null } as ConsumerGroupRecord;
      const { key, value } = encodeConsumerGroupRecord("g", tombstone);
      assert.deepEqual([key, value], [encoded.key, null]);
      assert.deepEqual(decodeConsumerGroupRecord({ key, value }), {
        groupId: "g",
        record: tombstone,
      });
    });

    it(`that is cut short is not readable: ${record.kind}`, () => {
      const { key, value } = encodeConsumerGroupRecord("g", record);
      const read = readRecord({ key, value: value!.subarray(0, value!.byteLength - 1) });
      assert.equal(read.ok, false);
    });
  }

  it("numbers states as Kafka does", () => {
    // `MemberState` of Kafka 4.3.1.
    assert.deepEqual(MemberState, {
      STABLE: 0,
      UNREVOKED_PARTITIONS: 1,
      UNRELEASED_PARTITIONS: 2,
      UNKNOWN: 127,
    });
  });
});
