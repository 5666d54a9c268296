// CRC-32C for whatever is longer than a header: native code with SIMD, and the table in JavaScript
// for inputs so small that the call costs more than the sum.
//
// Lives on: anywhere. Hot: once per produced batch.

import { crc32cOf } from "../base/crc32c.ts";
import { nativeCrc32 } from "./native.ts";

/** Measured: below about 250 bytes the table is faster (a native call costs 0.15 us). */
const nativeFromBytes = 256;

/** The checksum of `bytes[start, end)`, unsigned 32 bits. */
export function crc32c(bytes: Uint8Array, start = 0, end = bytes.length): number {
  if (end - start < nativeFromBytes) return crc32cOf(bytes, start, end);
  return nativeCrc32().crc32c(bytes.subarray(start, end));
}
