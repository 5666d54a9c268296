// OffsetCommit: who may commit (`ClassicGroup.validateOffsetCommit`), and the offsets as records. They
// are answered, and seen by others, when they are durable.
//
// Lives on: host thread (part of the group actor). Hot.

import { ErrorCode } from "../../../protocol/error-codes.ts";
import { restartSession } from "../classic/sessions.ts";
import { consumerCommitError } from "../consumer/offset-fencing.ts";
import type { CommitArgs } from "../messages.ts";
import type { GroupRecord } from "../records.ts";
import { offsetRecord } from "../records.ts";
import type { GroupState, Reply } from "../state.ts";
import { refuse } from "../state.ts";
import type { StoredOffset } from "./offset-store.ts";

const GROUP_ID_NOT_FOUND_FROM_VERSION = 9;

type Staged = {
  readonly topic: string;
  readonly partition: number;
  readonly stored: StoredOffset;
};

export function commitOffsets(
  g: GroupState,
  args: CommitArgs,
  replyTo: Reply<"commitOffsets">,
): void {
  const error = g.consumer ? consumerCommitError(g.consumer, args) : commitError(g, args);
  if (error !== ErrorCode.NONE) return refuse<"commitOffsets">(g, replyTo, error);
  const member = g.classic.members.get(args.memberId);
  if (member !== undefined) restartSession(g, member);

  const errorCodes: ErrorCode[] = [];
  const staged = stage(g, args, errorCodes);
  if (staged.length === 0) return g.out.reply(replyTo, { errorCodes });
  const records = staged.map(({ topic, partition, stored }): GroupRecord =>
    offsetRecord(g.groupId, topic, partition, stored),
  );
  g.journal.append(records, (errorCode) => {
    if (errorCode !== ErrorCode.NONE) {
      const isLarge = errorCode === ErrorCode.MESSAGE_TOO_LARGE;
      const told = isLarge ? ErrorCode.INVALID_COMMIT_OFFSET_SIZE : errorCode;
      return refuse<"commitOffsets">(g, replyTo, told);
    }
    for (const { topic, partition, stored } of staged) g.offsets.put(topic, partition, stored);
    g.out.reply(replyTo, { errorCodes });
  });
}

function commitError(g: GroupState, args: CommitArgs): ErrorCode {
  const { classic } = g;
  const { generationIdOrMemberEpoch: generationId, memberId, groupInstanceId } = args;
  if (generationId < 0 && classic.state === "Empty") {
    // From an admin client, or a consumer that was assigned its partitions by its own program.
    return ErrorCode.NONE;
  }
  if (isUnknown(g)) {
    return args.apiVersion >= GROUP_ID_NOT_FOUND_FROM_VERSION
      ? ErrorCode.GROUP_ID_NOT_FOUND
      : ErrorCode.ILLEGAL_GENERATION;
  }
  if (generationId < 0 && memberId === "" && groupInstanceId === null) {
    return ErrorCode.UNKNOWN_MEMBER_ID;
  }
  const error = classic.memberError(memberId, groupInstanceId);
  if (error !== ErrorCode.NONE) return error;
  if (generationId !== classic.generationId) return ErrorCode.ILLEGAL_GENERATION;
  // The member knows of the generation and has still to hear what it is to read in it.
  return classic.state === "CompletingRebalance" ? ErrorCode.REBALANCE_IN_PROGRESS : ErrorCode.NONE;
}

/** There is nothing of it, in memory or in the log. */
export function isUnknown(g: GroupState): boolean {
  const { classic, consumer, offsets, isStored } = g;
  if (consumer !== undefined) return false;
  return !isStored && offsets.isEmpty && !classic.isInUse;
}

/** What is to be stored; a code for every partition of the request goes to `errorCodes`. */
function stage(g: GroupState, args: CommitArgs, errorCodes: ErrorCode[]): Staged[] {
  const commitTimestampMs = g.world.wallMs();
  const expireTimestampMs =
    args.retentionTimeMs < 0 ? -1 : commitTimestampMs + args.retentionTimeMs;
  const staged: Staged[] = [];
  for (const { name: topic, topicId, partitions } of args.topics) {
    for (const { partitionIndex: partition, offset, leaderEpoch, metadata } of partitions) {
      if (metadata.length > g.config.offsetMetadataBytesMax) {
        errorCodes.push(ErrorCode.OFFSET_METADATA_TOO_LARGE);
        continue;
      }
      errorCodes.push(ErrorCode.NONE);
      const times = { commitTimestampMs, expireTimestampMs };
      staged.push({
        topic,
        partition,
        stored: { offset, leaderEpoch, metadata, topicId, ...times },
      });
    }
  }
  return staged;
}
