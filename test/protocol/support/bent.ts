// A message of any declared shape in which one place is bent: the walk over the declaration writes
// every field it has (arrays with one element, nothing null, every tagged field), with the sizes
// around a bent field right, so that nothing but the field itself can be what a decoder complains of.

import type { AnyField, Shape, Spec } from "../../../src/protocol/schema.ts";
import { Writer } from "../../../src/protocol/wire.ts";
import type { Target } from "./walker.ts";

const isField = (element: Shape | AnyField): element is AnyField => "orElse" in element;
export const isHere = (spec: Spec, { version, flexible }: Target): boolean =>
  version >= spec.since && version <= spec.last && (spec.tag < 0 || flexible);

/** One field, or the tags at the end of one struct, in one message. */
export type Place =
  | { readonly kind: "field"; readonly path: string; readonly spec: Spec }
  | { readonly kind: "tags"; readonly path: string };

/** What stands in one place instead; `cut`: the message ends right behind it. */
export type Bend = {
  readonly path: string;
  readonly bytes: Uint8Array;
  readonly cut?: boolean;
  /** Instead of `bytes`, of a tagged field: with a byte behind its value, or once more behind itself. */
  readonly tagged?: "padded" | "twice";
  /** Where it came to stand in the message, once written. */
  at?: number;
};

class Cut extends Error {}

/** All places of a shape, paths written as errors write them. */
export function placesOf(shape: Shape, target: Target, path = ""): Place[] {
  const places: Place[] = [];
  const fields = Object.entries(shape).filter(([, { spec }]) => isHere(spec, target));
  for (const [key, { spec }] of fields) {
    const at = path + key;
    places.push({ kind: "field", path: at, spec });
    const element = spec.element as Shape | AnyField | undefined;
    if (element === undefined) continue;
    const inner = spec.wire === "array" ? `${at}[0]` : at;
    if (isField(element)) places.push({ kind: "field", path: inner, spec: element.spec });
    else places.push(...placesOf(element, target, `${inner}.`));
  }
  if (target.flexible) places.push({ kind: "tags", path: `${path}unknownTags` });
  return places;
}

/** The bytes of a message with that bend, or of a right one. */
export function messageBytes(shape: Shape, target: Target, bend?: Bend): Uint8Array {
  const writer = new Writer();
  try {
    writeShape(writer, shape, target, "", bend);
  } catch (error) {
    if (!(error instanceof Cut)) throw error;
  }
  return writer.finish();
}

function put(writer: Writer, bend: Bend): void {
  bend.at = writer.length;
  writer.raw(bend.bytes);
  if (bend.cut === true) throw new Cut();
}

function writeShape(w: Writer, shape: Shape, target: Target, path: string, bend?: Bend): void {
  const here = Object.entries(shape).filter(([, { spec }]) => isHere(spec, target));
  for (const [key, { spec }] of here) {
    if (spec.tag < 0) writeField(w, spec, target, path + key, bend);
  }
  if (!target.flexible) return;
  if (bend?.path === `${path}unknownTags`) return put(w, bend);
  const tagged = here.filter(([, { spec }]) => spec.tag >= 0);
  tagged.sort(([, a], [, b]) => a.spec.tag - b.spec.tag);
  const bent = tagged.find(([key]) => bend?.tagged !== undefined && bend.path === path + key);
  if (bent !== undefined && bend?.tagged === "twice") {
    tagged.splice(tagged.indexOf(bent), 0, bent);
  }
  w.uvarint(tagged.length);
  for (const [key, { spec }] of tagged) {
    w.uvarint(spec.tag);
    const size = w.beginSized();
    try {
      writeField(w, spec, target, path + key, bend);
      if (bent?.[0] === key && bend?.tagged === "padded") w.int8(0);
    } finally {
      w.endSized(size);
    }
  }
}

function writeField(w: Writer, spec: Spec, target: Target, path: string, bend?: Bend): void {
  if (bend?.path === path) {
    if (bend.tagged === undefined) return put(w, bend);
    bend.at = w.length;
  }
  const { flexible, version } = target;
  const element = spec.element as Shape | AnyField;
  switch (spec.wire) {
    case "struct":
      if (version >= spec.nullableSince) w.present(true);
      return writeShape(w, element as Shape, target, `${path}.`, bend);
    case "array":
      if (flexible) w.compactCount(1);
      else w.count(1);
      if (isField(element)) return writeField(w, element.spec, target, `${path}[0]`, bend);
      return writeShape(w, element, target, `${path}[0].`, bend);
    default:
      w.raw(plainBytes(spec, flexible));
  }
}

/** A right value of a plain field: zero, or the text "abc". */
export function plainBytes({ wire, inflexible }: Spec, flexible: boolean): Uint8Array {
  switch (wire) {
    case "boolean":
    case "int8":
      return new Uint8Array(1);
    case "int16":
    case "uint16":
      return new Uint8Array(2);
    case "int32":
    case "uint32":
      return new Uint8Array(4);
    case "int64":
    case "float64":
      return new Uint8Array(8);
    case "uuid":
      return new Uint8Array(16);
    default: {
      const length = flexible && !inflexible ? [4] : wire === "string" ? [0, 3] : [0, 0, 0, 3];
      return Uint8Array.of(...length, 0x61, 0x62, 0x63);
    }
  }
}
