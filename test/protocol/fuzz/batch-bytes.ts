// The fixer: after it, nothing but what is wrong inside a batch is wrong with it.

import * as b from "../../../src/protocol/record-batch.ts";

/** Gives the batch the length and the checksum that its bytes ought to have, in place. */
export function madeRight(batch: Uint8Array): Uint8Array {
  if (batch.length < b.recordsAt) return batch;
  b.writeInt32(batch, b.batchLengthAt, batch.length - b.lengthOverhead);
  b.stampCrc(batch);
  return batch;
}
