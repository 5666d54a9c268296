// Record batches, damaged inside and out: in their records before these are compressed again, in the
// compressed bytes, in the header; then length and checksum are made right, so that the damage is not
// noticed at once. What a broker checks, what a reader yields, and the codecs by themselves.

import assert from "node:assert/strict";
import type { Prng } from "../../../src/base/prng.ts";
import { compress, decompress } from "../../../src/codec/compression.ts";
import { describeError } from "../../../src/protocol/error-codes.ts";
import * as b from "../../../src/protocol/record-batch.ts";
import { readAll } from "../record-batch/reference.ts";
import { rulesOf } from "../record-batch/rules.ts";
import { bombs } from "./bombs.ts";
import { madeRight } from "./batch-bytes.ts";
import { batchSeeds, producedBatchSeeds } from "./batch-seeds.ts";
import { mutate } from "./mutate.ts";
import type { Input, Subject } from "./subject.ts";

/** What a batch may inflate to here. Every bomb is larger. */
export const INFLATED_BYTES_MAX = 256 * 1024;
/** Inflated once, joined from pieces once more; the libraries' own state. */
const CODEC_BYTES = 2 * 2 ** 20;
const inflating = ({ bytes }: Input) => CODEC_BYTES + 8 * bytes.length + 4 * INFLATED_BYTES_MAX;
/** A header of two bytes becomes an object with a text and a view, a record of seven one with two views. */
const VIEW_BYTES_PER_BYTE = 64;

const rules = rulesOf({ inflatedBytesMax: INFLATED_BYTES_MAX });

/** A seed's records without their compression, found out once. */
const inflatedSeeds = new WeakMap<Uint8Array, Uint8Array>();

function inflatedRecords(seed: Uint8Array, codec: b.CodecName): Uint8Array | undefined {
  const known = inflatedSeeds.get(seed);
  if (known !== undefined) return known;
  const inflated = decompress(codec, seed.subarray(b.recordsAt), INFLATED_BYTES_MAX);
  if (!inflated.ok) return undefined;
  inflatedSeeds.set(seed, inflated.value);
  return inflated.value;
}

function damaged(seed: Uint8Array, other: Uint8Array, prng: Prng): Uint8Array {
  const way = prng.below(10);
  const header = seed.slice(0, b.recordsAt);
  const records = seed.subarray(b.recordsAt);
  if (way < 4) {
    const codec = b.codecNameOf(seed) ?? "none";
    const inflated = inflatedRecords(seed, codec);
    if (inflated !== undefined) {
      const bent = mutate(inflated, other.subarray(b.recordsAt), prng);
      return madeRight(new Uint8Array(Buffer.concat([header, compress(codec, bent)])));
    }
  }
  if (way < 7) {
    const bent = mutate(records, other.subarray(b.recordsAt), prng);
    return madeRight(new Uint8Array(Buffer.concat([header, bent])));
  }
  if (way < 9) {
    // The same length, lest the records move.
    const bent = mutate(header, other.subarray(0, b.recordsAt), prng).subarray(0, b.recordsAt);
    const batch = seed.slice();
    batch.set(bent);
    if (prng.chance(0.8)) batch[b.magicAt] = 2;
    return madeRight(batch);
  }
  const batch = mutate(seed, other, prng).slice();
  return prng.chance(0.5) ? madeRight(batch) : batch;
}

/** What a broker asks of a produced batch. */
export function batchesSubject(): Subject {
  const seeds = producedBatchSeeds;
  return {
    name: "batch",
    weight: 4,
    bytesMax: inflating,
    draw: (prng) => ({ what: "", bytes: damaged(prng.pick(seeds), prng.pick(seeds), prng) }),
    decode({ bytes }) {
      const check = b.checkProducedBatch(bytes, rules);
      return { outcome: check.ok ? "value" : describeError(check.errorCode).name };
    },
    check: ({ bytes }) => {
      judgedAlike(bytes);
      recompressed(bytes);
    },
  };
}

/** An uncompressed batch is taken only when the plain reading can read it. */
function judgedAlike(bytes: Uint8Array): void {
  const check = b.checkProducedBatch(bytes, rules);
  if (!check.ok) return;
  const inflated = b.recordBytesOf(bytes, 0, INFLATED_BYTES_MAX);
  assert(inflated.ok);
  const expected = readAll(inflated.value, b.recordCountOf(bytes));
  assert.equal(expected?.length, check.recordCount, "the plain reading refuses it");
  assert.equal([...b.recordsOf(bytes)].length, check.recordCount);
}

function recompressed(bytes: Uint8Array): void {
  if (b.batchSizeAt(bytes, 0) !== bytes.length) return;
  const codec = b.codecNames[bytes.length % b.codecNames.length]!;
  const outcome = b.recompress(bytes, codec, INFLATED_BYTES_MAX);
  if (!outcome.ok) assert(["corrupt", "tooLarge"].includes(outcome.fault), outcome.fault);
  else assert(b.isCrcRight(outcome.value) || outcome.value === bytes);
}

/** What readers do with what a broker sent them: several batches in a row, each to its records. */
export function recordsSubject(): Subject {
  const seeds = batchSeeds;
  return {
    name: "records",
    weight: 2,
    bytesMax: (input) =>
      inflating(input) + VIEW_BYTES_PER_BYTE * (input.bytes.length + INFLATED_BYTES_MAX),
    draw(prng) {
      const row = Array.from({ length: 1 + prng.below(3) }, () =>
        damaged(prng.pick(seeds), prng.pick(seeds), prng),
      );
      return { what: "", bytes: new Uint8Array(Buffer.concat(row)) };
    },
    decode({ bytes }) {
      let outcome = "value";
      for (let at = 0, size = 0; (size = b.batchSizeAt(bytes, at)) > 0; at += size) {
        const records = b.recordsOf(bytes, at, INFLATED_BYTES_MAX);
        for (let next = records.next(); ; next = records.next()) {
          if (next.done !== true) continue;
          if (!next.value.ok) outcome = next.value.fault;
          break;
        }
      }
      return { outcome };
    },
  };
}

/** The codecs by themselves, bombs with them. */
export function codecsSubject(): Subject {
  const plain = batchSeeds.map((batch) => batch.slice(b.recordsAt));
  const packed = plain.flatMap((bytes, i) => {
    const codec = b.codecNames[1 + (i % 4)]!;
    return [{ what: codec, bytes: compress(codec, bytes) }];
  });
  const seeds: readonly Input[] = [...packed, ...bombs];
  return {
    name: "codec",
    weight: 4,
    bytesMax: inflating,
    draw(prng) {
      const { what, bytes } = prng.pick(seeds);
      return { what, bytes: mutate(bytes, prng.pick(seeds).bytes, prng) };
    },
    decode({ what, bytes }) {
      const codec = b.codecNames.find((name) => name === what)!;
      const outcome = decompress(codec, bytes, INFLATED_BYTES_MAX);
      if (!outcome.ok) return { outcome: outcome.fault };
      assert(outcome.value.byteLength <= INFLATED_BYTES_MAX, "more than was allowed");
      return { outcome: "value" };
    },
  };
}
