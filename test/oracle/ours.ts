// Lines for Kafka to read: what our codec makes of the oracle's lines, and instances drawn from our own
// declarations, so that a field which only we have, or have elsewhere, comes to light.
//
// Lives on: the developer's machine.

import fc from "fast-check";
import { batchFromJson } from "../../src/protocol/json/batch.ts";
import { exactJson } from "../../src/protocol/json/convert.ts";
import type { JsonCodec } from "../../src/protocol/json/convert.ts";
import type { Json } from "../../src/protocol/json/text.ts";
import { parseJson, printJson } from "../../src/protocol/json/text.ts";
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
