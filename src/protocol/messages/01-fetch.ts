// Fetch (key 1).
//
// Lives on: anywhere.

import type { Infer } from "../schema.ts";
import {
  arrayOf,
  exactInt64,
  int16,
  int32,
  int64,
  int8,
  message,
  records,
  string,
  struct,
  uuid,
} from "../schema.ts";

export const FetchRequest = message(
  { name: "FetchRequest", apiKey: 1, versions: [4, 18], flexibleFrom: 12 },
  {
    clusterId: string.from(12).nullable().tagged(0).orElse(null).ignorable(),
    replicaId: int32.upTo(14).orElse(-1),
    replicaState: struct({
      replicaId: int32.orElse(-1),
      replicaEpoch: int64.orElse(-1),
    })
      .from(15)
      .tagged(1),
    maxWaitMs: int32,
    minBytes: int32,
    maxBytes: int32.orElse(2147483647).ignorable(),
    isolationLevel: int8.orElse(0).ignorable(),
    sessionId: int32.from(7).orElse(0).ignorable(),
    sessionEpoch: int32.from(7).orElse(-1).ignorable(),
    topics: arrayOf({
      topic: string.upTo(12).ignorable(),
      topicId: uuid.from(13).ignorable(),
      partitions: arrayOf({
        partition: int32,
        currentLeaderEpoch: int32.from(9).orElse(-1).ignorable(),
        fetchOffset: int64,
        lastFetchedEpoch: int32.from(12).orElse(-1),
        logStartOffset: int64.from(5).orElse(-1).ignorable(),
        partitionMaxBytes: int32,
        replicaDirectoryId: uuid.from(17).tagged(0).ignorable(),
        highWatermark: exactInt64.from(18).tagged(1).orElse(9223372036854775807n).ignorable(),
      }),
    }),
    forgottenTopicsData: arrayOf({
      topic: string.upTo(12).ignorable(),
      topicId: uuid.from(13).ignorable(),
      partitions: arrayOf(int32),
    }).from(7),
    rackId: string.from(11).orElse("").ignorable(),
  },
);
export type FetchRequest = Infer<typeof FetchRequest>;

export const FetchResponse = message(
  { name: "FetchResponse", apiKey: 1, versions: [4, 18], flexibleFrom: 12 },
  {
    throttleTimeMs: int32.ignorable(),
    errorCode: int16.from(7).ignorable(),
    sessionId: int32.from(7).orElse(0),
    responses: arrayOf({
      topic: string.upTo(12).ignorable(),
      topicId: uuid.from(13).ignorable(),
      partitions: arrayOf({
        partitionIndex: int32,
        errorCode: int16,
        highWatermark: int64,
        lastStableOffset: int64.orElse(-1).ignorable(),
        logStartOffset: int64.from(5).orElse(-1).ignorable(),
        divergingEpoch: struct({
          epoch: int32.orElse(-1),
          endOffset: int64.orElse(-1),
        })
          .from(12)
          .tagged(0),
        currentLeader: struct({
          leaderId: int32.orElse(-1),
          leaderEpoch: int32.orElse(-1),
        })
          .from(12)
          .tagged(1),
        snapshotId: struct({
          endOffset: int64.orElse(-1),
          epoch: int32.orElse(-1),
        })
          .from(12)
          .tagged(2),
        abortedTransactions: arrayOf({
          producerId: int64,
          firstOffset: int64,
        })
          .nullable()
          .ignorable(),
        preferredReadReplica: int32.from(11).orElse(-1),
        records: records.nullable(),
      }),
    }),
    nodeEndpoints: arrayOf({
      nodeId: int32,
      host: string,
      port: int32,
      rack: string.nullable().orElse(null),
    })
      .from(16)
      .tagged(0),
  },
);
export type FetchResponse = Infer<typeof FetchResponse>;
