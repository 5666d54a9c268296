// OffsetFetch: what the group has committed. What it has not is told as offset -1, which is no error,
// and so is a group that nobody knows (`OffsetMetadataManager.fetchOffsets`).
//
// Lives on: host thread (part of the group actor).

import { ZERO_UUID } from "../../../base/uuid.ts";
import { ErrorCode } from "../../../protocol/error-codes.ts";
import type { FetchedPartition, FetchOffsetsArgs, FetchOffsetsReply } from "../messages.ts";
import type { StoredOffset } from "./offset-store.ts";
import type { OffsetStore } from "./offset-store.ts";

export function fetchOffsets(
  offsets: OffsetStore,
  { topics }: Pick<FetchOffsetsArgs, "topics">,
): FetchOffsetsReply {
  if (topics === null) return { topics: everything(offsets) };
  return {
    topics: topics.map(({ name, topicId, partitions }) => ({
      name,
      partitions: partitions.map((index) =>
        fetched(index, ofSameTopic(offsets.get(name, index), topicId)),
      ),
    })),
  };
}

/** A topic of the same name that is gone may have been another one. */
function ofSameTopic(stored: StoredOffset | undefined, topicId: string): StoredOffset | undefined {
  if (stored === undefined || topicId === ZERO_UUID || stored.topicId === ZERO_UUID) return stored;
  return stored.topicId === topicId ? stored : undefined;
}

function everything(offsets: OffsetStore): FetchOffsetsReply["topics"] {
  return [...offsets.topics].map(([name, partitions]) => ({
    name,
    partitions: [...partitions].map(([index, stored]) => fetched(index, stored)),
  }));
}

function fetched(partitionIndex: number, stored: StoredOffset | undefined): FetchedPartition {
  return {
    partitionIndex,
    offset: stored?.offset ?? -1n,
    leaderEpoch: stored?.leaderEpoch ?? -1,
    metadata: stored?.metadata ?? "",
    errorCode: ErrorCode.NONE,
  };
}
