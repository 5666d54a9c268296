// Offsets of consumer groups: who may commit and fetch them, and when they and their group go.

import { strict as assert } from "node:assert";
import { describe, it } from "node:test";
import { ZERO_UUID } from "../../../../src/base/uuid.ts";
import { ErrorCode } from "../../../../src/protocol/error-codes.ts";
import { isRefused } from "../../../../src/actors/group/messages.ts";
import { GROUP, GroupStage, Member, topicIdOf } from "./stage.ts";

type Commit = {
  readonly memberId: string;
  readonly epoch: number;
  readonly partition?: number;
  readonly topic?: string;
  readonly apiVersion?: number;
};

function commit(stage: GroupStage, { memberId, epoch, ...more }: Commit): ErrorCode {
  const { partition = 0, topic = "t", apiVersion = 9 } = more;
  const partitions = [{ partitionIndex: partition, offset: 5n, leaderEpoch: 0, metadata: "" }];
  const reply = stage.ask("commitOffsets", {
    groupId: GROUP,
    generationIdOrMemberEpoch: epoch,
    memberId,
    groupInstanceId: null,
    retentionTimeMs: -1,
    apiVersion,
    topics: [{ name: topic, topicId: topicIdOf(topic), partitions }],
  }).value;
  return isRefused(reply) ? reply.refused : reply.errorCodes[0]!;
}

function fetch(
  stage: GroupStage,
  memberId: string | null,
  memberEpoch: number,
): bigint | ErrorCode {
  const topics = [{ name: "t", topicId: ZERO_UUID, partitions: [0] }];
  const args = { groupId: GROUP, memberId, memberEpoch, requireStable: true, topics };
  const reply = stage.ask("fetchOffsets", args).value;
  return isRefused(reply) ? reply.refused : reply.topics[0]!.partitions[0]!.offset;
}

function deleteOffsets(stage: GroupStage, name: string): ErrorCode {
  const topics = [{ name, partitions: [0] }];
  return stage.answer("deleteOffsets", { groupId: GROUP, topics }).errorCodes[0]!;
}

function joined(stage: GroupStage, memberId = "a"): Member {
  const member = new Member(stage, memberId, { subscribedTopicNames: ["t"] });
  member.join();
  return member;
}

describe("offsets of a consumer group", () => {
  it("are committed and fetched by members in their epoch", () => {
    const stage = new GroupStage({ topics: { t: 2 } });
    joined(stage);
    assert.equal(commit(stage, { memberId: "a", epoch: 2 }), ErrorCode.NONE);
    assert.equal(fetch(stage, "a", 2), 5n);
    assert.equal(fetch(stage, null, -1), 5n);
    assert.equal(fetch(stage, "a", 0), ErrorCode.STALE_MEMBER_EPOCH);
    assert.equal(fetch(stage, "nobody", 2), ErrorCode.UNKNOWN_MEMBER_ID);
    assert.equal(commit(stage, { memberId: "a", epoch: 3 }), ErrorCode.STALE_MEMBER_EPOCH);
    assert.equal(commit(stage, { memberId: "b", epoch: 2 }), ErrorCode.UNKNOWN_MEMBER_ID);
    assert.equal(commit(stage, { memberId: "", epoch: -1 }), ErrorCode.UNKNOWN_MEMBER_ID);
    const old = { memberId: "a", epoch: 2, apiVersion: 8 };
    assert.equal(commit(stage, old), ErrorCode.UNSUPPORTED_VERSION);
  });

  it("may be committed in an older epoch for what the member has had since then", () => {
    const stage = new GroupStage({ topics: { t: 2 } });
    const a = joined(stage);
    const b = joined(stage, "b");
    a.beat();
    // Told to give t-1 up, and it has not yet.
    assert.equal(commit(stage, { memberId: "a", epoch: 2, partition: 1 }), ErrorCode.NONE);
    a.beat();
    b.beat();
    assert.equal(a.epoch, 3);
    assert.equal(commit(stage, { memberId: "a", epoch: 2 }), ErrorCode.NONE);
    const lost = commit(stage, { memberId: "a", epoch: 2, partition: 1 });
    assert.equal(lost, ErrorCode.STALE_MEMBER_EPOCH);
    const tooEarly = commit(stage, { memberId: "b", epoch: 2, partition: 1 });
    assert.equal(tooEarly, ErrorCode.STALE_MEMBER_EPOCH);
  });

  it("may be committed by anybody when the group is empty", () => {
    const stage = new GroupStage({ topics: { t: 2 } });
    joined(stage).leave();
    assert.equal(commit(stage, { memberId: "", epoch: -1 }), ErrorCode.NONE);
  });

  it("are deleted of topics that nobody reads", () => {
    const stage = new GroupStage({ topics: { t: 2, u: 1 } });
    const a = joined(stage);
    commit(stage, { memberId: "a", epoch: 2 });
    commit(stage, { memberId: "a", epoch: 2, topic: "u" });
    assert.equal(deleteOffsets(stage, "t"), ErrorCode.GROUP_SUBSCRIBED_TO_TOPIC);
    assert.equal(deleteOffsets(stage, "u"), ErrorCode.NONE);
    a.leave();
    assert.equal(deleteOffsets(stage, "t"), ErrorCode.NONE);
  });

  it("go with their group, when nobody is in it", () => {
    const stage = new GroupStage({ topics: { t: 2 } });
    const a = joined(stage);
    commit(stage, { memberId: "a", epoch: 2 });
    const whole = { groupId: GROUP };
    assert.equal(stage.answer("deleteGroup", whole).errorCode, ErrorCode.NON_EMPTY_GROUP);
    a.leave();
    assert.equal(stage.answer("deleteGroup", whole).errorCode, ErrorCode.NONE);
    assert.deepEqual(stage.records(), []);
    assert.equal(stage.answer("deleteGroup", whole).errorCode, ErrorCode.GROUP_ID_NOT_FOUND);
  });

  it("expire after their retention, and with the last of them the empty group", () => {
    const stage = new GroupStage({
      topics: { t: 2 },
      config: { "offsets.retention.minutes": "1" },
    });
    const a = joined(stage);
    commit(stage, { memberId: "a", epoch: 2 });
    for (let i = 0; i < 7; i++) {
      stage.advance(10_000);
      a.beat();
    }
    stage.tell("expireOffsets", {});
    assert.equal(fetch(stage, null, -1), 5n);
    a.leave();
    stage.tell("expireOffsets", {});
    assert.equal(fetch(stage, null, -1), -1n);
    assert.deepEqual(stage.records(), []);
  });
});

describe("a consumer group", () => {
  it("is dead to who asks for classic groups, and the other way round", () => {
    const stage = new GroupStage({ topics: { t: 2 } });
    joined(stage);
    assert.deepEqual(stage.ask("describeGroup", { groupId: GROUP }).value, {
      refused: ErrorCode.GROUP_ID_NOT_FOUND,
      why: "Group g is not a classic group.",
    });
    const other = new GroupStage({ topics: { t: 2 } });
    assert.equal(commit(other, { memberId: "", epoch: -1 }), ErrorCode.NONE);
    assert.deepEqual(other.ask("describeConsumerGroup", { groupId: GROUP }).value, {
      refused: ErrorCode.GROUP_ID_NOT_FOUND,
      why: "Group g is not a consumer group.",
    });
  });

  it("remembers why it rebalanced", () => {
    const stage = new GroupStage({ topics: { t: 2 } });
    const a = joined(stage);
    const b = joined(stage, "b");
    b.leave();
    stage.haveTopics({ t: 3 });
    a.beat();
    const { rebalances } = stage.answer("rebalances", { groupId: GROUP });
    assert.deepEqual(
      rebalances.map(({ cause, memberId, generationId }) => [cause, memberId, generationId]),
      [
        ["topics changed", "", 4],
        ["member left", "b", 3],
        ["member joined", "b", 2],
        ["member joined", "a", 1],
      ],
    );
  });
});
