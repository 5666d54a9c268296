// ElectLeaders (key 43): has partitions choose a leader again.
//
// v1 type of election (KIP-460) and an error for the whole answer; v2 flexible.
//
// Lives on: anywhere.

import type { Infer } from "../schema.ts";
import { arrayOf, int16, int32, int8, message, string } from "../schema.ts";

export const ElectLeadersRequest = message(
  { name: "ElectLeadersRequest", apiKey: 43, versions: [0, 2], flexibleFrom: 2 },
  {
    /** 0: the preferred replica; 1: any live one, uncleanly. */
    electionType: int8.from(1),
    topicPartitions: arrayOf({
      topic: string,
      partitions: arrayOf(int32),
    }).nullable(),
    timeoutMs: int32.orElse(60000),
  },
);
export type ElectLeadersRequest = Infer<typeof ElectLeadersRequest>;

export const ElectLeadersResponse = message(
  { name: "ElectLeadersResponse", apiKey: 43, versions: [0, 2], flexibleFrom: 2 },
  {
    throttleTimeMs: int32,
    errorCode: int16.from(1),
    replicaElectionResults: arrayOf({
      topic: string,
      partitionResult: arrayOf({
        partitionId: int32,
        errorCode: int16,
        errorMessage: string.nullable(),
      }),
    }),
  },
);
export type ElectLeadersResponse = Infer<typeof ElectLeadersResponse>;
