import { strict as assert } from "node:assert";
import { test } from "node:test";
import { ErrorCode } from "../../../src/protocol/error-codes.ts";
import {
  answerOf,
  bytes,
  DELETED_TOPIC_ID,
  GroupStage,
  group,
  GROUP_ID,
  refusalOf,
  subscription,
} from "./stage.ts";

const DAY_MS = 86_400_000;
const topicId = "TTTTTTTTTTTTTTTTTTTTTA";

test("a simple commit makes the group, and is seen when it is durable", () => {
  const stage = new GroupStage();
  assert.equal(stage.state, "unknown");
  stage.isHeld = true;
  const committing = stage.commit({ "t-0": 5, "t-1": 7, "u-0": 1 });
  assert.ok(!committing.answered);
  assert.deepEqual(stage.offsets(), {});
  stage.settle();
  assert.deepEqual(answerOf(committing).errorCodes, [0, 0, 0]);
  assert.deepEqual(stage.offsets(), { "t-0": 5, "t-1": 7, "u-0": 1 });
  assert.equal(stage.state, "Empty");
  assert.deepEqual(stage.restart().offsets(), { "t-0": 5, "t-1": 7, "u-0": 1 });
});

test("a commit that is not stored has not been", () => {
  const stage = new GroupStage();
  stage.commit({ "t-0": 5 });
  stage.isHeld = true;
  const { NOT_COORDINATOR, COORDINATOR_NOT_AVAILABLE } = ErrorCode;
  const told = [
    [ErrorCode.NOT_ENOUGH_REPLICAS, COORDINATOR_NOT_AVAILABLE],
    [ErrorCode.KAFKA_STORAGE_ERROR, NOT_COORDINATOR],
    [ErrorCode.MESSAGE_TOO_LARGE, ErrorCode.INVALID_COMMIT_OFFSET_SIZE],
    [ErrorCode.INVALID_RECORD, ErrorCode.UNKNOWN_SERVER_ERROR],
  ] as const;
  for (const [answered, expected] of told) {
    const committing = stage.commit({ "t-0": 6 });
    stage.settle(answered);
    assert.equal(refusalOf(committing), expected);
  }
  assert.deepEqual(stage.offsets(), { "t-0": 5 });
  assert.deepEqual(stage.restart().offsets(), { "t-0": 5 });
});

test("members commit in their generation, and nobody else while there are any", () => {
  const stage = new GroupStage();
  const [member] = stage.stable(1);
  const { memberId } = member!;
  const commit = (more: Parameters<GroupStage["commit"]>[1]) => stage.commit({ "t-0": 1 }, more);
  assert.deepEqual(answerOf(commit({ memberId, generationIdOrMemberEpoch: 1 })).errorCodes, [0]);
  const refused = [
    [{ memberId, generationIdOrMemberEpoch: 0 }, ErrorCode.ILLEGAL_GENERATION],
    [{ memberId, generationIdOrMemberEpoch: 2 }, ErrorCode.ILLEGAL_GENERATION],
    [{ memberId, generationIdOrMemberEpoch: -1 }, ErrorCode.ILLEGAL_GENERATION],
    [{ memberId: "x", generationIdOrMemberEpoch: 1 }, ErrorCode.UNKNOWN_MEMBER_ID],
    [{}, ErrorCode.UNKNOWN_MEMBER_ID],
    [{ groupInstanceId: "i" }, ErrorCode.UNKNOWN_MEMBER_ID],
  ] as const;
  for (const [more, expected] of refused) assert.equal(refusalOf(commit(more)), expected);

  const joining = stage.join({ memberId });
  const rejoined = { memberId, generationIdOrMemberEpoch: joining.value.generationId };
  assert.equal(refusalOf(commit(rejoined)), ErrorCode.REBALANCE_IN_PROGRESS);
});

test("a member that wakes after a rebalance does not overwrite what others have committed", () => {
  const stage = new GroupStage();
  const [, zombie] = stage.stable(2);
  const { memberId, generationId } = zombie!;
  const old = { memberId, generationIdOrMemberEpoch: generationId };
  assert.deepEqual(answerOf(stage.commit({ "t-0": 5 }, old)).errorCodes, [0]);
  stage.advance(30_000);
  const [owner] = stage.stable(1);
  const current = { memberId: owner!.memberId, generationIdOrMemberEpoch: owner!.generationId };
  assert.deepEqual(answerOf(stage.commit({ "t-0": 9 }, current)).errorCodes, [0]);
  assert.equal(refusalOf(stage.commit({ "t-0": 6 }, old)), ErrorCode.UNKNOWN_MEMBER_ID);
  assert.deepEqual(stage.offsets(), { "t-0": 9 });
});

test("a generation that nobody knows of, by version", () => {
  const stage = new GroupStage();
  const commit = (apiVersion: number) =>
    stage.commit({ "t-0": 1 }, { memberId: "m", generationIdOrMemberEpoch: 3, apiVersion });
  assert.equal(refusalOf(commit(8)), ErrorCode.ILLEGAL_GENERATION);
  assert.equal(refusalOf(commit(9)), ErrorCode.GROUP_ID_NOT_FOUND);
});

test("metadata comes back as it was, and has a bound, per partition", () => {
  const stage = new GroupStage({ config: { offsetMetadataBytesMax: 10 } });
  const long = stage.commit({ "t-0": 1 }, { metadata: "x".repeat(11) });
  assert.deepEqual(answerOf(long).errorCodes, [ErrorCode.OFFSET_METADATA_TOO_LARGE]);
  assert.equal(stage.state, "unknown");
  stage.commit({ "t-0": 1 }, { metadata: "ünïcode" });
  const topics = [{ name: "t", topicId, partitions: [0, 1] }];
  const args = { groupId: GROUP_ID, memberId: null, memberEpoch: -1, requireStable: false };
  const fetched = stage.restart().harness.ask(group, "fetchOffsets", { ...args, topics });
  assert.deepEqual(fetched.value, {
    topics: [
      {
        name: "t",
        partitions: [
          { partitionIndex: 0, offset: 1n, leaderEpoch: 1, metadata: "ünïcode", errorCode: 0 },
          { partitionIndex: 1, offset: -1n, leaderEpoch: -1, metadata: "", errorCode: 0 },
        ],
      },
    ],
  });
});

test("what was committed to another topic of the same name is not told", () => {
  const stage = new GroupStage();
  stage.commit({ "t-0": 4 }, { topicId });
  const args = { groupId: GROUP_ID, memberId: null, memberEpoch: -1, requireStable: false };
  const ask = (id: string) => {
    const topics = [{ name: "t", topicId: id, partitions: [0] }];
    const { value } = stage.harness.ask(group, "fetchOffsets", { ...args, topics });
    return "topics" in value ? value.topics[0]!.partitions[0]!.offset : undefined;
  };
  assert.equal(ask(topicId), 4n);
  assert.equal(ask("UUUUUUUUUUUUUUUUUUUUUA"), -1n);
});

test("offsets go a week after the group became empty, and the group with the last of them", () => {
  const stage = new GroupStage();
  const [member] = stage.stable(1);
  const { memberId } = member!;
  stage.commit({ "t-0": 1 }, { memberId, generationIdOrMemberEpoch: 1 });
  stage.advance(6_000);
  stage.leave({ memberId });
  stage.harness.clock.jumpWall(7 * DAY_MS - 1);
  stage.tell("expireOffsets");
  assert.deepEqual(stage.offsets(), { "t-0": 1 });
  stage.harness.clock.jumpWall(1);
  stage.tell("expireOffsets");
  assert.deepEqual(stage.offsets(), {});
  assert.equal(stage.state, "unknown");
  assert.deepEqual(stage.stored(), []);
});

test("in a stable group only offsets of topics that it does not read any more go", () => {
  const stage = new GroupStage();
  const [member] = stage.stable(1, { sessionTimeoutMs: 1_000_000_000 });
  const { memberId } = member!;
  stage.commit({ "t-0": 1, "old-0": 2 }, { memberId, generationIdOrMemberEpoch: 1 });
  stage.harness.clock.jumpWall(7 * DAY_MS);
  stage.tell("expireOffsets");
  assert.deepEqual(stage.offsets(), { "t-0": 1 });
  // While it rebalances nobody knows what it will read.
  stage.commit({ "old-0": 2 }, { memberId, generationIdOrMemberEpoch: 1 });
  stage.join();
  stage.harness.clock.jumpWall(7 * DAY_MS);
  stage.tell("expireOffsets");
  assert.deepEqual(stage.offsets(), { "t-0": 1, "old-0": 2 });
});

test("a group of another kind than consumers keeps its offsets while it has members", () => {
  const stage = new GroupStage();
  const connect = { protocolType: "connect", protocols: { v0: bytes("") } };
  const [member] = stage.stable(1, connect);
  const { memberId } = member!;
  stage.commit({ "t-0": 1 }, { memberId, generationIdOrMemberEpoch: 1 });
  stage.harness.clock.jumpWall(30 * DAY_MS);
  stage.tell("expireOffsets");
  assert.deepEqual(stage.offsets(), { "t-0": 1 });
  assert.equal(refusalOf(stage.deleteOffsets({ t: [0] })), ErrorCode.NON_EMPTY_GROUP);
});

test("simple offsets go a week after their commit; a retention time of their own comes first", () => {
  const stage = new GroupStage();
  stage.commit({ "t-0": 1 });
  stage.commit({ "t-1": 1 }, { retentionTimeMs: 1_000 });
  stage.commit({ "t-2": 1 }, { retentionTimeMs: 30 * DAY_MS });
  stage.harness.clock.jumpWall(1_000);
  stage.tell("expireOffsets");
  assert.deepEqual(stage.offsets(), { "t-0": 1, "t-2": 1 });
  // It is in the log in the one form that has a time of its own.
  const later = stage.restart();
  later.harness.clock.jumpWall(7 * DAY_MS);
  later.tell("expireOffsets");
  assert.deepEqual(later.offsets(), { "t-2": 1 });
  later.harness.clock.jumpWall(30 * DAY_MS);
  later.tell("expireOffsets");
  assert.equal(later.state, "unknown");
});

test("a deleted topic takes its offsets with it", () => {
  const stage = new GroupStage();
  stage.commit({ "t-0": 1, "u-0": 2 });
  stage.deleteTopics("t", "never-seen");
  assert.deepEqual(stage.offsets(), { "u-0": 2 });
  assert.deepEqual(stage.restart().offsets(), { "u-0": 2 });
});

test("what is committed to the next topic of its name stays", () => {
  const stage = new GroupStage();
  stage.commit({ "t-0": 1 }, { topicId: DELETED_TOPIC_ID });
  stage.commit({ "t-1": 2 }, { topicId });
  stage.deleteTopics("t");
  assert.deepEqual(stage.offsets(), { "t-1": 2 });
});

test("OffsetDelete: topics that are read are refused, the rest goes", () => {
  const stage = new GroupStage();
  assert.equal(refusalOf(stage.deleteOffsets({ t: [0] })), ErrorCode.GROUP_ID_NOT_FOUND);
  const [member] = stage.stable(1, { protocols: { range: subscription("t") } });
  const { memberId } = member!;
  stage.commit({ "t-0": 1, "old-0": 2, "old-1": 3 }, { memberId, generationIdOrMemberEpoch: 1 });
  const { errorCodes } = answerOf(stage.deleteOffsets({ t: [0], old: [0, 7] }));
  assert.deepEqual(errorCodes, [ErrorCode.GROUP_SUBSCRIBED_TO_TOPIC, 0, 0]);
  assert.deepEqual(stage.restart().offsets(), { "t-0": 1, "old-1": 3 });
});

test("DeleteGroups: nobody may be in it; nothing of it is left", () => {
  const stage = new GroupStage();
  assert.equal(answerOf(stage.delete()).errorCode, ErrorCode.GROUP_ID_NOT_FOUND);
  const [member] = stage.stable(1);
  const { memberId } = member!;
  stage.commit({ "t-0": 1 }, { memberId, generationIdOrMemberEpoch: 1 });
  assert.equal(answerOf(stage.delete()).errorCode, ErrorCode.NON_EMPTY_GROUP);
  stage.leave({ memberId });
  assert.equal(answerOf(stage.delete()).errorCode, ErrorCode.NONE);
  assert.equal(stage.state, "unknown");
  assert.deepEqual(stage.stored(), []);
  assert.equal(stage.join().value.generationId, 1, "the next of its name begins anew");
});

test("a commit on its way to the disk is not overlooked by the end of its group", () => {
  const stage = new GroupStage();
  stage.commit({ "t-0": 1 });
  stage.isHeld = true;
  const committing = stage.commit({ "t-1": 2 });
  const deleting = stage.delete();
  const late = stage.commit({ "t-2": 3 });
  assert.equal(refusalOf(late), ErrorCode.COORDINATOR_LOAD_IN_PROGRESS);
  stage.settle();
  assert.ok(committing.answered && !deleting.answered);
  stage.settle();
  assert.equal(answerOf(deleting).errorCode, ErrorCode.NONE);
  assert.deepEqual([stage.stored(), stage.offsets()], [[], {}]);
});

test("a group that could not be deleted is as it was", () => {
  const stage = new GroupStage();
  stage.commit({ "t-0": 1 });
  stage.isHeld = true;
  const deleting = stage.delete();
  stage.settle(ErrorCode.NOT_ENOUGH_REPLICAS);
  assert.equal(answerOf(deleting).errorCode, ErrorCode.COORDINATOR_NOT_AVAILABLE);
  assert.deepEqual(stage.offsets(), { "t-0": 1 });
});
