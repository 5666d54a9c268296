// fast-check arbitraries for the values of any declared shape, whole as a decoder gives them.

import fc from "fast-check";
import type { AnyField, Shape, Spec } from "../../../src/protocol/schema.ts";
import { uuidText } from "../../../src/base/uuid.ts";
import type { Target } from "./walker.ts";
import { fallbackIn } from "./vectors.ts";

const isField = (element: Shape | AnyField): element is AnyField => "orElse" in element;

const uuids = fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => uuidText(bytes));
const wide = fc.oneof(
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.constantFrom(0n, -1n, 2n ** 63n - 1n, -(2n ** 63n)),
);

function integers(bits: number, signed: boolean): fc.Arbitrary<number> {
  const min = signed ? -(2 ** (bits - 1)) : 0;
  const max = signed ? 2 ** (bits - 1) - 1 : 2 ** bits - 1;
  return fc.oneof(
    fc.integer({ min: Math.max(min, -1), max: Math.min(max, 300) }),
    fc.constantFrom(min, max),
  );
}

function plain(spec: Spec, target: Target): fc.Arbitrary<unknown> {
  switch (spec.wire) {
    case "boolean":
      return fc.boolean();
    case "int8":
      return integers(8, true);
    case "int16":
      return integers(16, true);
    case "uint16":
      return integers(16, false);
    case "int32":
      return integers(32, true);
    case "uint32":
      return integers(32, false);
    case "int64":
      return spec.exact || target.mode === "bigint" ? wide : fc.maxSafeInteger();
    case "float64":
      return fc.double({ noNaN: true });
    case "uuid":
      return uuids;
    case "string":
      return fc.string({ unit: "grapheme", maxLength: 20 });
    case "bytes":
      return fc.uint8Array({ maxLength: 140 });
    case "struct":
      return valuesOf(spec.element as Shape, target);
    case "array": {
      const element = spec.element as Shape | AnyField;
      const items = isField(element) ? plain(element.spec, target) : valuesOf(element, target);
      return fc.array(items, { maxLength: 3 });
    }
  }
}

/** Values in which a field that the version lacks, or half of the tagged ones, has its fallback. */
export function valuesOf(shape: Shape, target: Target): fc.Arbitrary<Record<string, unknown>> {
  const { version, flexible, mode } = target;
  const fields: Record<string, fc.Arbitrary<unknown>> = {};
  for (const [key, { spec }] of Object.entries(shape)) {
    const isHere = version >= spec.since && version <= spec.last && (spec.tag < 0 || flexible);
    const fallback = fc.constant(fallbackIn(spec, mode));
    const present = plain(spec, target);
    const value = version >= spec.nullableSince ? fc.option(present, { freq: 3 }) : present;
    fields[key] = !isHere ? fallback : spec.tag < 0 ? value : fc.oneof(fallback, value);
  }
  return fc.record(fields, { noNullPrototype: true });
}
