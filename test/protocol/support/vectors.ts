// The checked-in instances that Kafka's own classes wrote (test/oracle), and their JSON turned
// into the values that our codecs give and take.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { jsonCodec } from "../../../src/protocol/json/convert.ts";
import type { JsonCodec } from "../../../src/protocol/json/convert.ts";
import type { Json, JsonObject } from "../../../src/protocol/json/text.ts";
import { isRawNumber, parseJson } from "../../../src/protocol/json/text.ts";
import type { Message, Shape, Spec } from "../../../src/protocol/schema.ts";

export type Vector = {
  readonly message: string;
  readonly version: number;
  /** There are tags in the bytes that the JSON does not show. */
  readonly unknownTags?: true;
  readonly json: JsonObject;
  readonly hex: string;
};
export type Mode = "number" | "bigint";

export function loadVectors(): readonly Vector[] {
  const packed = readFileSync(join(import.meta.dirname, "../vectors.jsonl.gz"));
  const lines = gunzipSync(packed).toString("utf8").trimEnd().split("\n");
  return lines.map((line) => parseJson(line) as unknown as Vector);
}

/** What the fallback of a field looks like in this mode. */
export function fallbackIn(spec: Spec, mode: Mode): unknown {
  if (spec.wire === "int64" && typeof spec.fallback === "number" && mode === "bigint") {
    return BigInt(spec.fallback);
  }
  if (spec.wire !== "struct" || spec.fallback === null) return spec.fallback;
  const fields = Object.entries(spec.element as Shape);
  return Object.fromEntries(fields.map(([key, field]) => [key, fallbackIn(field.spec, mode)]));
}

const codecs = new Map<string, JsonCodec>();

/** The whole value: what the JSON says, fallbacks for the rest. */
export function valueOf(
  { name, shape, flexibleFrom }: Message<Shape>,
  { version, json }: Vector,
  mode: Mode,
): Record<string, unknown> {
  const key = `${name} ${version} ${mode}`;
  let codec = codecs.get(key);
  if (codec === undefined) {
    codec = jsonCodec(shape, { name, version, flexible: version >= flexibleFrom, mode });
    codecs.set(key, codec);
  }
  return codec.fromJson(json);
}

/** The same value without the tags that no declaration knows, at any depth. */
export function withoutUnknownTags(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutUnknownTags);
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return value;
  const known = Object.entries(value).filter(([key]) => key !== "unknownTags");
  return Object.fromEntries(known.map(([key, held]) => [key, withoutUnknownTags(held)]));
}

/** Whether some integer needs more than a number's 53 bits. */
export function isWide(json: Json): boolean {
  if (isRawNumber(json)) return true;
  if (typeof json !== "object" || json === null) return false;
  return Object.values(json as JsonObject).some(isWide);
}
