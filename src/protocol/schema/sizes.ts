// Which fields a version has, and the least bytes an element can take on the wire: what a count is
// checked against before a single element is read.
//
// Lives on: anywhere.

import type { AnyField, Shape, Spec } from "../schema.ts";

export type IntegerMode = "number" | "bigint";

export type Target = {
  readonly version: number;
  readonly flexible: boolean;
  readonly mode: IntegerMode;
  readonly name: string;
};

export function isField(element: Shape | AnyField): element is AnyField {
  return "spec" in element && typeof (element as AnyField).from === "function";
}

export function fieldIsHere(spec: Spec, { version, flexible }: Target): boolean {
  if (spec.tag >= 0 && !flexible) return false;
  return spec.since <= version && version <= spec.last;
}

const FIXED: Readonly<Record<string, number>> = {
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

export function elementBytesMin(element: Shape | AnyField, target: Target): number {
  const least = isField(element) ? fieldBytes(element.spec, target) : shapeBytes(element, target);
  // An element of no bytes at all would make any count possible.
  return Math.max(1, least);
}

function shapeBytes(shape: Shape, target: Target): number {
  let least = target.flexible ? 1 : 0;
  for (const { spec } of Object.values(shape)) {
    if (spec.tag < 0 && fieldIsHere(spec, target)) least += fieldBytes(spec, target);
  }
  return least;
}

function fieldBytes(spec: Spec, target: Target): number {
  const fixed = FIXED[spec.wire];
  if (fixed !== undefined) return fixed;
  if (spec.wire === "struct") {
    return spec.nullableSince <= target.version ? 1 : shapeBytes(spec.element as Shape, target);
  }
  if (target.flexible) return 1;
  return spec.wire === "string" ? 2 : 4;
}
