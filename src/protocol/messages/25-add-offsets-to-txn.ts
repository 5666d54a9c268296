// AddOffsetsToTxn (key 25): a transaction is going to commit offsets of a group.
//
// v3 flexible; v4 TRANSACTION_ABORTABLE (KIP-890).
//
// Lives on: anywhere.

import type { Infer } from "../schema.ts";
import { int16, int32, int64, message, string } from "../schema.ts";

export const AddOffsetsToTxnRequest = message(
  { name: "AddOffsetsToTxnRequest", apiKey: 25, versions: [0, 4], flexibleFrom: 3 },
  {
    transactionalId: string,
    producerId: int64,
    producerEpoch: int16,
    groupId: string,
  },
);
export type AddOffsetsToTxnRequest = Infer<typeof AddOffsetsToTxnRequest>;

export const AddOffsetsToTxnResponse = message(
  { name: "AddOffsetsToTxnResponse", apiKey: 25, versions: [0, 4], flexibleFrom: 3 },
  {
    throttleTimeMs: int32,
    errorCode: int16,
  },
);
export type AddOffsetsToTxnResponse = Infer<typeof AddOffsetsToTxnResponse>;
