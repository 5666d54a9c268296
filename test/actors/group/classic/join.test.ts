import { strict as assert } from "node:assert";
import { test } from "node:test";
import { PENDING_JOINS_MAX } from "../../../../src/actors/group/classic/join.ts";
import { ErrorCode } from "../../../../src/protocol/error-codes.ts";
import { bytes, GroupStage, subscription, text } from "../stage.ts";

test("a new member is told its id and is in the group when it comes again with it", () => {
  const stage = new GroupStage();
  const told = stage.join({ requiresKnownMemberId: true }).value;
  assert.equal(told.errorCode, ErrorCode.MEMBER_ID_REQUIRED);
  assert.match(told.memberId, /^client-[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-/);
  assert.equal(stage.state, "Empty");
  const { memberId } = told;
  const joined = stage.join({ requiresKnownMemberId: true, memberId }).value;
  assert.deepEqual(
    [joined.errorCode, joined.generationId, joined.leader, joined.protocolName],
    [ErrorCode.NONE, 1, memberId, "range"],
  );
  assert.deepEqual(
    joined.members.map((member) => member.memberId),
    [memberId],
  );
});

test("who would be given an id longer than any that can be told is refused, and leaves nothing", () => {
  const longest = "c".repeat(32_767 - 37);
  const tooLong = [
    { clientId: `${longest}c`, requiresKnownMemberId: true },
    { clientId: `${longest}c`, requiresKnownMemberId: false },
    // Bytes count, not characters.
    { clientId: "ä".repeat(16_366), requiresKnownMemberId: true },
    { groupInstanceId: "i".repeat(32_767) },
  ];
  for (const options of tooLong) {
    const stage = new GroupStage();
    const { errorCode, memberId } = stage.join(options).value;
    assert.deepEqual([errorCode, memberId], [ErrorCode.UNKNOWN_SERVER_ERROR, ""]);
    assert.equal(stage.state, "unknown");
  }
  const told = new GroupStage().join({ clientId: longest, requiresKnownMemberId: true }).value;
  assert.deepEqual([told.errorCode, told.memberId.length], [ErrorCode.MEMBER_ID_REQUIRED, 32_767]);
});

test("an id that is not used within the session timeout is forgotten", () => {
  const stage = new GroupStage();
  const { memberId } = stage.join({ requiresKnownMemberId: true }).value;
  stage.advance(10_000);
  assert.equal(stage.join({ memberId }).value.errorCode, ErrorCode.UNKNOWN_MEMBER_ID);
  assert.equal(stage.state, "unknown");
  assert.ok(stage.harness.take("groupIdle").length > 0);
});

test("ids that wait for their owners are bounded", () => {
  const stage = new GroupStage();
  for (let i = 0; i < PENDING_JOINS_MAX; i++) stage.join({ requiresKnownMemberId: true });
  const refused = stage.join({ requiresKnownMemberId: true }).value;
  assert.equal(refused.errorCode, ErrorCode.COORDINATOR_LOAD_IN_PROGRESS);
  stage.advance(10_000);
  assert.equal(
    stage.join({ requiresKnownMemberId: true }).value.errorCode,
    ErrorCode.MEMBER_ID_REQUIRED,
  );
});

test("a member id that nobody has given out is unknown, whatever it offers", () => {
  const stage = new GroupStage();
  for (const protocols of [{ range: subscription("t") }, {}]) {
    const { errorCode, memberId } = stage.join({ memberId: "made-up", protocols }).value;
    assert.deepEqual([errorCode, memberId], [ErrorCode.UNKNOWN_MEMBER_ID, "made-up"]);
  }
  stage.stable(1);
  assert.equal(stage.join({ memberId: "made-up" }).value.errorCode, ErrorCode.UNKNOWN_MEMBER_ID);
});

test("protocols: none, no type, another type, none in common", () => {
  const stage = new GroupStage();
  const error = (options: Parameters<GroupStage["join"]>[0]) => stage.join(options).value.errorCode;
  const { INCONSISTENT_GROUP_PROTOCOL } = ErrorCode;
  assert.equal(error({ protocols: {} }), INCONSISTENT_GROUP_PROTOCOL);
  assert.equal(error({ protocolType: "" }), INCONSISTENT_GROUP_PROTOCOL);
  stage.stable(1);
  assert.equal(error({ protocolType: "connect" }), INCONSISTENT_GROUP_PROTOCOL);
  assert.equal(error({ protocols: { sticky: bytes("") } }), INCONSISTENT_GROUP_PROTOCOL);
});

test("a member whose protocols no longer fit is told so under its own id", () => {
  const stage = new GroupStage();
  const { memberId } = stage.stable(1)[0]!;
  const refused = stage.join({ memberId, protocolType: "connect" }).value;
  assert.deepEqual(
    [refused.errorCode, refused.memberId],
    [ErrorCode.INCONSISTENT_GROUP_PROTOCOL, memberId],
  );
});

test("a group of nobody does not wait for an id to be used", () => {
  const stage = new GroupStage();
  const [member] = stage.stable(1);
  stage.join({ requiresKnownMemberId: true });
  stage.leave({ memberId: member!.memberId });
  assert.equal(stage.state, "Empty");
});

test("between two assignments the last one is told", () => {
  const stage = new GroupStage();
  const [member] = stage.stable(1);
  stage.join({ memberId: member!.memberId });
  const described = stage.describe();
  assert.ok("members" in described);
  const { metadata, assignment } = described.members[0]!;
  assert.deepEqual([described.state, metadata.length], ["CompletingRebalance", 0]);
  assert.equal(text(assignment), "0");
});

test("the protocol is what most members like best of those that all know", () => {
  const stage = new GroupStage({ config: { initialRebalanceDelayMs: 3_000 } });
  const offers = [
    ["a", "b", "c"],
    ["b", "a"],
    ["c", "b", "a"],
  ];
  const joining = offers.map((names) =>
    stage.join({ protocols: Object.fromEntries(names.map((name) => [name, bytes(name)])) }),
  );
  stage.advance(30_000);
  const replies = joining.map((asked) => asked.value);
  // c is not known to all, so the third votes for b as well.
  assert.deepEqual(
    replies.map(({ protocolName, errorCode }) => [protocolName, errorCode]),
    [
      ["b", 0],
      ["b", 0],
      ["b", 0],
    ],
  );
  const leader = replies.find(({ memberId, leader: id }) => id === memberId)!;
  assert.deepEqual(
    leader.members.map(({ metadata }) => text(metadata)),
    ["b", "b", "b"],
  );
  assert.ok(replies.every((reply) => reply === leader || reply.members.length === 0));
});

test("the first rebalance waits for more members, longer when some come, up to a bound", () => {
  const stage = new GroupStage({ config: { initialRebalanceDelayMs: 3_000 } });
  const first = stage.join({ rebalanceTimeoutMs: 7_000 });
  stage.advance(2_500);
  const second = stage.join({ rebalanceTimeoutMs: 7_000 });
  stage.advance(1_000);
  assert.ok(!first.answered, "the second prolongs the wait");
  stage.advance(2_000);
  const third = stage.join({ rebalanceTimeoutMs: 7_000 });
  stage.advance(1_000);
  assert.ok(!third.answered);
  // 3 + 3 + 1: no more than the rebalance timeout.
  stage.advance(1_000);
  for (const asked of [first, second, third]) assert.equal(asked.value.generationId, 1);
});

test("who has been given an id is waited for a moment, so that all are one generation", () => {
  for (const comes of [true, false]) {
    const stage = new GroupStage();
    const [first, second] = [0, 1].map(() => stage.joinAtOnce({ requiresKnownMemberId: true }));
    const asked = stage.joinAtOnce({ memberId: first!.value.memberId });
    stage.advance(8);
    assert.ok(!asked.answered);
    const other = comes ? stage.joinAtOnce({ memberId: second!.value.memberId }) : undefined;
    stage.advance(8);
    assert.equal(asked.value.generationId, 1);
    assert.equal(other?.value.generationId, comes ? 1 : undefined);
  }
});

test("a follower that joins again as it was hears of the generation; others cause a rebalance", () => {
  const stage = new GroupStage();
  const [leader, follower] = stage.stable(2);
  const again = stage.join({ memberId: follower!.memberId }).value;
  assert.deepEqual([again.errorCode, again.generationId], [ErrorCode.NONE, 2]);
  assert.equal(stage.state, "Stable");

  const changed = stage.join({
    memberId: follower!.memberId,
    protocols: { range: subscription("t", "u") },
  });
  assert.equal(stage.state, "PreparingRebalance");
  assert.ok(!changed.answered);
  assert.equal(stage.heartbeat(leader!), ErrorCode.REBALANCE_IN_PROGRESS);
  stage.join({ memberId: leader!.memberId });
  assert.equal(changed.value.generationId, 3);

  // Its answer may have been lost: before it is stable, whoever asks the same hears the same.
  const lost = stage.join({ memberId: leader!.memberId }).value;
  assert.deepEqual([lost.generationId, lost.members.length], [3, 2]);
  stage.sync(changed.value);
  stage.sync({ ...leader!, generationId: 3 });
  assert.equal(stage.state, "Stable");
  stage.join({ memberId: leader!.memberId });
  assert.equal(stage.state, "PreparingRebalance", "a leader that joins has its reason");
});

test("a second join of one member takes the place of the first", () => {
  const stage = new GroupStage();
  const [leader, follower] = stage.stable(2);
  const first = stage.join({ memberId: leader!.memberId });
  const second = stage.join({ memberId: leader!.memberId });
  assert.equal(first.value.errorCode, ErrorCode.REBALANCE_IN_PROGRESS);
  stage.join({ memberId: follower!.memberId });
  assert.equal(second.value.errorCode, ErrorCode.NONE);
});

test("a group has no more members than group.max.size", () => {
  const stage = new GroupStage({ config: { membersMax: 2 } });
  const [leader, follower] = stage.stable(2);
  const refused = stage.join().value;
  assert.deepEqual([refused.errorCode, refused.memberId], [ErrorCode.GROUP_MAX_SIZE_REACHED, ""]);
  assert.equal(stage.state, "Stable");

  // Lowered below what is there: after a restart the first to join stay, the others are out.
  const lowered = stage.restart({ config: { membersMax: 1 } });
  assert.equal(lowered.state, "PreparingRebalance");
  const stays = lowered.join({ memberId: follower!.memberId });
  const goes = lowered.join({ memberId: leader!.memberId });
  assert.equal(goes.value.errorCode, ErrorCode.GROUP_MAX_SIZE_REACHED);
  lowered.advance(30_000);
  assert.deepEqual([stays.value.errorCode, stays.value.leader], [0, follower!.memberId]);
  assert.equal(lowered.rebalances()[0]!.cause, "too many members");
});

test("a subscription that lies about its lengths is kept, and only means that nobody can tell", () => {
  const stage = new GroupStage();
  const lying = subscription("t");
  new DataView(lying.buffer, lying.byteOffset).setInt32(2, 0x7fff_ffff);
  stage.stable(1, { protocols: { range: lying } });
  stage.commit({ "other-0": 1 }, { memberId: "x" });
  const { errorCodes } = stage.deleteOffsets({ other: [0] }).value as { errorCodes: number[] };
  assert.deepEqual(errorCodes, [ErrorCode.GROUP_SUBSCRIBED_TO_TOPIC]);
});

test("without a delay, those who come at the same moment are one generation", () => {
  const stage = new GroupStage();
  const joining = Array.from({ length: 5 }, () => stage.joinAtOnce());
  assert.ok(joining.every((asked) => !asked.answered));
  stage.harness.advance(0);
  assert.deepEqual(
    joining.map(({ value }) => value.generationId),
    [1, 1, 1, 1, 1],
  );
});

test("without a delay, the last of those who were given an id ends the wait at once", () => {
  const stage = new GroupStage();
  const given = [0, 1, 2].map(() => stage.joinAtOnce({ requiresKnownMemberId: true }).value);
  const joining = given.map(({ memberId }, at) => {
    const asked = stage.joinAtOnce({ memberId });
    assert.equal(asked.answered, at === 2);
    return asked;
  });
  assert.deepEqual(
    joining.map(({ value }) => value.generationId),
    [1, 1, 1],
  );
});

test("without a delay, many wait for those who may be behind them", () => {
  const stage = new GroupStage();
  const given = Array.from({ length: 20 }, () => {
    return stage.joinAtOnce({ requiresKnownMemberId: true }).value.memberId;
  });
  const joining = given.map((memberId) => stage.joinAtOnce({ memberId }));
  const late = stage.joinAtOnce({ requiresKnownMemberId: true }).value.memberId;
  joining.push(stage.joinAtOnce({ memberId: late }));
  assert.ok(joining.every((asked) => !asked.answered));
  stage.harness.advance(10);
  assert.deepEqual(new Set(joining.map(({ value }) => value.generationId)), new Set([1]));
});

test("with a delay, it is waited out whoever has joined", () => {
  const stage = new GroupStage({ config: { initialRebalanceDelayMs: 3_000 } });
  const { memberId } = stage.joinAtOnce({ requiresKnownMemberId: true }).value;
  const asked = stage.joinAtOnce({ memberId });
  stage.harness.advance(2_999);
  assert.equal(asked.answered, false);
  stage.harness.advance(1);
  assert.equal(asked.value.generationId, 1);
});
