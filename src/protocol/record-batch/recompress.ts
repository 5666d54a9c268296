// The one way in which a node rewrites a batch's records: another codec, where the topic's
// compression.type asks for it. The records themselves stay byte for byte what they were.
//
// Lives on: anywhere (pure).

import type { Outcome } from "../../base/outcome.ts";
import { success } from "../../base/outcome.ts";
import type { CodecName } from "../../codec/compression.ts";
import { codecNumber, compress } from "../../codec/compression.ts";
import {
  attributesAt,
  batchLengthAt,
  codecMask,
  lengthOverhead,
  recordsAt,
  stampCrc,
  writeInt32,
} from "./header.ts";
import { codecNameOf, recordBytesOf } from "./inflate.ts";

/** The batch under `codec`, in new bytes; the same bytes when it has that codec already. */
export function recompress(
  batch: Uint8Array,
  codec: CodecName,
  inflatedBytesMax: number,
  level?: number,
): Outcome<Uint8Array> {
  if (codecNameOf(batch) === codec) return success(batch);
  const records = recordBytesOf(batch, 0, inflatedBytesMax);
  if (!records.ok) return records;
  const stored = compress(codec, records.value, level);
  const rewritten = new Uint8Array(recordsAt + stored.byteLength);
  rewritten.set(batch.subarray(0, recordsAt));
  rewritten.set(stored, recordsAt);
  writeInt32(rewritten, batchLengthAt, rewritten.byteLength - lengthOverhead);
  const low = attributesAt + 1;
  rewritten[low] = ((rewritten[low] ?? 0) & ~codecMask) | codecNumber(codec);
  stampCrc(rewritten);
  return success(rewritten);
}
