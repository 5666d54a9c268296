// What a declaration is compiled for, and what follows from that for a single field: whether it is
// there, its fallback, and the least bytes it takes on the wire.
//
// Lives on: anywhere.

import type { AnyField, Shape, Spec } from "../schema.ts";

/** Whether an int64 that is not declared exact becomes a number or a bigint. */
export type IntegerMode = "number" | "bigint";

export type Target = {
  /** Of the message. */
  readonly name: string;
  readonly version: number;
  readonly flexible: boolean;
  readonly mode: IntegerMode;
};

export function isField(element: Shape | AnyField): element is AnyField {
  return "spec" in element && typeof (element as AnyField).from === "function";
}

export function isHere(spec: Spec, { version, flexible }: Target): boolean {
  if (spec.tag >= 0 && !flexible) return false;
  return spec.since <= version && version <= spec.last;
}

export function isNullable(spec: Spec, { version }: Target): boolean {
  return spec.nullableSince <= version;
}

export function isBigInt(spec: Spec, { mode }: Target): boolean {
  return spec.exact || mode === "bigint";
}

/** What application code sees where the version lacks the field or a tag is left out. */
export function fallbackOf(spec: Spec, target: Target): unknown {
  if (spec.wire === "int64" && isBigInt(spec, target)) return BigInt(spec.fallback as number);
  if (spec.wire !== "struct" || spec.fallback === null) return spec.fallback;
  const fields = Object.entries(spec.element as Shape);
  return Object.freeze(
    Object.fromEntries(fields.map(([key, field]) => [key, fallbackOf(field.spec, target)])),
  );
}

/** Bytes of the types whose size does not depend on the value. */
const fixedBytes: Readonly<Partial<Record<Spec["wire"], number>>> = {
  boolean: 1,
  int8: 1,
  int16: 2,
  uint16: 2,
  int32: 4,
  uint32: 4,
  int64: 8,
  float64: 8,
  uuid: 16,
};

export function fixedBytesOf(spec: Spec): number | undefined {
  return fixedBytes[spec.wire];
}

/** What a count of elements is checked against before a single one is read. */
export function elementBytesMin(element: Shape | AnyField, target: Target): number {
  const least = isField(element) ? bytesMin(element.spec, target) : shapeBytesMin(element, target);
  // An element of no bytes at all would make any count possible.
  return Math.max(1, least);
}

function shapeBytesMin(shape: Shape, target: Target): number {
  let least = target.flexible ? 1 : 0;
  for (const { spec } of Object.values(shape)) {
    if (spec.tag < 0 && isHere(spec, target)) least += bytesMin(spec, target);
  }
  return least;
}

function bytesMin(spec: Spec, target: Target): number {
  const fixed = fixedBytesOf(spec);
  if (fixed !== undefined) return fixed;
  if (spec.wire === "struct") {
    return isNullable(spec, target) ? 1 : shapeBytesMin(spec.element as Shape, target);
  }
  if (target.flexible && !spec.inflexible) return 1;
  return spec.wire === "string" ? 2 : 4;
}
