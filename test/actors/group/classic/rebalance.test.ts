import { strict as assert } from "node:assert";
import { test } from "node:test";
import { ErrorCode } from "../../../../src/protocol/error-codes.ts";
import { group, GroupStage, text } from "../stage.ts";

test("all wait for the leader's assignment, which is in force when it is stored", () => {
  const stage = new GroupStage();
  stage.isHeld = true;
  const first = stage.join().value;
  assert.equal(stage.state, "CompletingRebalance");
  const syncing = stage.sync(first, { [first.memberId]: "all of it" });
  assert.ok(!syncing.answered);
  assert.equal(stage.state, "CompletingRebalance");
  stage.settle();
  assert.equal(text(syncing.value.assignment), "all of it");
  assert.equal(stage.state, "Stable");
});

test("whom the leader has forgotten is assigned nothing", () => {
  const stage = new GroupStage();
  const [leader] = stage.stable(1);
  const joining = stage.join();
  const rejoined = stage.join({ memberId: leader!.memberId });
  const follower = stage.sync(joining.value);
  assert.ok(!follower.answered);
  stage.sync(rejoined.value, { [leader!.memberId]: "0", nobody: "1" });
  assert.deepEqual([follower.value.errorCode, follower.value.assignment.length], [0, 0]);
});

test("a sync of another generation, another protocol, or at the wrong time", () => {
  const stage = new GroupStage();
  assert.equal(
    stage.sync({ memberId: "m", generationId: 1 }).value.errorCode,
    ErrorCode.UNKNOWN_MEMBER_ID,
  );
  const [leader, follower] = stage.stable(2);
  const error = (...args: Parameters<GroupStage["sync"]>) => stage.sync(...args).value.errorCode;
  assert.equal(error({ ...leader!, generationId: 1 }), ErrorCode.ILLEGAL_GENERATION);
  for (const more of [{ protocolName: "sticky" }, { protocolType: "connect" }]) {
    assert.equal(error(leader!, {}, more), ErrorCode.INCONSISTENT_GROUP_PROTOCOL);
  }
  assert.equal(error(leader!, {}, { protocolName: "range", protocolType: "consumer" }), 0);
  stage.join();
  assert.equal(error(follower!), ErrorCode.REBALANCE_IN_PROGRESS);
});

test("an assignment that is not stored makes all share anew", () => {
  const stage = new GroupStage();
  stage.isHeld = true;
  const first = stage.join().value;
  const syncing = stage.sync(first, { [first.memberId]: "x" });
  stage.settle(ErrorCode.NOT_LEADER_OR_FOLLOWER);
  assert.equal(syncing.value.errorCode, ErrorCode.NOT_COORDINATOR);
  assert.equal(stage.state, "PreparingRebalance");
  assert.equal(stage.rebalances()[0]!.cause, "assignment not stored");
  assert.equal(stage.heartbeat(first), ErrorCode.REBALANCE_IN_PROGRESS);
});

test("an assignment that comes to be stored after a new rebalance has begun is of no use", () => {
  const stage = new GroupStage();
  stage.isHeld = true;
  const first = stage.join().value;
  const syncing = stage.sync(first, { [first.memberId]: "old" });
  const joining = stage.join();
  assert.equal(syncing.value.errorCode, ErrorCode.REBALANCE_IN_PROGRESS);
  stage.settle();
  assert.equal(stage.state, "PreparingRebalance");
  stage.join({ memberId: first.memberId });
  assert.equal(joining.value.generationId, 2);
});

test("who does not join again within the rebalance timeout is left behind", () => {
  const stage = new GroupStage();
  const [leader, slow] = stage.stable(2, { sessionTimeoutMs: 60_000 });
  const joining = stage.join({ sessionTimeoutMs: 60_000 });
  stage.join({ memberId: leader!.memberId, sessionTimeoutMs: 60_000 });
  stage.advance(29_000);
  assert.ok(!joining.answered);
  stage.advance(1_000);
  assert.equal(joining.value.generationId, 3);
  assert.equal(stage.heartbeat(slow!), ErrorCode.UNKNOWN_MEMBER_ID);
});

test("a leader that is left behind is followed by one that has joined", () => {
  const stage = new GroupStage();
  const [leader, follower] = stage.stable(2, { sessionTimeoutMs: 60_000 });
  const joining = stage.join({ sessionTimeoutMs: 60_000 });
  const again = stage.join({ memberId: follower!.memberId, sessionTimeoutMs: 60_000 });
  stage.advance(30_000);
  assert.notEqual(again.value.leader, leader!.memberId);
  assert.equal(again.value.leader, joining.value.leader);
  const leads = [again.value, joining.value].filter(({ members }) => members.length > 0);
  assert.equal(leads.length, 1);
  assert.equal(leads[0]!.memberId, leads[0]!.leader);
});

test("who does not ask for its assignment within the rebalance timeout is out", () => {
  const stage = new GroupStage();
  const [leader] = stage.stable(1, { sessionTimeoutMs: 60_000 });
  const joining = stage.join({ sessionTimeoutMs: 60_000 });
  const rejoined = stage.join({ memberId: leader!.memberId, sessionTimeoutMs: 60_000 }).value;
  const silent = joining.value;
  stage.sync(rejoined, { [leader!.memberId]: "0" });
  assert.equal(stage.state, "Stable");
  stage.advance(30_000);
  assert.equal(stage.state, "PreparingRebalance");
  assert.equal(stage.heartbeat({ ...silent, generationId: 2 }), ErrorCode.UNKNOWN_MEMBER_ID);
  const [last] = stage.rebalances();
  assert.deepEqual(
    [last!.cause, last!.memberId],
    ["no assignment asked for in time", silent.memberId],
  );
  assert.equal(stage.heartbeat(rejoined), ErrorCode.REBALANCE_IN_PROGRESS);
});

test("each rebalance is remembered with its cause, the newest first, so many of them", () => {
  const stage = new GroupStage();
  const [only] = stage.stable(1, { reason: "r".repeat(1_000) });
  assert.deepEqual(
    stage
      .rebalances()
      .map(({ cause, generationId, memberId, reason }) => [
        cause,
        generationId,
        memberId,
        reason?.length,
      ]),
    [["member joined", 0, only!.memberId, 255]],
  );
  const logged = stage.harness.logged.filter(({ event }) => event === "a group rebalances");
  assert.equal(logged.length, 1);
  assert.deepEqual(
    [logged[0]!.fields["groupId"], logged[0]!.fields["cause"], logged[0]!.fields["members"]],
    ["readers", "member joined", 1],
  );
  for (let i = 0; i < 40; i++) {
    const { generationId } = stage.join({ memberId: only!.memberId }).value;
    stage.sync({ ...only!, generationId }, { [only!.memberId]: "0" });
  }
  const kept = stage.rebalances();
  assert.equal(kept.length, 32);
  assert.deepEqual([kept[0]!.cause, kept[0]!.generationId], ["leader rejoined", 40]);
});

test("a leader that joins again because a topic has got more partitions", () => {
  const stage = new GroupStage();
  const topics = (version: number, partitionCount: number) => ({
    version,
    topics: [{ name: "t", topicId: "TTTTTTTTTTTTTTTTTTTTTA", partitionCount }],
  });
  stage.harness.tell(group, "topicsChanged", { topics: topics(1, 3) });
  const [only] = stage.stable(1);
  stage.harness.tell(group, "topicsChanged", { topics: topics(2, 6) });
  stage.join({ memberId: only!.memberId, reason: "cached metadata has changed" });
  const [last, first] = stage.rebalances();
  assert.deepEqual(
    [last!.cause, last!.changedTopics, first!.changedTopics],
    ["topics changed", [{ name: "t", partitionsBefore: 3, partitions: 6 }], []],
  );
});
