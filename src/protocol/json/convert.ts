// The values of a declaration as JSON and back, in the shape of Kafka's generated JsonConverter
// classes: the fields of one version under their names, bytes as base64, tagged fields left out at
// their default. Kafka prints records as ""; here they are their bytes.
//
// Unlike Kafka's, this refuses names that the version does not have: most are slips of the pen.
//
// Lives on: anywhere (tools; no hot path).

import type { AnyField, Message, Shape, Spec, UnknownTag } from "../schema.ts";
import type { Target } from "../schema/target.ts";
import { fallbackOf, isField, isHere, isNullable } from "../schema/target.ts";
import { defaultTest } from "./default-test.ts";
import { JsonError } from "./json-error.ts";
import type { Json, JsonObject } from "./text.ts";
import { doubleJson, integerJson, isJsonObject, isRawNumber, isWhole } from "./text.ts";

export type Value = Record<string, unknown>;

export type ShownJson = {
  /** Also tagged fields that are not known here, as `unknownTags: [{tag, bytes}]`. */
  readonly unknownTags?: boolean;
  /** How record batches are shown, instead of as base64. */
  readonly batches?: (bytes: Uint8Array) => Json;
};

export type JsonCodec = {
  readonly toJson: (value: Value, shown?: ShownJson) => JsonObject;
  /** Throws a JsonError. The value is whole: what may be left out has its default. */
  readonly fromJson: (json: Json) => Value;
};

type Out = (value: never, shown: ShownJson) => Json;
type In = (json: Json) => unknown;
type Field = {
  readonly name: string;
  readonly isHere: boolean;
  readonly isTagged: boolean;
  readonly isNullable: boolean;
  readonly fallback: unknown;
  readonly isDefault: (value: unknown) => boolean;
  readonly out: Out;
  readonly in: In;
};

const plainly: ShownJson = {};

/** The JSON of one version, with every int64 a bigint: what `exactly(version)` of it reads. */
export function exactJson(message: Message<Shape>, version: number): JsonCodec {
  const flexible = version >= message.flexibleFrom;
  return jsonCodec(message.shape, { name: message.name, version, flexible, mode: "bigint" });
}

export function jsonCodec(shape: Shape, target: Target): JsonCodec {
  const fields = Object.entries(shape).map(([name, { spec }]) => fieldOf(name, spec, target));
  return {
    toJson: (value, shown = plainly) => structOut(fields, value, shown),
    fromJson: (json) => structIn(fields, target, json),
  };
}

function fieldOf(name: string, spec: Spec, target: Target): Field {
  return {
    name,
    isHere: isHere(spec, target),
    isTagged: spec.tag >= 0,
    isNullable: isNullable(spec, target),
    fallback: fallbackOf(spec, target),
    isDefault: defaultTest(spec, target),
    ...convertersOf(spec, target),
  };
}

function structOut(fields: readonly Field[], value: Value, shown: ShownJson): JsonObject {
  const json: Record<string, Json> = {};
  for (const field of fields) {
    if (!field.isHere) continue;
    const given = value[field.name];
    if (field.isTagged && field.isDefault(given)) continue;
    json[field.name] = given === null ? null : field.out(given as never, shown);
  }
  const tags = value["unknownTags"] as readonly UnknownTag[] | undefined;
  if (shown.unknownTags === true && tags !== undefined) {
    json["unknownTags"] = tags.map(({ tag, bytes }) => ({ tag, bytes: base64(bytes) }));
  }
  return json;
}

function structIn(fields: readonly Field[], target: Target, json: Json): Value {
  if (!isJsonObject(json)) throw new JsonError("is no object", json);
  const value: Value = {};
  let seen = 0;
  for (const field of fields) {
    const given = json[field.name];
    value[field.name] = given === undefined ? absent(field, target) : fieldIn(field, given, target);
    if (given !== undefined) seen += 1;
  }
  const tags = json["unknownTags"];
  if (tags !== undefined) {
    value["unknownTags"] = JsonError.within("unknownTags", () => tagsIn(tags, target));
    seen += 1;
  }
  if (seen !== Object.keys(json).length) refuseUnknown(fields, json);
  return value;
}

function absent({ name, isHere: here, isTagged, fallback }: Field, target: Target): unknown {
  if (!here || isTagged) return fallback;
  throw new JsonError(`is missing; version ${target.version} has it`).under(name);
}

function fieldIn(field: Field, json: Json, { version }: Target): unknown {
  const { name } = field;
  if (!field.isHere) throw new JsonError(`is no field of version ${version}`).under(name);
  if (json !== null) return JsonError.within(name, () => field.in(json));
  if (!field.isNullable)
    throw new JsonError(`is null, not allowed in version ${version}`).under(name);
  return null;
}

function refuseUnknown(fields: readonly Field[], json: JsonObject): never {
  const known = new Set(fields.map(({ name }) => name));
  const unknown = Object.keys(json).find((name) => name !== "unknownTags" && !known.has(name));
  throw new JsonError("is no field in any version").under(String(unknown));
}

function tagsIn(json: Json, target: Target): readonly UnknownTag[] {
  if (!target.flexible) throw new JsonError(`are not possible in version ${target.version}`);
  if (!Array.isArray(json)) throw new JsonError("is no array", json);
  return (json as readonly Json[]).map((entry, i) =>
    JsonError.within(`[${i}]`, () => {
      if (!isJsonObject(entry)) throw new JsonError("is no object", entry);
      const { tag, bytes } = entry;
      if (typeof tag !== "number") throw new JsonError("is no number", tag).under("tag");
      return { tag, bytes: JsonError.within("bytes", () => bytesIn(bytes ?? null)) };
    }),
  );
}

function convertersOf(spec: Spec, target: Target): { out: Out; in: In } {
  switch (spec.wire) {
    case "struct":
      return structConverters(spec.element as Shape, target);
    case "array":
      return arrayConverters(spec.element as Shape | AnyField, target);
    case "bytes":
      return { out: spec.batches ? batchesOut : base64, in: bytesIn };
    case "int64":
      return spec.exact || target.mode === "bigint"
        ? { out: integerJson, in: bigintIn }
        : { out: same, in: numberIn };
    case "float64":
      return { out: doubleJson, in: doubleIn };
    case "boolean":
      return { out: same, in: booleanIn };
    case "string":
    case "uuid":
      return { out: same, in: stringIn };
    default:
      return { out: same, in: numberIn };
  }
}

function structConverters(shape: Shape, target: Target): { out: Out; in: In } {
  const { toJson, fromJson } = jsonCodec(shape, target);
  return { out: (value: Value, shown) => toJson(value, shown), in: fromJson };
}

function arrayConverters(element: Shape | AnyField, target: Target): { out: Out; in: In } {
  const { out, in: read } = isField(element)
    ? convertersOf(element.spec, target)
    : structConverters(element, target);
  return {
    out: (values: readonly never[], shown) => values.map((value) => out(value, shown)),
    in: (json) => {
      if (!Array.isArray(json)) throw new JsonError("is no array", json);
      return (json as readonly Json[]).map((item, i) =>
        JsonError.within(`[${i}]`, () => read(item)),
      );
    },
  };
}

function same(value: never): Json {
  return value;
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");
}

function batchesOut(bytes: Uint8Array, { batches }: ShownJson): Json {
  return batches === undefined ? base64(bytes) : batches(bytes);
}

const base64Text = /^[A-Za-z0-9+/]*={0,2}$/;

function bytesIn(json: Json): Uint8Array {
  if (typeof json !== "string" || json.length % 4 !== 0 || !base64Text.test(json)) {
    throw new JsonError("is no base64", json);
  }
  const { buffer, byteOffset, byteLength } = Buffer.from(json, "base64");
  return new Uint8Array(buffer, byteOffset, byteLength);
}

function bigintIn(json: Json): bigint {
  if (typeof json === "number" && Number.isSafeInteger(json)) return BigInt(json);
  if (isRawNumber(json) && isWhole(json)) return BigInt(json.rawJSON);
  throw new JsonError("is no integer", json);
}

function numberIn(json: Json): number {
  if (typeof json === "number" && Number.isInteger(json)) return json;
  throw new JsonError("is no integer of that size", json);
}

function doubleIn(json: Json): number {
  if (typeof json === "number") return json;
  if (isRawNumber(json)) return Number(json.rawJSON);
  if (json === "NaN" || json === "Infinity" || json === "-Infinity") return Number(json);
  throw new JsonError("is no number", json);
}

function booleanIn(json: Json): boolean {
  if (typeof json !== "boolean") throw new JsonError("is neither true nor false", json);
  return json;
}

function stringIn(json: Json): string {
  if (typeof json !== "string") throw new JsonError("is no string", json);
  return json;
}
