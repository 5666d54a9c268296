import { strict as assert } from "node:assert";
import { describe, test } from "node:test";
import type { VoterChangeResult } from "../../../src/actors/raft-node/messages.ts";
import { ZERO_UUID } from "../../../src/base/uuid.ts";
import { ErrorCode } from "../../../src/protocol/error-codes.ts";
import * as describeQuorum from "../../../src/protocol/messages/55-describe-quorum.ts";
import * as addVoter from "../../../src/protocol/messages/80-add-raft-voter.ts";
import * as removeVoter from "../../../src/protocol/messages/81-remove-raft-voter.ts";
import { TestDoor } from "./test-door.ts";

const disk = "diskdiskdiskdiskdiskdA";
const endpoints = [{ name: "CONTROLLER", host: "one", port: 9093 }];
const quorum = {
  leaderId: 1,
  term: 4,
  highWatermark: 17,
  voters: [
    {
      nodeId: 1,
      directoryId: disk,
      endpoints,
      logEndOffset: 18,
      lastFetchMs: 6000,
      lastCaughtUpMs: 5000,
    },
    {
      nodeId: 2,
      directoryId: null,
      endpoints: [],
      logEndOffset: 16,
      lastFetchMs: -1,
      lastCaughtUpMs: -1,
    },
  ],
  observers: [
    {
      nodeId: 9,
      directoryId: disk,
      endpoints: [],
      logEndOffset: 3,
      lastFetchMs: -1,
      lastCaughtUpMs: -1,
    },
  ],
};

function topicsOf(...names: string[]) {
  return names.map((topicName) => ({ topicName, partitions: [{ partitionIndex: 0 }] }));
}

describe("the quorum, described", () => {
  test("is told as the controller says, in every version", () => {
    for (let version = 0; version <= 2; version++) {
      const door = new TestDoor();
      const client = door.connect();
      const topics = topicsOf("__cluster_metadata");
      client.send(describeQuorum.DescribeQuorumRequest, version, { topics });
      door.answer("describeQuorum", quorum);
      const told = client.take(describeQuorum.DescribeQuorumResponse, version);
      const [metadata] = told.topics.map(({ partitions }) => partitions[0]!);
      assert.deepEqual(
        [metadata!.leaderId, metadata!.leaderEpoch, metadata!.highWatermark],
        [1, 4, 17],
      );
      assert.deepEqual(
        metadata!.currentVoters.map(({ replicaId, logEndOffset }) => [replicaId, logEndOffset]),
        [
          [1, 18],
          [2, 16],
        ],
      );
      assert.equal(metadata!.observers[0]!.replicaId, 9);
      if (version < 2) continue;
      const disks = metadata!.currentVoters.map(({ replicaDirectoryId }) => replicaDirectoryId);
      assert.deepEqual(disks, [disk, ZERO_UUID]);
      assert.deepEqual(told.nodes[0], { nodeId: 1, listeners: endpoints });
    }
  });

  test("is told of the metadata alone: beside anything else nothing is", () => {
    const door = new TestDoor();
    const client = door.connect();
    const topics = topicsOf("__cluster_metadata", "another");
    client.send(describeQuorum.DescribeQuorumRequest, 2, { topics });
    door.answer("describeQuorum", quorum);
    const told = client.take(describeQuorum.DescribeQuorumResponse, 2);
    const errors = told.topics.map(({ partitions }) => partitions[0]!.errorCode);
    const unknown = ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
    assert.deepEqual([errors, told.nodes], [[unknown, unknown], []]);
    const [first] = told.topics[0]!.partitions;
    assert.deepEqual([first!.leaderId, first!.leaderEpoch, first!.highWatermark], [0, 0, 0]);
    assert.notEqual(first!.errorMessage, "");
  });

  test("says when nobody leads", () => {
    const door = new TestDoor();
    const client = door.connect();
    client.send(describeQuorum.DescribeQuorumRequest, 2, {
      topics: topicsOf("__cluster_metadata"),
    });
    const nobody = { leaderId: -1, term: -1, highWatermark: -1, voters: [], observers: [] };
    door.answer("describeQuorum", nobody);
    const [topic] = client.take(describeQuorum.DescribeQuorumResponse, 2).topics;
    assert.equal(topic!.partitions[0]!.errorCode, ErrorCode.NOT_LEADER_OR_FOLLOWER);
  });
});

describe("voters, changed", () => {
  const results: readonly (readonly [VoterChangeResult, ErrorCode])[] = [
    ["done", ErrorCode.NONE],
    ["notLeading", ErrorCode.NOT_CONTROLLER],
    ["busy", ErrorCode.REQUEST_TIMED_OUT],
    ["duplicate", ErrorCode.DUPLICATE_VOTER],
    ["unknown", ErrorCode.VOTER_NOT_FOUND],
    ["notCaughtUp", ErrorCode.REQUEST_TIMED_OUT],
    ["lastVoter", ErrorCode.INVALID_REQUEST],
  ];

  test("one more or one less, with every answer there is", () => {
    for (const [result, errorCode] of results) {
      const door = new TestDoor();
      const client = door.connect();
      const voter = { voterId: 3, voterDirectoryId: disk };
      const more = { ...voter, clusterId: null, timeoutMs: 1000, listeners: endpoints };
      client.send(addVoter.AddRaftVoterRequest, 1, more);
      const asked = { nodeId: 3, directoryId: disk };
      assert.deepEqual(door.asked("changeVoters")[0]!.args, {
        kind: "add",
        voter: { ...asked, endpoints },
      });
      door.answer("changeVoters", { result });
      assert.equal(client.take(addVoter.AddRaftVoterResponse, 1).errorCode, errorCode);

      client.send(removeVoter.RemoveRaftVoterRequest, 0, { ...voter, clusterId: null });
      assert.deepEqual(door.asked("changeVoters")[0]!.args, {
        kind: "remove",
        voter: { ...asked, endpoints: [] },
      });
      door.answer("changeVoters", { result });
      assert.equal(client.take(removeVoter.RemoveRaftVoterResponse, 0).errorCode, errorCode);
    }
  });

  test("not for one that cannot be a voter", () => {
    const door = new TestDoor();
    const client = door.connect();
    const voter = { voterId: 3, voterDirectoryId: disk };
    for (const wrong of [{ voterId: -1 }, { voterDirectoryId: ZERO_UUID }, { listeners: [] }]) {
      const more = { ...voter, clusterId: null, timeoutMs: 1000, listeners: endpoints, ...wrong };
      client.send(addVoter.AddRaftVoterRequest, 1, more);
      const { errorCode } = client.take(addVoter.AddRaftVoterResponse, 1);
      assert.equal(errorCode, ErrorCode.INVALID_REQUEST);
    }
    for (const wrong of [{ voterId: -1 }, { voterDirectoryId: ZERO_UUID }]) {
      client.send(removeVoter.RemoveRaftVoterRequest, 0, { clusterId: null, ...voter, ...wrong });
      const { errorCode } = client.take(removeVoter.RemoveRaftVoterResponse, 0);
      assert.equal(errorCode, ErrorCode.INVALID_REQUEST);
    }
    assert.deepEqual(door.asked("changeVoters"), []);
  });

  test("not for another cluster", () => {
    const door = new TestDoor();
    const client = door.connect();
    const voter = { voterId: 3, voterDirectoryId: disk, clusterId: "another" };
    client.send(removeVoter.RemoveRaftVoterRequest, 0, voter);
    const { errorCode } = client.take(removeVoter.RemoveRaftVoterResponse, 0);
    assert.equal(errorCode, ErrorCode.INCONSISTENT_CLUSTER_ID);
    assert.deepEqual(door.asked("changeVoters"), []);
  });
});
