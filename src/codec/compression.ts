// The compression codecs of record batches behind two pure calls. Every output is bounded by the
// caller: what a few bytes claim to be is never allocated on their word.
//
// Lives on: anywhere.

import type { Outcome } from "../base/outcome.ts";
import { failure, success } from "../base/outcome.ts";
import { lz4Compress, lz4Decompress, lz4DecompressBriefly } from "./lz4.ts";
import { snappyCompress, snappyDecompress } from "./snappy.ts";

/** Loaded when a batch asks for it: most nodes never see one of either kind, and all of them start. */
const zlib = () => process.getBuiltinModule("node:zlib");

/** By their number in a batch's attributes. */
export const codecNames = ["none", "gzip", "snappy", "lz4", "zstd"] as const;
export type CodecName = (typeof codecNames)[number];

const CHUNK_BYTES_MIN = 1024;
const CHUNK_BYTES_MAX = 1024 * 1024;

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
      return byZlib("gzip", bytes, bytesMax, (options) => zlib().gunzipSync(bytes, options));
    case "snappy":
      return snappyDecompress(bytes, bytesMax);
    case "lz4":
      return lz4Decompress(bytes, bytesMax);
    case "zstd":
      return byZlib("zstd", bytes, bytesMax, (options) =>
        zlib().zstdDecompressSync(bytes, options),
      );
  }
}

/** The same, for who is done with it before this thread decompresses anything else: it saves a copy. */
export function decompressBriefly(
  codec: CodecName,
  bytes: Uint8Array,
  bytesMax: number,
): Outcome<Uint8Array> {
  return codec === "lz4"
    ? lz4DecompressBriefly(bytes, bytesMax)
    : decompress(codec, bytes, bytesMax);
}

type Bounds = { readonly maxOutputLength: number; readonly chunkSize: number };

/**
 * The library puts its output together from chunks of 16 KiB where it is not told otherwise. Batches
 * of 1 MiB take a fifth less CPU time in one chunk, about what they become (ADR 0004).
 */
function byZlib(
  name: string,
  bytes: Uint8Array,
  bytesMax: number,
  run: (bounds: Bounds) => Buffer,
): Outcome<Uint8Array> {
  const chunkSize = Math.min(Math.max(bytes.byteLength * 4, CHUNK_BYTES_MIN), CHUNK_BYTES_MAX);
  try {
    // The library takes no bound of 0.
    const bounds = { maxOutputLength: Math.max(bytesMax, 1), chunkSize };
    const { buffer, byteOffset, byteLength } = run(bounds);
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
