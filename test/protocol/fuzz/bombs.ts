// Decompression bombs, one kind per codec and a few liars: small, and far larger than anything here
// may become.

import { gzipSync, zstdCompressSync } from "node:zlib";
import { compress } from "../../../src/codec/compression.ts";
import type { Input } from "./subject.ts";

const MIB = 2 ** 20;

function bytesOf(hex: string): Uint8Array {
  return new Uint8Array(Buffer.from(hex.replaceAll(" ", ""), "hex"));
}

const xerialHead = "82534e4150505900 00000001 00000001";
const lz4Frame = "04224d18";

function makeBombs(): readonly Input[] {
  const inside = gzipSync(new Uint8Array(16 * MIB));
  const members = Buffer.concat(Array.from({ length: 400 }, () => gzipSync(new Uint8Array(0))));
  const frames = Array.from({ length: 400 }, () => zstdCompressSync(new Uint8Array(0)));
  return [
    { what: "gzip", bytes: inside },
    { what: "gzip", bytes: gzipSync(inside) },
    { what: "gzip", bytes: members },
    { what: "zstd", bytes: zstdCompressSync(new Uint8Array(64 * MIB)) },
    { what: "zstd", bytes: Buffer.concat(frames) },
    // A window of 128 MiB, of which next to nothing is used.
    { what: "zstd", bytes: bytesOf("28b52ffd 0088 280000 68") },
    { what: "lz4", bytes: compress("lz4", new Uint8Array(8 * MIB)) },
    // A frame that says it holds 2^40 bytes.
    { what: "lz4", bytes: bytesOf(`${lz4Frame} 6870 0000000000010000 00 00000000`) },
    { what: "snappy", bytes: compress("snappy", new Uint8Array(MIB)) },
    // Blocks that say they hold 2^31 - 1 and 2^35 - 1 bytes.
    { what: "snappy", bytes: bytesOf("ffffffff07 00 61") },
    { what: "snappy", bytes: bytesOf(`${xerialHead} 00000007 ffffffff7f 00 61`) },
  ].map(({ what, bytes }) => ({ what, bytes: new Uint8Array(bytes) }));
}

/** `what`: the codec. */
export const bombs: readonly Input[] = makeBombs();
