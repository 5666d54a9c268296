import { strict as assert } from "node:assert";
import { test } from "node:test";
import { ErrorCode } from "../../../../src/protocol/error-codes.ts";
import { GroupStage } from "../stage.ts";

test("a member of which nothing is heard is out when its session is over", () => {
  const stage = new GroupStage();
  const [leader, silent] = stage.stable(2);
  stage.advance(6_000);
  assert.equal(stage.heartbeat(leader!), ErrorCode.NONE);
  stage.advance(4_000);
  assert.equal(stage.state, "PreparingRebalance");
  assert.equal(stage.heartbeat(leader!), ErrorCode.REBALANCE_IN_PROGRESS);
  const [last] = stage.rebalances();
  assert.deepEqual([last!.cause, last!.memberId], ["session expired", silent!.memberId]);
  const alone = stage.join({ memberId: leader!.memberId });
  assert.equal(alone.value.members.length, 1);
});

test("heartbeats, syncs and commits keep a member in; another's do not", () => {
  for (const alive of ["heartbeat", "sync", "commit"] as const) {
    const stage = new GroupStage();
    const [, member] = stage.stable(2);
    stage.advance(6_000);
    if (alive === "heartbeat") stage.heartbeat(member!);
    if (alive === "sync") stage.sync(member!);
    const { memberId } = member!;
    if (alive === "commit") stage.commit({ "t-0": 1 }, { memberId, generationIdOrMemberEpoch: 2 });
    stage.advance(6_000);
    assert.deepEqual(
      [stage.rebalances()[0]!.cause, stage.heartbeat(member!)],
      ["session expired", ErrorCode.REBALANCE_IN_PROGRESS],
      alive,
    );
  }
});

test("a member whose join or sync is parked does not expire", () => {
  const stage = new GroupStage();
  const [leader, follower] = stage.stable(2, { sessionTimeoutMs: 60_000 });
  // It cannot send heartbeats meanwhile.
  const parked = stage.join({ memberId: leader!.memberId, sessionTimeoutMs: 6_000 });
  stage.advance(20_000);
  assert.ok(!parked.answered);
  stage.join({ memberId: follower!.memberId, sessionTimeoutMs: 60_000 });
  assert.equal(parked.value.members.length, 2);
});

test("a new member whose join is parked for five minutes is told to come again", () => {
  const stage = new GroupStage();
  const slow = { sessionTimeoutMs: 1_800_000, rebalanceTimeoutMs: 1_000_000 };
  stage.stable(2, slow);
  const joining = stage.join({ ...slow, sessionTimeoutMs: 6_000 });
  stage.advance(299_000);
  assert.ok(!joining.answered);
  stage.advance(1_500);
  assert.equal(joining.value.errorCode, ErrorCode.UNKNOWN_MEMBER_ID);
});

test("the last member's end leaves an empty group, in the log as well", () => {
  const stage = new GroupStage();
  const [only] = stage.stable(1);
  stage.advance(10_000);
  // Nobody is left to be waited for.
  assert.equal(stage.state, "Empty");
  assert.equal(stage.restart().state, "Empty");
  assert.equal(stage.heartbeat(only!), ErrorCode.UNKNOWN_MEMBER_ID);
  const again = stage.join().value;
  assert.equal(again.generationId, 3, "generations go on");
});

test("heartbeats of strangers, of other generations, and during a rebalance", () => {
  const stage = new GroupStage();
  assert.equal(stage.heartbeat({ memberId: "m", generationId: 1 }), ErrorCode.UNKNOWN_MEMBER_ID);
  const first = stage.join().value;
  assert.equal(stage.heartbeat(first), ErrorCode.NONE, "it has still to sync");
  assert.equal(stage.heartbeat({ ...first, generationId: 2 }), ErrorCode.ILLEGAL_GENERATION);
});

test("members that leave together cause one rebalance; each hears of its own error", () => {
  const stage = new GroupStage();
  const [leader, second] = stage.stable(3);
  const errors = stage.leave(
    { memberId: second!.memberId, reason: "tired" },
    { memberId: "stranger" },
    { memberId: leader!.memberId },
  );
  assert.deepEqual(errors, [ErrorCode.NONE, ErrorCode.UNKNOWN_MEMBER_ID, ErrorCode.NONE]);
  const [last, before] = stage.rebalances();
  assert.deepEqual(
    [last!.cause, last!.memberId, last!.reason],
    ["member left", second!.memberId, "tired"],
  );
  assert.equal(before!.cause, "member joined");
});

test("a static member is named by its instance id alone", () => {
  const stage = new GroupStage();
  stage.stable(1, { groupInstanceId: "i" });
  assert.deepEqual(stage.leave({ groupInstanceId: "j" }), [ErrorCode.UNKNOWN_MEMBER_ID]);
  assert.deepEqual(stage.leave({}), [ErrorCode.UNKNOWN_MEMBER_ID]);
  assert.deepEqual(stage.leave({ groupInstanceId: "i" }), [ErrorCode.NONE]);
  assert.equal(stage.state, "Empty");
});

test("what a member that leaves was waiting for is answered", () => {
  const stage = new GroupStage();
  const [leader] = stage.stable(2);
  const parked = stage.join({ memberId: leader!.memberId });
  stage.leave({ memberId: leader!.memberId });
  assert.equal(parked.value.errorCode, ErrorCode.UNKNOWN_MEMBER_ID);
});

test("one that has its id and has not used it may leave, and is not waited for any more", () => {
  const stage = new GroupStage();
  const [leader] = stage.stable(1);
  const { memberId } = stage.join({ requiresKnownMemberId: true }).value;
  const joining = stage.join({ memberId: leader!.memberId });
  assert.ok(!joining.answered, "the one on its way is waited for");
  assert.deepEqual(stage.leave({ memberId }), [ErrorCode.NONE]);
  assert.equal(joining.value.generationId, 2);
});

test("a node that goes down leaves nobody waiting", () => {
  const stage = new GroupStage();
  const [leader] = stage.stable(2);
  const parked = stage.join({ memberId: leader!.memberId });
  stage.tell("drain");
  assert.equal(parked.value.errorCode, ErrorCode.NOT_COORDINATOR);
  assert.deepEqual(stage.join().value, { refused: ErrorCode.NOT_COORDINATOR });
});
