// From the bytes of a batch to the bytes of its records: inflated where they are compressed, and
// never to more than the caller allows.
//
// Lives on: anywhere (pure).

import type { Outcome } from "../../base/outcome.ts";
import { failure } from "../../base/outcome.ts";
import type { CodecName } from "../../codec/compression.ts";
import { codecNames, decompress } from "../../codec/compression.ts";
import { batchSizeOf, codecOf, recordsAt } from "./header.ts";

/** For readers that have no bound of their own. */
export const INFLATED_BYTES_MAX = 256 * 1024 * 1024;

/** `undefined` for the numbers that name no codec. */
export function codecNameOf(batch: Uint8Array, at = 0): CodecName | undefined {
  return codecNames[codecOf(batch, at)];
}

/** The bytes of a batch's records; a view of the batch where they are not compressed. */
export function recordBytesOf(
  batch: Uint8Array,
  at = 0,
  inflatedBytesMax = INFLATED_BYTES_MAX,
  inflate = decompress,
): Outcome<Uint8Array> {
  const stored = batch.subarray(at + recordsAt, at + batchSizeOf(batch, at));
  const codec = codecNameOf(batch, at);
  if (codec === undefined) return failure("corrupt", `unknown compression ${codecOf(batch, at)}`);
  return inflate(codec, stored, inflatedBytesMax);
}
