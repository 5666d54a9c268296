// ProducerSnapshot: the file beside a segment that says what was known of producers where the segment
// begins.
//
// Lives on: anywhere.

import type { Infer } from "../schema.ts";
import { arrayOf, int16, int32, int64, message, uint32 } from "../schema.ts";

export const ProducerSnapshot = message(
  { name: "ProducerSnapshot", apiKey: -1, versions: [1, 1], flexibleFrom: Infinity },
  {
    /** CRC-32C of everything behind it. */
    crc: uint32,
    producerEntries: arrayOf({
      producerId: int64,
      epoch: int16,
      lastSequence: int32,
      lastOffset: int64,
      /** From the first to the last sequence of the last batch. */
      offsetDelta: int32,
      timestamp: int64,
      /** Of the last marker. */
      coordinatorEpoch: int32,
      /** -1: no transaction is open. */
      currentTxnFirstOffset: int64,
    }),
  },
);
export type ProducerSnapshot = Infer<typeof ProducerSnapshot>;
