// Produce (key 0).
//
// Lives on: anywhere.

import type { Infer } from "../schema.ts";
import { arrayOf, int16, int32, int64, message, records, string, struct, uuid } from "../schema.ts";

export const ProduceRequest = message(
  { name: "ProduceRequest", apiKey: 0, versions: [3, 13], flexibleFrom: 9 },
  {
    transactionalId: string.nullable().orElse(null),
    acks: int16,
    timeoutMs: int32,
    topicData: arrayOf({
      name: string.upTo(12).ignorable(),
      topicId: uuid.from(13).ignorable(),
      partitionData: arrayOf({
        index: int32,
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
        logAppendTimeMs: int64.orElse(-1).ignorable(),
        logStartOffset: int64.from(5).orElse(-1).ignorable(),
        recordErrors: arrayOf({
          batchIndex: int32,
          batchIndexErrorMessage: string.nullable().orElse(null),
        })
          .from(8)
          .ignorable(),
        errorMessage: string.from(8).nullable().orElse(null).ignorable(),
        currentLeader: struct({
          leaderId: int32.orElse(-1),
          leaderEpoch: int32.orElse(-1),
        })
          .from(10)
          .tagged(0),
      }),
    }),
    throttleTimeMs: int32.orElse(0).ignorable(),
    nodeEndpoints: arrayOf({
      nodeId: int32,
      host: string,
      port: int32,
      rack: string.nullable().orElse(null),
    })
      .from(10)
      .tagged(0),
  },
);
export type ProduceResponse = Infer<typeof ProduceResponse>;
