// Whether a member of a consumer group may commit and fetch offsets
// (`ConsumerGroup.validateOffset{Commit,Fetch}`).
//
// Lives on: host thread (part of the group actor).

import { ErrorCode } from "../../../protocol/error-codes.ts";
import type { CommitArgs, FetchOffsetsArgs } from "../messages.ts";
import type { ConsumerGroup, Member } from "./consumer-group.ts";

/** Before it, what stood for the epoch could only be a generation. */
const EPOCH_FROM_VERSION = 9;

export function consumerCommitError(group: ConsumerGroup, args: CommitArgs): ErrorCode {
  const { generationIdOrMemberEpoch: epoch, memberId, apiVersion, topics } = args;
  // From an admin client, or a consumer that was assigned its partitions by its own program.
  if (epoch < 0 && group.members.size === 0) return ErrorCode.NONE;
  const member = group.members.get(memberId);
  if (member === undefined) return ErrorCode.UNKNOWN_MEMBER_ID;
  if (member.classic === null && apiVersion < EPOCH_FROM_VERSION) {
    return ErrorCode.UNSUPPORTED_VERSION;
  }
  if (epoch === member.memberEpoch) return ErrorCode.NONE;
  // A member may not know yet that it is in a later epoch. What it has had all along is still its own
  // (KIP-1251).
  const isItsOwn =
    epoch < member.memberEpoch &&
    topics.every(({ topicId, partitions }) =>
      partitions.every(({ partitionIndex }) => {
        const since =
          member.assigned.get(topicId)?.get(partitionIndex) ??
          member.pendingRevocation.get(topicId)?.get(partitionIndex);
        return since !== undefined && epoch >= since;
      }),
    );
  return isItsOwn ? ErrorCode.NONE : staleEpoch(member);
}

export function consumerFetchError(
  group: ConsumerGroup,
  { memberId, memberEpoch }: FetchOffsetsArgs,
): ErrorCode {
  if (memberId === null && memberEpoch < 0) return ErrorCode.NONE;
  const member = group.members.get(memberId ?? "");
  if (member === undefined) return ErrorCode.UNKNOWN_MEMBER_ID;
  return memberEpoch === member.memberEpoch ? ErrorCode.NONE : staleEpoch(member);
}

function staleEpoch({ classic }: Member): ErrorCode {
  return classic === null ? ErrorCode.STALE_MEMBER_EPOCH : ErrorCode.ILLEGAL_GENERATION;
}
