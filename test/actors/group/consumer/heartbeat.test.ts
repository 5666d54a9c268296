// Members of consumer groups through the group actor: joining, reconciliation, fencing, leaving.

import { strict as assert } from "node:assert";
import { describe, it } from "node:test";
import type { ConsumerHeartbeatArgs } from "../../../../src/actors/group/messages.ts";
import { ErrorCode } from "../../../../src/protocol/error-codes.ts";
import { GROUP, GroupStage, Member, topicIdOf } from "./stage.ts";

function stageWith(topics: Readonly<Record<string, number>>, config = {}): GroupStage {
  return new GroupStage({ topics, config });
}

function member(stage: GroupStage, memberId: string, ...topics: readonly string[]): Member {
  return new Member(stage, memberId, { subscribedTopicNames: topics });
}

/** Two members that share `t`, settled. */
function pair(stage: GroupStage): { a: Member; b: Member } {
  const a = member(stage, "a", "t");
  const b = member(stage, "b", "t");
  a.join();
  b.join();
  a.beat();
  a.beat();
  b.beat();
  return { a, b };
}

describe("a member of a consumer group", () => {
  it("that joins an empty group has everything at once", () => {
    const stage = stageWith({ t: 3 });
    const a = member(stage, "a", "t");
    const reply = a.join();
    assert.equal(reply.errorCode, ErrorCode.NONE);
    assert.equal(reply.memberEpoch, 2);
    assert.equal(reply.heartbeatIntervalMs, 5_000);
    assert.deepEqual(a.owns("t"), ["t-0", "t-1", "t-2"]);
    assert.deepEqual(stage.summary, {
      groupId: GROUP,
      state: "Stable",
      protocolType: "consumer",
      groupType: "consumer",
    });
  });

  it("gets nothing that another has not given up", () => {
    const stage = stageWith({ t: 4 });
    const a = member(stage, "a", "t");
    const b = member(stage, "b", "t");
    a.join();
    assert.deepEqual(b.join().assignment, { topicPartitions: [] });
    assert.equal(b.epoch, 3);
    // The first is told what to give up, and stays where it is until it has.
    const told = a.send(a.args());
    assert.equal(told.memberEpoch, 2);
    assert.deepEqual(told.assignment?.topicPartitions, [
      { topicId: topicIdOf("t"), partitions: [0, 1] },
    ]);
    assert.equal(b.beat().assignment, null);
    assert.equal(stage.state, "Reconciling");
    a.take(told);
    assert.equal(a.beat().memberEpoch, 3);
    b.beat();
    assert.deepEqual(
      [a.owns("t"), b.owns("t")],
      [
        ["t-0", "t-1"],
        ["t-2", "t-3"],
      ],
    );
    assert.equal(stage.state, "Stable");
  });

  it("of the first version is given its id", () => {
    const stage = stageWith({ t: 1 });
    const reply = member(stage, "", "t").join({ apiVersion: 0 });
    assert.equal(reply.errorCode, ErrorCode.NONE);
    assert.match(reply.memberId!, /^[\w-]{22}$/);
  });

  it("without any topic belongs to the group all the same", () => {
    const stage = stageWith({ t: 1 });
    const a = member(stage, "a");
    assert.equal(a.join().memberEpoch, 1);
    assert.equal(stage.state, "Stable");
    assert.equal(a.beat({ subscribedTopicNames: ["t"] }).memberEpoch, 2);
    assert.deepEqual(a.owns("t"), ["t-0"]);
  });

  it("is told its assignment when that changes, when it joins and when it tells all", () => {
    const stage = stageWith({ t: 1 });
    const a = member(stage, "a", "t");
    a.join();
    assert.equal(a.beat().assignment, null);
    const everything = {
      rebalanceTimeoutMs: 1_000,
      subscribedTopicNames: ["t"],
      topicPartitions: a.listed,
    };
    assert.equal(a.beat(everything).assignment!.topicPartitions.length, 1);
    assert.equal(a.join().assignment!.topicPartitions.length, 1);
    assert.equal(a.epoch, 2);
  });

  it("gives up what it no longer subscribes to, and others that do have it", () => {
    const stage = stageWith({ t: 2, u: 1 });
    const a = member(stage, "a", "t", "u");
    const b = member(stage, "b", "u");
    a.join();
    b.join();
    a.beat({ subscribedTopicNames: ["t"] });
    a.beat();
    b.beat();
    assert.deepEqual(a.owns("t", "u"), ["t-0", "t-1"]);
    assert.deepEqual(b.owns("t", "u"), ["u-0"]);
  });

  it("that leaves gives up everything", () => {
    const stage = stageWith({ t: 4 });
    const { a, b } = pair(stage);
    const reply = b.leave();
    assert.equal(reply.errorCode, ErrorCode.NONE);
    assert.equal(reply.memberEpoch, -1);
    a.beat();
    assert.equal(a.owns("t").length, 4);
    assert.equal(b.beat().errorCode, ErrorCode.UNKNOWN_MEMBER_ID);
    a.leave();
    assert.equal(stage.state, "Empty");
  });

  it("may choose an assignor, by majority", () => {
    const stage = stageWith({ t: 3, u: 3 });
    const a = member(stage, "a", "t", "u");
    a.join({ serverAssignor: "range" });
    const described = stage.answer("describeConsumerGroup", { groupId: GROUP });
    assert.equal(described.assignorName, "range");
    const b = member(stage, "b", "t", "u");
    b.join({ serverAssignor: "range" });
    a.beat();
    a.beat();
    b.beat();
    assert.deepEqual(a.owns("t", "u"), ["t-0", "t-1", "u-0", "u-1"]);
    assert.deepEqual(b.owns("t", "u"), ["t-2", "u-2"]);
  });

  it("waits for the next assignment until the interval is over", () => {
    const stage = stageWith({ t: 2 }, { "group.consumer.assignment.interval.ms": "1000" });
    const a = member(stage, "a", "t");
    const b = member(stage, "b", "t");
    a.join();
    stage.advance(10);
    assert.equal(b.join().memberEpoch, 2);
    assert.equal(stage.state, "Assigning");
    stage.advance(1_000);
    a.beat();
    a.beat();
    b.beat();
    assert.deepEqual([a.owns("t"), b.owns("t")], [["t-0"], ["t-1"]]);
  });

  it("does not wait longer because the clock was set back", () => {
    const stage = stageWith({ t: 2 }, { "group.consumer.assignment.interval.ms": "1000" });
    const a = member(stage, "a", "t");
    const b = member(stage, "b", "t");
    a.join();
    stage.harness.clock.jumpWall(-3_600_000);
    b.join();
    stage.advance(1_000);
    a.beat();
    a.beat();
    b.beat();
    assert.deepEqual([a.owns("t"), b.owns("t")], [["t-0"], ["t-1"]]);
  });

  it("is refused when the group is full", () => {
    const stage = stageWith({ t: 2 }, { "group.consumer.max.size": "1" });
    const a = member(stage, "a", "t");
    a.join();
    assert.equal(member(stage, "b", "t").join().errorCode, ErrorCode.GROUP_MAX_SIZE_REACHED);
    assert.equal(a.join().errorCode, ErrorCode.NONE);
  });
});

describe("epochs", () => {
  it("that are not the member's fence it, and it may join again", () => {
    const stage = stageWith({ t: 1 });
    const a = member(stage, "a", "t");
    a.join();
    for (const memberEpoch of [3, 100]) {
      const reply = a.send(a.args({ memberEpoch }));
      assert.equal(reply.errorCode, ErrorCode.FENCED_MEMBER_EPOCH);
      assert.match(reply.errorMessage!, /greater member epoch/);
    }
    a.beat({ subscribedTopicNames: [] });
    a.beat();
    a.beat({ subscribedTopicNames: ["t"] });
    assert.equal(a.epoch, 4);
    const old = a.send(a.args({ memberEpoch: 2, topicPartitions: [] }));
    assert.equal(old.errorCode, ErrorCode.FENCED_MEMBER_EPOCH);
    assert.equal(a.join().memberEpoch, 4);
    assert.deepEqual(a.owns("t"), ["t-0"]);
  });

  it("one before the member's is let through when the last answer may be lost", () => {
    const stage = stageWith({ t: 2 });
    const { a, b } = pair(stage);
    b.leave();
    // The answer that moves it on is lost.
    assert.equal(a.send(a.args({ topicPartitions: a.listed })).memberEpoch, 4);
    assert.equal(a.epoch, 3);
    assert.equal(a.beat().memberEpoch, 4);
    const tooMuch = [{ topicId: topicIdOf("u"), partitions: [0] }];
    const more = a.send(a.args({ memberEpoch: 3, topicPartitions: tooMuch }));
    assert.equal(more.errorCode, ErrorCode.FENCED_MEMBER_EPOCH);
  });

  it("of who is no member, or of no group, are told apart", () => {
    const stage = stageWith({ t: 1 });
    const a = member(stage, "a", "t");
    assert.equal(a.send(a.args({ memberEpoch: 3 })).errorCode, ErrorCode.GROUP_ID_NOT_FOUND);
    assert.equal(a.send(a.args({ memberEpoch: -1 })).errorCode, ErrorCode.GROUP_ID_NOT_FOUND);
    member(stage, "b", "t").join();
    assert.equal(a.send(a.args({ memberEpoch: 3 })).errorCode, ErrorCode.UNKNOWN_MEMBER_ID);
    assert.equal(a.send(a.args({ memberEpoch: -1 })).errorCode, ErrorCode.UNKNOWN_MEMBER_ID);
  });
});

describe("time", () => {
  it("removes a member that is silent for a session", () => {
    const stage = stageWith({ t: 4 });
    const { a, b } = pair(stage);
    for (let i = 0; i < 4; i++) {
      stage.advance(10_000);
      a.beat();
    }
    assert.equal(a.owns("t").length, 2);
    stage.advance(5_001);
    a.beat();
    assert.equal(a.owns("t").length, 4);
    assert.equal(b.beat().errorCode, ErrorCode.UNKNOWN_MEMBER_ID);
  });

  it("removes a member that does not give up in its rebalance timeout", () => {
    const stage = stageWith({ t: 4 });
    const a = member(stage, "a", "t");
    const b = member(stage, "b", "t");
    a.join({ rebalanceTimeoutMs: 20_000 });
    b.join();
    // It is alive, and goes on reading.
    for (let i = 0; i < 3; i++) {
      assert.equal(a.send(a.args()).errorCode, ErrorCode.NONE);
      b.beat();
      stage.advance(7_000);
    }
    assert.equal(a.send(a.args()).errorCode, ErrorCode.UNKNOWN_MEMBER_ID);
    b.beat();
    assert.equal(b.owns("t").length, 4);
  });

  it("leaves everyone a whole session after a new start", () => {
    const stage = stageWith({ t: 2 });
    pair(stage);
    const again = new GroupStage({ topics: { t: 2 }, records: stage.records() });
    again.advance(44_000);
    assert.equal(again.answer("describeConsumerGroup", { groupId: GROUP }).members.length, 2);
    again.advance(2_000);
    assert.equal(again.answer("describeConsumerGroup", { groupId: GROUP }).members.length, 0);
  });
});

describe("topics", () => {
  it("that come, grow and go make the group share anew", () => {
    const stage = stageWith({});
    const a = member(stage, "a", "t");
    a.join();
    assert.deepEqual(a.owns("t"), []);
    stage.haveTopics({ t: 1, other: 5 });
    assert.equal(a.beat().memberEpoch, 3);
    assert.deepEqual(a.owns("t"), ["t-0"]);
    stage.haveTopics({ t: 3 });
    a.beat();
    assert.deepEqual(a.owns("t"), ["t-0", "t-1", "t-2"]);
    stage.haveTopics({});
    a.beat();
    a.beat();
    assert.deepEqual(a.owns("t"), []);
    assert.equal(stage.state, "Stable");
  });

  it("that nobody subscribes to concern nobody", () => {
    const stage = stageWith({ t: 1 });
    const a = member(stage, "a", "t");
    a.join();
    const written = stage.batches.length;
    stage.haveTopics({ t: 1, u: 3 });
    assert.equal(a.beat().memberEpoch, 2);
    assert.equal(stage.batches.length, written);
  });
});

describe("requests that make no sense", () => {
  const cases: readonly (readonly [string, Partial<ConsumerHeartbeatArgs>, ErrorCode])[] = [
    ["no member id", { memberId: "" }, ErrorCode.INVALID_REQUEST],
    ["no group id", { groupId: " " }, ErrorCode.INVALID_REQUEST],
    ["an empty instance id", { instanceId: "" }, ErrorCode.INVALID_REQUEST],
    ["an empty rack", { rackId: "" }, ErrorCode.INVALID_REQUEST],
    ["no rebalance timeout", { rebalanceTimeoutMs: -1 }, ErrorCode.INVALID_REQUEST],
    ["no owned partitions", { topicPartitions: null }, ErrorCode.INVALID_REQUEST],
    ["no subscription", { subscribedTopicNames: null }, ErrorCode.INVALID_REQUEST],
    ["an epoch below -2", { memberEpoch: -3 }, ErrorCode.INVALID_REQUEST],
    ["a static leave of nobody", { memberEpoch: -2 }, ErrorCode.INVALID_REQUEST],
    ["an unknown assignor", { serverAssignor: "mine" }, ErrorCode.UNSUPPORTED_ASSIGNOR],
    ["a bad pattern", { subscribedTopicRegex: "(" }, ErrorCode.INVALID_REGULAR_EXPRESSION],
  ];
  for (const [what, more, errorCode] of cases) {
    it(`are refused: ${what}`, () => {
      const stage = stageWith({ t: 1 });
      const reply = member(stage, "a", "t").join(more);
      assert.equal(reply.errorCode, errorCode, reply.errorMessage ?? "");
      assert.notEqual(reply.errorMessage, null);
      // Nothing is left of a group that nobody came into.
      assert.deepEqual(stage.batches, []);
    });
  }
});
