// The checked-in instances that Kafka's own classes wrote (test/oracle), and their JSON turned
// into the values that our codecs give and take.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import type { AnyField, Shape, Spec } from "../../../src/protocol/schema.ts";

export type Json = null | boolean | number | bigint | string | Json[] | { [key: string]: Json };
export type Vector = {
  readonly message: string;
  readonly version: number;
  /** There are tags in the bytes that the JSON does not show. */
  readonly unknownTags?: true;
  readonly json: { [key: string]: Json };
  readonly hex: string;
};
export type Mode = "number" | "bigint";

/** Integers that a number cannot hold come out as bigints. */
function keepDigits(_key: string, value: unknown, context: { source?: string }): unknown {
  if (typeof value !== "number" || Number.isSafeInteger(value)) return value;
  return /^-?\d+$/.test(context.source ?? "") ? BigInt(context.source ?? "") : value;
}

export function loadVectors(): readonly Vector[] {
  const packed = readFileSync(join(import.meta.dirname, "../vectors.jsonl.gz"));
  const parse = JSON.parse as (text: string, reviver: typeof keepDigits) => Vector;
  const lines = gunzipSync(packed).toString("utf8").trimEnd().split("\n");
  return lines.map((line) => parse(line, keepDigits));
}

function plainBytes(base64: string): Uint8Array {
  return new Uint8Array(Buffer.from(base64, "base64"));
}

function isField(element: Shape | AnyField): element is AnyField {
  return "spec" in element && "orElse" in element;
}

/** What the fallback of a field looks like in this mode. */
export function fallbackIn(spec: Spec, mode: Mode): unknown {
  if (spec.wire === "int64" && typeof spec.fallback === "number" && mode === "bigint") {
    return BigInt(spec.fallback);
  }
  const isStruct = spec.wire === "struct" && spec.fallback !== null;
  return isStruct ? valueOf(spec.element as Shape, {}, mode) : spec.fallback;
}

function fieldValue(spec: Spec, json: Json, mode: Mode): unknown {
  if (json === null) return null;
  switch (spec.wire) {
    case "int64":
      return spec.exact || mode === "bigint" ? BigInt(json as number | bigint) : json;
    case "float64":
      // Jackson quotes NaN and the infinities.
      return Number(json);
    case "bytes":
      return plainBytes(json as string);
    case "struct":
      return valueOf(spec.element as Shape, json as { [key: string]: Json }, mode);
    case "array": {
      const element = spec.element as Shape | AnyField;
      return (json as Json[]).map((item) =>
        isField(element)
          ? fieldValue(element.spec, item, mode)
          : valueOf(element, item as { [key: string]: Json }, mode),
      );
    }
    default:
      return json;
  }
}

/** The whole value of a shape: what the JSON says, fallbacks for the rest. */
export function valueOf(
  shape: Shape,
  json: { [key: string]: Json },
  mode: Mode,
): Record<string, unknown> {
  const value: Record<string, unknown> = {};
  for (const [key, { spec }] of Object.entries(shape)) {
    const given = json[key];
    value[key] = given === undefined ? fallbackIn(spec, mode) : fieldValue(spec, given, mode);
  }
  return value;
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
  if (typeof json === "bigint") return true;
  if (typeof json !== "object" || json === null) return false;
  return Object.values(json).some(isWide);
}
