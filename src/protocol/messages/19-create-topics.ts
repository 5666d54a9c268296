// CreateTopics (key 19).
//
// Lives on: anywhere.

import type { Infer } from "../schema.ts";
import { arrayOf, boolean, int16, int32, int8, message, string, uuid } from "../schema.ts";

export const CreateTopicsRequest = message(
  { name: "CreateTopicsRequest", apiKey: 19, versions: [2, 7], flexibleFrom: 5 },
  {
    topics: arrayOf({
      name: string,
      numPartitions: int32,
      replicationFactor: int16,
      assignments: arrayOf({
        partitionIndex: int32,
        brokerIds: arrayOf(int32),
      }),
      configs: arrayOf({
        name: string,
        value: string.nullable(),
      }),
    }),
    timeoutMs: int32.orElse(60000),
    validateOnly: boolean.orElse(false),
  },
);
export type CreateTopicsRequest = Infer<typeof CreateTopicsRequest>;

export const CreateTopicsResponse = message(
  { name: "CreateTopicsResponse", apiKey: 19, versions: [2, 7], flexibleFrom: 5 },
  {
    throttleTimeMs: int32.ignorable(),
    topics: arrayOf({
      name: string,
      topicId: uuid.from(7).ignorable(),
      errorCode: int16,
      errorMessage: string.nullable().ignorable(),
      topicConfigErrorCode: int16.from(5).tagged(0).ignorable(),
      numPartitions: int32.from(5).orElse(-1).ignorable(),
      replicationFactor: int16.from(5).orElse(-1).ignorable(),
      configs: arrayOf({
        name: string,
        value: string.nullable(),
        readOnly: boolean,
        configSource: int8.orElse(-1).ignorable(),
        isSensitive: boolean,
      })
        .from(5)
        .nullable()
        .ignorable(),
    }),
  },
);
export type CreateTopicsResponse = Infer<typeof CreateTopicsResponse>;
