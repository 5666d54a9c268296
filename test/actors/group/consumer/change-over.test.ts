// Groups that change from the classic to the consumer protocol and back while members are in them.

import { strict as assert } from "node:assert";
import { describe, it } from "node:test";
import { ErrorCode } from "../../../../src/protocol/error-codes.ts";
import { assignmentBytes, ClassicClient, GroupStage, Member } from "./stage.ts";
import type { Config } from "./stage.ts";

const noDelay: Config = { "group.initial.rebalance.delay.ms": "0" };

function stageWith(topics: Readonly<Record<string, number>>, config: Config = {}): GroupStage {
  return new GroupStage({ topics, config: { ...noDelay, ...config } });
}

/** A stable classic group of one, which has all four partitions. */
function classicGroup(stage: GroupStage): ClassicClient {
  const classic = new ClassicClient(stage, ["t"]);
  classic.join();
  const { memberId } = classic;
  assert.equal(classic.sync([{ memberId, assignment: assignmentBytes("t", [0, 1, 2, 3]) }]), 0);
  return classic;
}

describe("a classic group", () => {
  it("takes its members along when a consumer joins", () => {
    const stage = stageWith({ t: 4 });
    const classic = classicGroup(stage);
    const consumer = new Member(stage, "c", { subscribedTopicNames: ["t"] });
    assert.equal(consumer.join().errorCode, ErrorCode.NONE);
    assert.deepEqual(consumer.owns("t"), []);
    assert.equal(consumer.epoch, 2);
    // The classic member is told to come again, gives up what it must, and comes once more.
    assert.equal(classic.heartbeat(), ErrorCode.REBALANCE_IN_PROGRESS);
    classic.join();
    assert.equal(classic.sync(), ErrorCode.NONE);
    assert.deepEqual(classic.owns, ["t-0", "t-1"]);
    assert.equal(consumer.beat().assignment, null);
    assert.equal(classic.heartbeat(), ErrorCode.REBALANCE_IN_PROGRESS);
    classic.join();
    assert.equal(classic.sync(), ErrorCode.NONE);
    assert.equal(classic.heartbeat(), ErrorCode.NONE);
    consumer.beat();
    assert.deepEqual(consumer.owns("t"), ["t-2", "t-3"]);
    assert.equal(stage.groupType, "consumer");
  });

  it("is a consumer group after a new start, with the same members", () => {
    const stage = stageWith({ t: 4 });
    const classic = classicGroup(stage);
    new Member(stage, "c", { subscribedTopicNames: ["t"] }).join();
    const again = new GroupStage({ topics: { t: 4 }, records: stage.records() });
    const group = again.answer("describeConsumerGroup", { groupId: "g" });
    assert.equal(group.groupEpoch, 2);
    assert.deepEqual(
      new Map(group.members.map(({ memberId, isClassic }) => [memberId, isClassic])),
      new Map([
        [classic.memberId, true],
        ["c", false],
      ]),
    );
  });

  it("misses a member that is silent after the change, within its own session", () => {
    const stage = stageWith({ t: 4 });
    const classic = classicGroup(stage);
    const consumer = new Member(stage, "c", { subscribedTopicNames: ["t"] });
    consumer.join();
    stage.advance(10_001);
    consumer.beat();
    assert.equal(consumer.owns("t").length, 4);
    assert.equal(classic.heartbeat(), ErrorCode.UNKNOWN_MEMBER_ID);
  });

  it("answers who waits for its rebalance, and asks them to come again", () => {
    const stage = stageWith({ t: 4 });
    classicGroup(stage);
    const second = new ClassicClient(stage, ["t"]);
    const waiting = second.askToJoin();
    assert.ok(!waiting.answered);
    new Member(stage, "c", { subscribedTopicNames: ["t"] }).join();
    assert.equal(second.joined(waiting.value).errorCode, ErrorCode.REBALANCE_IN_PROGRESS);
    assert.equal(second.join().errorCode, ErrorCode.NONE);
  });

  for (const policy of ["disabled", "DOWNGRADE"]) {
    it(`stays what it is when the policy is ${policy}`, () => {
      const stage = stageWith({ t: 4 }, { "group.consumer.migration.policy": policy });
      const classic = classicGroup(stage);
      const reply = new Member(stage, "c", { subscribedTopicNames: ["t"] }).join();
      assert.equal(reply.errorCode, ErrorCode.GROUP_ID_NOT_FOUND);
      assert.match(reply.errorMessage!, /online upgrade is disabled/);
      assert.equal(classic.heartbeat(), ErrorCode.NONE);
    });
  }

  it("of another protocol type stays what it is", () => {
    const stage = stageWith({ t: 4 });
    const connect = new ClassicClient(stage, ["t"]);
    connect.joined(connect.askToJoin({ protocolType: "connect" }).value);
    const reply = new Member(stage, "c", { subscribedTopicNames: ["t"] }).join();
    assert.equal(reply.errorCode, ErrorCode.GROUP_ID_NOT_FOUND);
  });

  it("that is empty gives way whatever the policy, and keeps its offsets", () => {
    const stage = stageWith({ t: 4 }, { "group.consumer.migration.policy": "disabled" });
    const classic = classicGroup(stage);
    const partitions = [{ partitionIndex: 0, offset: 7n, leaderEpoch: -1, metadata: "" }];
    const topics = [{ name: "t", topicId: "AAAAAAAAAAAAAAAAAAAAAA", partitions }];
    const commit = { ...classic.inGeneration, retentionTimeMs: -1, apiVersion: 8, topics };
    const args = { ...commit, generationIdOrMemberEpoch: classic.generation };
    assert.deepEqual(stage.answer("commitOffsets", args).errorCodes, [ErrorCode.NONE]);
    classic.leave();
    const consumer = new Member(stage, "c", { subscribedTopicNames: ["t"] });
    assert.equal(consumer.join().errorCode, ErrorCode.NONE);
    const asked = [{ name: "t", topicId: "AAAAAAAAAAAAAAAAAAAAAA", partitions: [0] }];
    const fetched = stage.answer("fetchOffsets", {
      groupId: "g",
      memberId: "c",
      memberEpoch: consumer.epoch,
      requireStable: true,
      topics: asked,
    });
    assert.equal(fetched.topics[0]!.partitions[0]!.offset, 7n);
  });

  it("is what it was when the change could not be stored", () => {
    const stage = stageWith({ t: 4 });
    const classic = classicGroup(stage);
    stage.stores = false;
    const consumer = new Member(stage, "c", { subscribedTopicNames: ["t"] });
    const join = stage.ask("consumerHeartbeat", consumer.joinArgs());
    stage.stores = true;
    stage.refuse(ErrorCode.NOT_ENOUGH_REPLICAS);
    assert.deepEqual(join.value, { refused: ErrorCode.COORDINATOR_NOT_AVAILABLE });
    assert.equal(classic.heartbeat(), ErrorCode.NONE);
    assert.equal(stage.groupType, "classic");
  });
});

describe("a consumer group", () => {
  /** A classic member and one of the consumer protocol, both settled. */
  function mixed(stage: GroupStage, instanceId: string | null = null) {
    const consumer = new Member(stage, "c", { subscribedTopicNames: ["t"], instanceId });
    consumer.join();
    const classic = new ClassicClient(stage, ["t"]);
    assert.equal(classic.join().errorCode, ErrorCode.NONE);
    consumer.beat();
    consumer.beat();
    assert.equal(classic.sync(), ErrorCode.NONE);
    return { consumer, classic };
  }

  it("takes a classic member in", () => {
    const stage = stageWith({ t: 4 });
    const { consumer, classic } = mixed(stage);
    assert.deepEqual(consumer.owns("t"), ["t-0", "t-1"]);
    assert.equal(classic.heartbeat(), ErrorCode.REBALANCE_IN_PROGRESS);
    classic.join();
    assert.equal(classic.sync(), ErrorCode.NONE);
    assert.deepEqual(classic.owns, ["t-2", "t-3"]);
    assert.equal(classic.heartbeat(), ErrorCode.NONE);
  });

  it("is a classic one again when its last consumer leaves", () => {
    const stage = stageWith({ t: 4 });
    const { consumer, classic } = mixed(stage);
    assert.equal(consumer.leave().errorCode, ErrorCode.NONE);
    assert.equal(stage.groupType, "classic");
    assert.equal(classic.heartbeat(), ErrorCode.ILLEGAL_GENERATION);
    const reply = classic.join();
    assert.equal(reply.leader, classic.memberId);
    assert.deepEqual(
      reply.members.map(({ memberId }) => memberId),
      [classic.memberId],
    );
    const again = new GroupStage({ topics: { t: 4 }, records: stage.records() });
    assert.equal(again.answer("describeGroup", { groupId: "g" }).members.length, 1);
  });

  it("is a classic one again when its last consumer is silent for too long", () => {
    const stage = stageWith({ t: 4 });
    const { classic } = mixed(stage);
    for (let waited = 0; waited < 45_000; waited += 5_000) {
      if (classic.heartbeat() === ErrorCode.REBALANCE_IN_PROGRESS) {
        classic.join();
        classic.sync();
      }
      stage.advance(5_000);
    }
    assert.equal(stage.groupType, "classic");
  });

  it("stays what it is when the policy says so", () => {
    const stage = stageWith({ t: 4 }, { "group.consumer.migration.policy": "upgrade" });
    const { consumer, classic } = mixed(stage);
    consumer.leave();
    assert.equal(stage.groupType, "consumer");
    assert.equal(classic.heartbeat(), ErrorCode.REBALANCE_IN_PROGRESS);
    classic.join();
    classic.sync();
    assert.deepEqual(classic.owns, ["t-0", "t-1", "t-2", "t-3"]);
  });

  it("that is empty begins anew as a classic one", () => {
    const stage = stageWith({ t: 4 });
    const consumer = new Member(stage, "c", { subscribedTopicNames: ["t"] });
    consumer.join();
    consumer.leave();
    const classic = classicGroup(stage);
    assert.deepEqual(classic.owns.length, 4);
    const again = new GroupStage({ topics: { t: 4 }, records: stage.records() });
    assert.equal(again.answer("describeGroup", { groupId: "g" }).state, "Stable");
  });

  it("lets a static classic member take the place of a consumer that is away", () => {
    const stage = stageWith({ t: 4 });
    const consumer = new Member(stage, "c", { subscribedTopicNames: ["t"], instanceId: "i" });
    const other = new Member(stage, "d", { subscribedTopicNames: ["t"] });
    consumer.join();
    other.join();
    consumer.leave(-2);
    const classic = new ClassicClient(stage, ["t"], "i");
    assert.equal(classic.join().errorCode, ErrorCode.NONE);
    assert.notEqual(classic.memberId, "c");
    const group = stage.answer("describeConsumerGroup", { groupId: "g" });
    assert.deepEqual(
      new Set(group.members.map(({ isClassic }) => isClassic)),
      new Set([false, true]),
    );
  });

  it("removes a classic member that does not come again in time", () => {
    const stage = stageWith({ t: 4 });
    const { consumer, classic } = mixed(stage);
    assert.equal(classic.heartbeat(), ErrorCode.REBALANCE_IN_PROGRESS);
    for (let waited = 0; waited < 35_000; waited += 5_000) {
      classic.heartbeat();
      consumer.beat();
      stage.advance(5_000);
    }
    assert.equal(classic.heartbeat(), ErrorCode.UNKNOWN_MEMBER_ID);
  });

  it("does not ask its classic members to come again before there is something to come for", () => {
    const interval = { "group.consumer.assignment.interval.ms": "1000" };
    const stage = stageWith({ t: 4 }, interval);
    const consumer = new Member(stage, "c", { subscribedTopicNames: ["t"] });
    consumer.join();
    const classic = new ClassicClient(stage, ["t"]);
    classic.join();
    assert.equal(classic.sync(), ErrorCode.NONE);
    assert.equal(classic.heartbeat(), ErrorCode.NONE);
    assert.equal(stage.state, "Assigning");
    stage.advance(1_000);
    assert.equal(classic.heartbeat(), ErrorCode.REBALANCE_IN_PROGRESS);
    assert.equal(stage.state, "Reconciling");
  });

  it("does not let its consumers speak the classic protocol, unless an administrator removes them", () => {
    const stage = stageWith({ t: 4 });
    const { consumer } = mixed(stage);
    const me = { groupId: "g", memberId: "c", generationId: consumer.epoch, groupInstanceId: null };
    assert.equal(stage.answer("heartbeat", me).errorCode, ErrorCode.UNKNOWN_MEMBER_ID);
    const members = [{ memberId: "c", groupInstanceId: null, reason: null }];
    const { members: left } = stage.answer("leaveGroup", { groupId: "g", members });
    assert.equal(left[0]!.errorCode, ErrorCode.NONE);
    assert.equal(consumer.beat().errorCode, ErrorCode.GROUP_ID_NOT_FOUND);
  });
});
