// InitProducerId (key 22).
//
// Lives on: anywhere.

import type { Infer } from "../schema.ts";
import { boolean, int16, int32, int64, message, string } from "../schema.ts";

export const InitProducerIdRequest = message(
  { name: "InitProducerIdRequest", apiKey: 22, versions: [0, 6], flexibleFrom: 2 },
  {
    transactionalId: string.nullable(),
    transactionTimeoutMs: int32,
    producerId: int64.from(3).orElse(-1),
    producerEpoch: int16.from(3).orElse(-1),
    enable2Pc: boolean.from(6).orElse(false),
    keepPreparedTxn: boolean.from(6).orElse(false),
  },
);
export type InitProducerIdRequest = Infer<typeof InitProducerIdRequest>;

export const InitProducerIdResponse = message(
  { name: "InitProducerIdResponse", apiKey: 22, versions: [0, 6], flexibleFrom: 2 },
  {
    throttleTimeMs: int32.ignorable(),
    errorCode: int16,
    producerId: int64.orElse(-1),
    producerEpoch: int16,
    ongoingTxnProducerId: int64.from(6).orElse(-1),
    ongoingTxnProducerEpoch: int16.from(6).orElse(-1),
  },
);
export type InitProducerIdResponse = Infer<typeof InitProducerIdResponse>;
