import { strict as assert } from "node:assert";
import { test } from "node:test";
import { ErrorCode } from "../../../../src/protocol/error-codes.ts";
import { GroupStage, subscription, text } from "../stage.ts";

const groupInstanceId = "instance";

test("a static member that comes back has its assignment, and the others notice nothing", () => {
  const stage = new GroupStage();
  const [old] = stage.stable(1, { groupInstanceId });
  const back = stage.join({ groupInstanceId }).value;
  assert.notEqual(back.memberId, old!.memberId);
  assert.match(back.memberId, /^instance-/);
  assert.deepEqual(
    [back.errorCode, back.generationId, back.leader, back.skipAssignment, back.members.length],
    [ErrorCode.NONE, 1, back.memberId, true, 1],
  );
  assert.equal(stage.state, "Stable");
  assert.equal(text(stage.sync(back, {}, { groupInstanceId }).value.assignment), "0");
  // It is stored: after a restart it is the new one that is known.
  assert.equal(stage.restart().heartbeat(back, groupInstanceId), ErrorCode.NONE);
  assert.equal(stage.restart().heartbeat(old!, groupInstanceId), ErrorCode.FENCED_INSTANCE_ID);
});

test("who cannot be told to skip the assignment is not told that it leads", () => {
  const stage = new GroupStage();
  const [old] = stage.stable(1, { groupInstanceId });
  const back = stage.join({ groupInstanceId, supportsSkippingAssignment: false }).value;
  assert.deepEqual(
    [back.leader, back.skipAssignment, back.members.length],
    [old!.memberId, false, 0],
  );
});

test("the old owner of an instance id is fenced everywhere", () => {
  const stage = new GroupStage();
  const [old] = stage.stable(1, { groupInstanceId });
  const back = stage.join({ groupInstanceId }).value;
  assert.equal(back.errorCode, ErrorCode.NONE);
  const { memberId } = old!;
  const { FENCED_INSTANCE_ID, UNKNOWN_MEMBER_ID } = ErrorCode;
  assert.equal(stage.heartbeat(old!, groupInstanceId), FENCED_INSTANCE_ID);
  assert.equal(stage.sync(old!, {}, { groupInstanceId }).value.errorCode, FENCED_INSTANCE_ID);
  assert.equal(stage.join({ memberId, groupInstanceId }).value.errorCode, FENCED_INSTANCE_ID);
  assert.deepEqual(stage.leave({ memberId, groupInstanceId }), [FENCED_INSTANCE_ID]);
  const fenced = { memberId, groupInstanceId, generationIdOrMemberEpoch: 1 };
  assert.deepEqual(stage.commit({ "t-0": 1 }, fenced).value, { refused: FENCED_INSTANCE_ID });
  assert.equal(stage.heartbeat(old!), UNKNOWN_MEMBER_ID);
  assert.equal(stage.heartbeat(back, "another"), UNKNOWN_MEMBER_ID);
});

test("a parked join or sync of the old owner is answered when it is fenced", () => {
  const stage = new GroupStage();
  const members = stage.stable(2);
  const joining = stage.join({ groupInstanceId });
  assert.ok(!joining.answered);
  const again = stage.join({ groupInstanceId });
  assert.equal(joining.value.errorCode, ErrorCode.FENCED_INSTANCE_ID);
  for (const { memberId } of members) stage.join({ memberId });
  const { memberId, generationId, errorCode } = again.value;
  assert.equal(errorCode, ErrorCode.NONE);

  // In the middle of a sync a new owner means that all share anew.
  const syncing = stage.sync({ memberId, generationId }, {}, { groupInstanceId });
  const third = stage.join({ groupInstanceId });
  assert.equal(syncing.value.errorCode, ErrorCode.FENCED_INSTANCE_ID);
  assert.ok(!third.answered);
  assert.equal(stage.state, "PreparingRebalance");
});

test("a static member that comes back with other protocols makes all share anew", () => {
  const stage = new GroupStage();
  const protocols = { range: subscription("t"), sticky: subscription("t") };
  stage.stable(1, { groupInstanceId, protocols });
  const back = stage.join({ groupInstanceId, protocols: { sticky: subscription("t") } }).value;
  assert.deepEqual([back.generationId, back.protocolName], [2, "sticky"]);
  assert.equal(stage.rebalances()[0]!.cause, "static member returned");
});

test("a static member that is away keeps its place in a rebalance, until assignments are due", () => {
  const stage = new GroupStage();
  const options = { rebalanceTimeoutMs: 6_000, sessionTimeoutMs: 10_000 };
  const [leader] = stage.stable(1, options);
  const { memberId } = leader!;
  const joining = stage.join({ ...options, groupInstanceId });
  const second = stage.join({ ...options, memberId }).value;
  stage.sync(second);
  stage.sync(joining.value, {}, { groupInstanceId });
  // The other shares anew without waiting for it beyond the rebalance timeout.
  const third = stage.join({ ...options, memberId });
  stage.advance(6_000);
  assert.deepEqual(
    third.value.members.map((member) => member.groupInstanceId),
    [null, groupInstanceId],
  );
  stage.sync(third.value);
  stage.heartbeat(third.value);
  stage.advance(6_000);
  assert.equal(stage.rebalances()[0]!.cause, "no assignment asked for in time");
  const fourth = stage.join({ ...options, memberId });
  assert.equal(fourth.value.members.length, 1);
});

test("when the new owner cannot be stored, the old one has its place back", () => {
  const stage = new GroupStage();
  const [old] = stage.stable(1, { groupInstanceId });
  stage.isHeld = true;
  const back = stage.join({ groupInstanceId });
  stage.settle(ErrorCode.NOT_ENOUGH_REPLICAS);
  assert.equal(back.value.errorCode, ErrorCode.COORDINATOR_NOT_AVAILABLE);
  assert.equal(stage.heartbeat(old!, groupInstanceId), ErrorCode.NONE);
});
