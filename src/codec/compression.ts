// The compression codecs of record batches behind two pure calls. Every output is bounded by the
// caller: what a few bytes claim to be is never allocated on their word.
//
// Lives on: anywhere.

import type { Outcome } from "../base/outcome.ts";
import { failure, success } from "../base/outcome.ts";
import { lz4Compress, lz4Decompress } from "./lz4.ts";
import { snappyCompress, snappyDecompress } from "./snappy.ts";

/** Loaded when a batch asks for it: most nodes never see one of either kind, and all of them start. */
const zlib = () => process.getBuiltinModule("node:zlib");

/** By their number in a batch's attributes. */
export const codecNames = ["none", "gzip", "snappy", "lz4", "zstd"] as const;
export type CodecName = (typeof codecNames)[number];

export function codecNumber(name: CodecName): number {
  return codecNames.indexOf(name);
}

/** `tooLarge` when there is more than `bytesMax`, `corrupt` for what cannot be read. */
export function decompress(
  codec: CodecName,
  bytes: Uint8Array,
  bytesMax: number,
): Outcome<Uint8Array> {
  switch (codec) {
    case "none":
      return success(bytes);
    case "gzip":
      return byZlib("gzip", bytesMax, (maxOutputLength) =>
        zlib().gunzipSync(bytes, { maxOutputLength }),
      );
    case "snappy":
      return snappyDecompress(bytes, bytesMax);
    case "lz4":
      return lz4Decompress(bytes, bytesMax);
    case "zstd":
      return byZlib("zstd", bytesMax, (maxOutputLength) =>
        zlib().zstdDecompressSync(bytes, { maxOutputLength }),
      );
  }
}

function byZlib(
  name: string,
  bytesMax: number,
  run: (maxOutputLength: number) => Buffer,
): Outcome<Uint8Array> {
  try {
    // The library takes no bound of 0.
    const { buffer, byteOffset, byteLength } = run(Math.max(bytesMax, 1));
    if (byteLength <= bytesMax) return success(new Uint8Array(buffer, byteOffset, byteLength));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ERR_BUFFER_TOO_LARGE") {
      return failure("corrupt", `${name}: ${(error as Error).message}`);
    }
  }
  return failure("tooLarge", `${name}: more than ${bytesMax} bytes`);
}

/** `level` where the codec has one; left out, the codec's own default. */
export function compress(codec: CodecName, bytes: Uint8Array, level?: number): Uint8Array {
  switch (codec) {
    case "none":
      return bytes;
    case "gzip":
      return zlib().gzipSync(bytes, level === undefined ? {} : { level });
    case "snappy":
      return snappyCompress(bytes);
    case "lz4":
      return lz4Compress(bytes);
    case "zstd":
      return zstdCompress(bytes, level);
  }
}

function zstdCompress(bytes: Uint8Array, level: number | undefined): Uint8Array {
  const { constants, zstdCompressSync } = zlib();
  if (level === undefined) return zstdCompressSync(bytes);
  return zstdCompressSync(bytes, { params: { [constants.ZSTD_c_compressionLevel]: level } });
}
