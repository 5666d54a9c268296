// Produce (key 0): appends record batches to partitions.
//
// v3 batches are in format 2, and carry a transactional id; v5 logStartOffset; v7 zstd allowed;
// v8 recordErrors (KIP-467); v9 flexible; v10 who leads now (KIP-951); v11 TRANSACTION_ABORTABLE;
// v12 adds partitions to a transaction by itself (KIP-890); v13 topic ids instead of names
// (KIP-516). A node advertises 0-13, because librdkafka before 2.11.1 looks for version 0
// (KAFKA-18659), but 0-2 are never served and so not declared.
//
// Lives on: anywhere.

import type { Infer } from "../schema.ts";
import { arrayOf, int16, int32, int64, message, records, string, struct, uuid } from "../schema.ts";
import { leaderIdAndEpoch, nodeEndpoint } from "./shared.ts";

export const ProduceRequest = message(
  { name: "ProduceRequest", apiKey: 0, versions: [3, 13], flexibleFrom: 9 },
  {
    transactionalId: string.nullable().orElse(null),
    /** -1: all in-sync replicas; 0: nobody, there is no answer; 1: the leader. */
    acks: int16,
    /** How long the acks may take. */
    timeoutMs: int32,
    topicData: arrayOf({
      name: string.upTo(12).ignorable(),
      topicId: uuid.from(13).ignorable(),
      partitionData: arrayOf({
        index: int32,
        /** Exactly one batch of format 2. */
        records: records.nullable(),
      }),
    }),
  },
);
export type ProduceRequest = Infer<typeof ProduceRequest>;

export const ProduceResponse = message(
  { name: "ProduceResponse", apiKey: 0, versions: [3, 13], flexibleFrom: 9 },
  {
    responses: arrayOf({
      name: string.upTo(12).ignorable(),
      topicId: uuid.from(13).ignorable(),
      partitionResponses: arrayOf({
        index: int32,
        errorCode: int16,
        baseOffset: int64,
        /** -1 unless the topic stamps records itself (LogAppendTime). */
        logAppendTimeMs: int64.orElse(-1).ignorable(),
        logStartOffset: int64.from(5).orElse(-1).ignorable(),
        /** The records for which the whole batch was refused. */
        recordErrors: arrayOf({
          /** Index of the record in its batch. */
          batchIndex: int32,
          batchIndexErrorMessage: string.nullable().orElse(null),
        })
          .from(8)
          .ignorable(),
        errorMessage: string.from(8).nullable().orElse(null).ignorable(),
        /** Told together with NOT_LEADER_OR_FOLLOWER. */
        currentLeader: struct(leaderIdAndEpoch).from(10).tagged(0),
      }),
    }),
    throttleTimeMs: int32.orElse(0).ignorable(),
    /** Addresses of the leaders named above. */
    nodeEndpoints: arrayOf(nodeEndpoint).from(10).tagged(0),
  },
);
export type ProduceResponse = Infer<typeof ProduceResponse>;
