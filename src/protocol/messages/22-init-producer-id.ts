// InitProducerId (key 22): a producer id and epoch, for idempotent and transactional producers.
//
// v2 flexible; v3 a producer may go on from the id and epoch it has (KIP-360); v4 PRODUCER_FENCED;
// v5 TRANSACTION_ABORTABLE; v6 two-phase commit (KIP-939), which is not stable yet in Kafka 4.3.
//
// Lives on: anywhere.

import type { Infer } from "../schema.ts";
import { boolean, int16, int32, int64, message, string } from "../schema.ts";

export const InitProducerIdRequest = message(
  { name: "InitProducerIdRequest", apiKey: 22, versions: [0, 6], flexibleFrom: 2 },
  {
    /** null: idempotent only. */
    transactionalId: string.nullable(),
    /** How long a transaction may go without a word. */
    transactionTimeoutMs: int32,
    /** The id to go on with; -1: a new one. */
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
    /** -1: no prepared transaction is waiting. */
    ongoingTxnProducerId: int64.from(6).orElse(-1),
    ongoingTxnProducerEpoch: int16.from(6).orElse(-1),
  },
);
export type InitProducerIdResponse = Infer<typeof InitProducerIdResponse>;
