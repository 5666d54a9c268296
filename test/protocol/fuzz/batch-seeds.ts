// The batches that fuzzing begins with: Kafka's own (record-batch/batches.jsonl.gz), those in the
// recorded frames, some of ours in each codec, and bombs dressed as batches.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import * as b from "../../../src/protocol/record-batch.ts";
import { NOW_MS } from "../record-batch/rules.ts";
import { madeRight } from "./batch-bytes.ts";
import { bombs } from "./bombs.ts";
import { decodeFrame, frameInputs } from "./frames.ts";

function javaBatches(): Uint8Array[] {
  const packed = readFileSync(join(import.meta.dirname, "../record-batch/batches.jsonl.gz"));
  const lines = gunzipSync(packed).toString("utf8").trimEnd().split("\n");
  return lines.map((line) => bytesOf((JSON.parse(line) as { hex: string }).hex));
}

function bytesOf(hex: string): Uint8Array {
  return new Uint8Array(Buffer.from(hex, "hex"));
}

/** Every blob in a decoded message that is one or several batches. */
function batchesIn(value: unknown): Uint8Array[] {
  if (value instanceof Uint8Array) {
    const found: Uint8Array[] = [];
    for (let at = 0, size = 0; (size = b.batchSizeAt(value, at)) > 0; at += size) {
      found.push(value.slice(at, at + size));
    }
    return found;
  }
  if (typeof value !== "object" || value === null) return [];
  return Object.values(value).flatMap(batchesIn);
}

function ourBatches(): Uint8Array[] {
  const drafts = Array.from({ length: 40 }, (_, i) => ({
    key: i % 3 === 0 ? null : new Uint8Array(i),
    value: i % 5 === 0 ? null : new Uint8Array(i * 7).fill(i),
    headers: i % 4 === 0 ? [{ key: `h${i}`, value: i % 8 === 0 ? null : new Uint8Array(3) }] : [],
    timestampMs: NOW_MS + i * 100,
  }));
  return b.codecNames.flatMap((compression) =>
    [1, 5, 40].map((count) => b.buildBatch(drafts.slice(0, count), { compression })),
  );
}

function asBatch(codec: string, records: Uint8Array): Uint8Array {
  const compression = b.codecNames.find((name) => name === codec)!;
  const shell = b.buildBatch([{ value: null, timestampMs: NOW_MS }], { compression });
  const header = shell.subarray(0, b.recordsAt);
  return madeRight(new Uint8Array(Buffer.concat([header, records])));
}

/** As a producer might have sent it, so that a broker goes on to look at its records. */
function asProduced(batch: Uint8Array): Uint8Array {
  const tame = batch.slice();
  b.stampBaseOffset(tame, 0, 0);
  tame[b.attributesAt + 1]! &= ~(b.controlBit | b.logAppendTimeBit);
  if (!b.hasExactNumbers(tame)) {
    b.writeInt64(tame, b.baseTimestampAt, NOW_MS);
    b.writeInt64(tame, b.maxTimestampAt, NOW_MS);
    b.writeInt64(tame, b.producerIdAt, b.noProducerId);
  }
  b.writeInt32(tame, b.lastOffsetDeltaAt, b.recordCountOf(tame) - 1);
  if (b.baseSequenceOf(tame) < 0) b.writeInt64(tame, b.producerIdAt, b.noProducerId);
  return madeRight(tame);
}

export const batchSeeds: readonly Uint8Array[] = [
  ...javaBatches(),
  ...frameInputs().flatMap((input) => batchesIn(decodeFrame(input))),
  ...ourBatches(),
  ...bombs.map(({ what, bytes }) => asBatch(what, bytes)),
];

export const producedBatchSeeds: readonly Uint8Array[] = batchSeeds.map(asProduced);
