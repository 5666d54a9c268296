// AllocateProducerIds (key 67): a broker takes a block of producer ids from the controller
// (KIP-730).
//
// Lives on: anywhere.

import type { Infer } from "../schema.ts";
import { int16, int32, int64, message } from "../schema.ts";

export const AllocateProducerIdsRequest = message(
  { name: "AllocateProducerIdsRequest", apiKey: 67, versions: [0, 0], flexibleFrom: 0 },
  {
    brokerId: int32,
    brokerEpoch: int64.orElse(-1),
  },
);
export type AllocateProducerIdsRequest = Infer<typeof AllocateProducerIdsRequest>;

export const AllocateProducerIdsResponse = message(
  { name: "AllocateProducerIdsResponse", apiKey: 67, versions: [0, 0], flexibleFrom: 0 },
  {
    throttleTimeMs: int32,
    errorCode: int16,
    producerIdStart: int64,
    producerIdLen: int32,
  },
);
export type AllocateProducerIdsResponse = Infer<typeof AllocateProducerIdsResponse>;
