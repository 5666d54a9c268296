// The compiler's independent oracle: walks the declaration field by field, for every message again.
// It shares the primitives of wire.ts with the compiled codecs, and nothing else.

import type { AnyField, Shape, Spec } from "../../../src/protocol/schema.ts";
import type { Reader } from "../../../src/protocol/wire.ts";
import { WireError, Writer } from "../../../src/protocol/wire.ts";
import type { Mode } from "./vectors.ts";
import { fallbackIn } from "./vectors.ts";

export type Value = Record<string, unknown>;
export type Target = { readonly version: number; readonly flexible: boolean; readonly mode: Mode };

const capital = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);
const methods = (of: Reader | Writer) =>
  of as unknown as Record<string, (value?: unknown) => unknown>;

/** The name of the method of Reader and Writer that carries a plain field. */
function methodOf(spec: Spec, { version, mode, ...target }: Target): string {
  const flexible = target.flexible && !spec.inflexible;
  if (spec.wire === "int64") return spec.exact || mode === "bigint" ? "int64Exact" : "int64";
  if (spec.wire !== "string" && spec.wire !== "bytes") return spec.wire;
  const type = spec.wire === "bytes" && !flexible ? "bytes32" : spec.wire;
  const nullable = version >= spec.nullableSince ? `nullable${capital(type)}` : type;
  return flexible ? `compact${capital(nullable)}` : nullable;
}

const isField = (element: Shape | AnyField): element is AnyField => "orElse" in element;
const isHere = (spec: Spec, { version, flexible }: Target): boolean =>
  version >= spec.since && version <= spec.last && (spec.tag < 0 || flexible);

function readField(spec: Spec, r: Reader, target: Target): unknown {
  const nullable = target.version >= spec.nullableSince;
  if (spec.wire === "struct") {
    const present = () => (spec.tag < 0 ? r.present() : r.taggedPresent());
    return nullable && !present() ? null : walkIn(spec.element as Shape, r, target);
  }
  if (spec.wire !== "array") return methods(r)[methodOf(spec, target)]!();
  const element = spec.element as Shape | AnyField;
  const count = target.flexible ? r.compactCount(1) : r.count(1);
  if (count < 0) return nullable ? null : r.some(count);
  return Array.from({ length: count }, () =>
    isField(element) ? readField(element.spec, r, target) : walkIn(element, r, target),
  );
}

/** Decodes. */
export function walkIn(shape: Shape, r: Reader, target: Target): Value {
  const fields = Object.entries(shape).map(([key, { spec }]) => ({ key, spec }));
  const value: Value = {};
  for (const { key, spec } of fields) {
    const isPlain = isHere(spec, target) && spec.tag < 0;
    value[key] = isPlain ? readField(spec, r, target) : fallbackIn(spec, target.mode);
  }
  const whole = r.end;
  for (let n = target.flexible ? r.uvarint() : 0, before = -1; n > 0; n--) {
    const tag = r.uvarint();
    if (tag <= before) throw new WireError("tag order", r.at);
    before = tag;
    const end = r.tagEnd();
    const known = fields.find(({ spec }) => spec.tag === tag && isHere(spec, target));
    if (known === undefined) {
      const bytes = Uint8Array.prototype.slice.call(r.bytes, r.at, end);
      value["unknownTags"] = [...((value["unknownTags"] as object[]) ?? []), { tag, bytes }];
      r.at = end;
    } else {
      r.end = end;
      value[known.key] = readField(known.spec, r, target);
      r.end = whole;
    }
    if (r.at !== end) throw new WireError("tag end", r.at);
  }
  return value;
}

function writeField(spec: Spec, w: Writer, value: unknown, target: Target): void {
  const nullable = target.version >= spec.nullableSince;
  if (spec.wire === "struct") {
    if (nullable && spec.tag < 0) w.present(value !== null);
    if (nullable && spec.tag >= 0) w.taggedPresent(value !== null);
    if (value !== null) walkOut(spec.element as Shape, w, value as Value, target);
  } else if (spec.wire === "array") {
    const element = spec.element as Shape | AnyField;
    const items = value as unknown[] | null;
    const count = items === null ? -1 : items.length;
    if (target.flexible) w.compactCount(count);
    else w.count(count);
    for (const item of items ?? []) {
      if (isField(element)) writeField(element.spec, w, item, target);
      else walkOut(element, w, item as Value, target);
    }
  } else methods(w)[methodOf(spec, target)]!(value);
}

/** Encodes a whole value: every field present. */
export function walkOut(shape: Shape, w: Writer, value: Value, target: Target): void {
  const tags: { tag: number; bytes: Uint8Array }[] = [];
  for (const [key, { spec }] of Object.entries(shape)) {
    if (!isHere(spec, target)) continue;
    if (spec.tag < 0) {
      writeField(spec, w, value[key], target);
      continue;
    }
    const [tagged, fallback] = [new Writer(), new Writer()];
    writeField(spec, tagged, value[key], target);
    const bytes = tagged.finish();
    // Left out when it is what the fallback would have been.
    const isNull = fallbackIn(spec, target.mode) === null;
    if (!isNull) writeField(spec, fallback, fallbackIn(spec, target.mode), target);
    const same = isNull ? value[key] === null : Buffer.compare(bytes, fallback.finish()) === 0;
    if (!same) tags.push({ tag: spec.tag, bytes });
  }
  if (!target.flexible) return;
  tags.push(...((value["unknownTags"] as typeof tags) ?? []));
  w.uvarint(tags.length);
  for (const { tag, bytes } of tags.sort((a, b) => a.tag - b.tag)) {
    w.uvarint(tag);
    w.uvarint(bytes.length);
    w.raw(bytes);
  }
}
