// Fetch (key 1): reads record batches, for consumers and followers alike.
//
// v4 isolation level, last stable offset, aborted transactions; v5 logStartOffset; v7 sessions
// (KIP-227); v9 currentLeaderEpoch (KIP-320); v10 zstd; v11 racks and preferred replicas (KIP-392);
// v12 flexible, diverging epochs instead of OffsetForLeaderEpoch; v13 topic ids (KIP-516);
// v14 OFFSET_MOVED_TO_TIERED_STORAGE; v15 replicaState (KIP-903); v16 who leads now (KIP-951);
// v17 replica directories (KIP-853); v18 the fetcher's high watermark (KIP-1166).
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
import { leaderIdAndEpoch, nodeEndpoint } from "./shared.ts";

export const FetchRequest = message(
  { name: "FetchRequest", apiKey: 1, versions: [4, 18], flexibleFrom: 12 },
  {
    clusterId: string.from(12).nullable().tagged(0).orElse(null).ignorable(),
    /** -1: a consumer. */
    replicaId: int32.upTo(14).orElse(-1),
    replicaState: struct({
      replicaId: int32.orElse(-1),
      replicaEpoch: int64.orElse(-1),
    })
      .from(15)
      .tagged(1),
    maxWaitMs: int32,
    minBytes: int32,
    /** Soft: the first batch is answered whatever its size (KIP-74). */
    maxBytes: int32.orElse(0x7fff_ffff).ignorable(),
    /** 0: read uncommitted; 1: read committed. */
    isolationLevel: int8.orElse(0).ignorable(),
    sessionId: int32.from(7).orElse(0).ignorable(),
    /** -1: no session; 0: a new one, or with an id, its replacement. */
    sessionEpoch: int32.from(7).orElse(-1).ignorable(),
    topics: arrayOf({
      topic: string.upTo(12).ignorable(),
      topicId: uuid.from(13).ignorable(),
      partitions: arrayOf({
        partition: int32,
        /** -1: do not check. */
        currentLeaderEpoch: int32.from(9).orElse(-1).ignorable(),
        fetchOffset: int64,
        /** Of the last record fetched; -1: not known, do not look for divergence. */
        lastFetchedEpoch: int32.from(12).orElse(-1),
        /** Of the follower; -1 from consumers. */
        logStartOffset: int64.from(5).orElse(-1).ignorable(),
        partitionMaxBytes: int32,
        replicaDirectoryId: uuid.from(17).tagged(0).ignorable(),
        /** Of the follower; the default says that it has none to tell. */
        highWatermark: exactInt64.from(18).tagged(1).orElse(0x7fff_ffff_ffff_ffffn).ignorable(),
      }),
    }),
    /** To be taken out of the session. */
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
    /** 0: no session was made. */
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
        /** Where the fetcher's log leaves ours. Its presence alone means: truncate. */
        divergingEpoch: struct({
          epoch: int32.orElse(-1),
          endOffset: int64.orElse(-1),
        })
          .from(12)
          .tagged(0),
        currentLeader: struct(leaderIdAndEpoch).from(12).tagged(1),
        /** Raft logs: fetch this snapshot instead. */
        snapshotId: struct({
          endOffset: int64.orElse(-1),
          epoch: int32.orElse(-1),
        })
          .from(12)
          .tagged(2),
        /** null for read uncommitted. */
        abortedTransactions: arrayOf({
          producerId: int64,
          firstOffset: int64,
        })
          .nullable()
          .ignorable(),
        /** -1: go on here. */
        preferredReadReplica: int32.from(11).orElse(-1),
        /** Whole batches; the last may be cut off. */
        records: records.nullable(),
      }),
    }),
    nodeEndpoints: arrayOf(nodeEndpoint).from(16).tagged(0),
  },
);
export type FetchResponse = Infer<typeof FetchResponse>;
