// Lines for Kafka to read: what our codec makes of the oracle's lines, and instances drawn from our own
// declarations, so that a field which only we have, or have elsewhere, comes to light.
//
// Lives on: the developer's machine.

import fc from "fast-check";
import { Prng } from "../../src/base/prng.ts";
import { batchFromJson, batchToJson } from "../../src/protocol/json/batch.ts";
import { exactJson } from "../../src/protocol/json/convert.ts";
import type { JsonCodec } from "../../src/protocol/json/convert.ts";
import type { Json } from "../../src/protocol/json/text.ts";
import { parseJson, printJson } from "../../src/protocol/json/text.ts";
import { buildBatch, codecNames } from "../../src/protocol/record-batch.ts";
import type { RecordDraft } from "../../src/protocol/record-batch.ts";
import { messagesByName } from "../../src/protocol/registry.ts";
import type { Message, Shape } from "../../src/protocol/schema.ts";
import { Reader, Writer } from "../../src/protocol/wire.ts";
import { versionsOf } from "../protocol/support/declared.ts";
import { valuesOf } from "../protocol/support/values.ts";

export type Line = {
  readonly message?: string;
  readonly version?: number;
  readonly unknownTags?: boolean;
  readonly json: Json;
  readonly hex: string;
};

const bytesOf = (hex: string) => Uint8Array.from(Buffer.from(hex, "hex"));
const hexOf = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

const codecs = new Map<string, JsonCodec>();

/** Making one costs more than using it. */
function jsonCodecOf(message: Message<Shape>, version: number): JsonCodec {
  const key = `${message.name} ${version}`;
  let codec = codecs.get(key);
  if (codec === undefined) codecs.set(key, (codec = exactJson(message, version)));
  return codec;
}

function encoded(message: Message<Shape>, version: number, value: Record<string, unknown>) {
  const writer = new Writer();
  message.exactly(version).encode(writer, value);
  return hexOf(writer.finish());
}

/** The oracle's line with our bytes for its JSON; or for its own bytes, which hold more than that. */
export function withOurBytes(text: string, line: Line): string {
  const hex = line.message === undefined ? hexOf(batchFromJson(line.json)) : messageHex(line);
  // The JSON stays in its own characters: -0.0 is parsed as such, but would be printed as 0.
  return `${text.slice(0, text.lastIndexOf('"hex":'))}"hex":"${hex}"}`;
}

function messageHex({ message: name = "", version = 0, unknownTags, json, hex }: Line): string {
  const message = messagesByName.get(name);
  if (message === undefined) throw new Error("it is not declared");
  const value = unknownTags
    ? message.exactly(version).decodeWhole(new Reader(bytesOf(hex)))
    : jsonCodecOf(message, version).fromJson(json);
  return encoded(message, version, value);
}

export const pairOf = (message: string, version: number): string => `${message} v${version}`;

/** `count` of each of these pairs, drawn from the declarations. */
export function* drawnMessages(
  pairs: ReadonlySet<string>,
  count: number,
  seed: number,
): Generator<string> {
  for (const message of messagesByName.values()) {
    for (const version of versionsOf(message)) {
      // Newer than the oracle.
      if (!pairs.has(pairOf(message.name, version))) continue;
      const flexible = version >= message.flexibleFrom;
      const drawn = valuesOf(message.shape, { version, flexible, mode: "bigint" });
      for (const value of fc.sample(drawn, { numRuns: count, seed })) {
        const json = jsonCodecOf(message, version).toJson(value);
        const hex = encoded(message, version, value);
        yield printJson({ message: message.name, version, json, hex });
      }
    }
  }
}

export function parseLine(text: string): Line {
  return parseJson(text) as unknown as Line;
}

/** The attributes' low bits: none, gzip, snappy, lz4, zstd. */
export function codecOf({ json }: Line): number {
  return (json as { attributes: number }).attributes & 7;
}

/** `count` batches in each codec, as a producer or a node of ours builds them. */
export function* drawnBatches(count: number, seed: number): Generator<string> {
  const prng = new Prng(seed);
  for (const compression of codecNames) {
    for (let i = 0; i < count; i++) {
      const records = Array.from({ length: prng.pick([1, 2, 70, 300]) }, () => drawnRecord(prng));
      const batch = buildBatch(records, {
        compression,
        baseOffset: prng.pick([0, 77, 2 ** 40]),
        leaderEpoch: prng.pick([-1, 5]),
        ...(prng.chance(0.5)
          ? { producerId: 2 ** 40, producerEpoch: 3, baseSequence: 2 ** 31 - 5 }
          : {}),
        transactional: prng.chance(0.3),
        ...(prng.chance(0.2) ? { logAppendTimeMs: 1_700_000_123_456 } : {}),
      });
      yield printJson({ json: batchToJson(batch), hex: hexOf(batch) });
    }
  }
}

function drawnRecord(prng: Prng): RecordDraft {
  const maybe = (lengthMax: number) => (prng.chance(0.2) ? null : drawnBytes(prng, lengthMax));
  const headers = Array.from({ length: prng.chance(0.3) ? prng.below(4) : 0 }, () => ({
    key: prng.pick(["", "trace", "Schlüssel 🔑", "k".repeat(100)]),
    value: maybe(30),
  }));
  const timestampMs = 1_700_000_000_000 + prng.between(-40_000, 40_000) * prng.pick([0, 1, 90_000]);
  return { key: maybe(40), value: maybe(prng.chance(0.02) ? 90_000 : 300), headers, timestampMs };
}

/** Half of it repeats, so that codecs have something to do. */
function drawnBytes(prng: Prng, lengthMax: number): Uint8Array {
  const drawn = prng.bytes(prng.below(lengthMax));
  return drawn.map((byte, at) => (at % 8 < 5 ? 97 + (at % 8) : byte));
}
