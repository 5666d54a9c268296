// Mutated messages: whatever the bytes, a decoder either gives a value, which can be written and read
// again as the same, or throws a WireError; and the compiled decoder and the walker agree on which.
//
//   node test/protocol/support/fuzz.ts --rounds 1000000 [--seed N]

import assert from "node:assert/strict";
import { Prng } from "../../../src/base/prng.ts";
import { Reader, WireError, Writer } from "../../../src/protocol/wire.ts";
import type { Codec } from "../../../src/protocol/schema.ts";
import { declared } from "./declared.ts";
import { loadVectors } from "./vectors.ts";
import type { Value } from "./walker.ts";
import { walkIn } from "./walker.ts";

export type FuzzReport = { readonly refused: number; readonly taken: number };

/** Bytes that are likely to be the sign or the length that something hangs on. */
const temptingBytes = [0x00, 0x01, 0x02, 0x7f, 0x80, 0xfe, 0xff];

function mutate(bytes: Uint8Array, other: Uint8Array, prng: Prng): Uint8Array {
  const at = prng.below(bytes.length + 1);
  const copy = Uint8Array.from(bytes);
  switch (prng.below(8)) {
    case 0:
      if (at < copy.length) copy[at]! ^= 1 << prng.below(8);
      return copy;
    case 1:
      if (at < copy.length) copy[at] = temptingBytes[prng.below(temptingBytes.length)]!;
      return copy;
    case 2:
      return copy.subarray(0, at);
    case 3:
      return Uint8Array.from([...copy.subarray(0, at), prng.below(256), ...copy.subarray(at)]);
    case 4:
      return Uint8Array.from([...copy.subarray(0, at), ...copy.subarray(at + 1 + prng.below(4))]);
    case 5:
      return Uint8Array.from([
        ...copy.subarray(0, at),
        ...other.subarray(prng.below(other.length + 1)),
      ]);
    case 6:
      // A length of four bytes, or a varint of five.
      copy.fill(0xff, at, at + 4 + prng.below(2));
      return copy;
    default:
      return copy.map((byte) => (prng.below(4) === 0 ? prng.below(256) : byte));
  }
}

function outcomeOf<T>(decode: () => T): { value: T } | { error: WireError } {
  try {
    return { value: decode() };
  } catch (error) {
    if (error instanceof WireError) return { error };
    throw error;
  }
}

/** One mutated message of each draw; throws with all that is needed to see it again. */
export function fuzz(rounds: number, seed: number): FuzzReport {
  const vectors = loadVectors()
    .filter(({ message }) => declared.has(message))
    .map((vector) => ({ ...vector, bytes: new Uint8Array(Buffer.from(vector.hex, "hex")) }));
  const prng = new Prng(seed);
  let refused = 0;
  for (let round = 0; round < rounds; round++) {
    const { message: name, version, bytes } = vectors[prng.below(vectors.length)]!;
    let mutant: Uint8Array = bytes;
    for (let n = prng.below(3); n >= 0; n--) {
      mutant = mutate(mutant, vectors[prng.below(vectors.length)]!.bytes, prng);
    }
    try {
      if (isRefused(name, version, mutant)) refused++;
    } catch (error) {
      const hex = Buffer.from(mutant).toString("hex");
      throw new Error(`seed ${seed}, round ${round}: ${name} v${version} ${hex}`, { cause: error });
    }
  }
  return { refused, taken: rounds - refused };
}

function encoded(codec: Codec<Value>, value: Value): Uint8Array {
  const writer = new Writer();
  codec.encode(writer, value);
  return writer.finish();
}

function isRefused(name: string, version: number, bytes: Uint8Array): boolean {
  const message = declared.get(name)!;
  const codec = message.exactly(version);
  const outcome = outcomeOf(() => codec.decode(new Reader(bytes)));
  const target = { version, flexible: version >= message.flexibleFrom, mode: "bigint" } as const;
  const walked = outcomeOf(() => walkIn(message.shape, new Reader(bytes), target));
  // The number mode refuses more, but never otherwise.
  outcomeOf(() => message.at(version).decode(new Reader(bytes)));
  if ("error" in outcome) {
    assert("error" in walked, "the walker took it");
    assert(outcome.error.where.startsWith(`${name} v${version} `), outcome.error.message);
    return true;
  }
  assert("value" in walked, "the walker refused it");
  assert.deepEqual(outcome.value, walked.value);
  // Padded varints, malformed text and tags out of order are written as they should have been; what
  // comes of that once stays so.
  const once = encoded(codec, outcome.value);
  assert.deepEqual(encoded(codec, codec.decode(new Reader(once))), once);
  return false;
}

if (import.meta.main) {
  const option = (name: string, fallback: number): number => {
    const at = process.argv.indexOf(name);
    return at < 0 ? fallback : Number(process.argv[at + 1]);
  };
  const seed = option("--seed", Math.trunc(Math.random() * 2 ** 31));
  const rounds = option("--rounds", 100_000);
  console.log(`${rounds} rounds, seed ${seed}`);
  console.log(fuzz(rounds, seed), `RSS ${Math.round(process.memoryUsage.rss() / 2 ** 20)} MiB`);
}
