// The compiler of declarations: turns the shape of one message at one version into the source of a
// decoder and an encoder, and that into functions. The generated code holds no version test, no
// lookup and no loop over fields. Names in it come from our own declarations, never from input.
//
// Lives on: anywhere.

import type { AnyField, Shape, Spec, UnknownTag } from "../schema.ts";
import type { Reader } from "../wire.ts";
import { WireError, Writer } from "../wire.ts";
import type { IntegerMode, Target } from "./sizes.ts";
import { elementBytesMin, fieldIsHere, isField } from "./sizes.ts";

// eslint-disable-next-line typescript/no-explicit-any
export type AnyCodec = { decode(reader: Reader): any; encode(writer: Writer, value: any): void };

/** A field as the generator sees it. */
type Part = {
  readonly key: string;
  readonly spec: Spec;
  /** Expressions over `r` (a Reader) and `w` (a Writer) and the name of a value. */
  readonly read: string;
  readonly write: (value: string) => string;
  /** The name under which the fallback is known in the generated code. */
  readonly fallback: string;
};

const NAME = /^[a-z][a-zA-Z0-9]*$/;

export function compileShape(shape: Shape, target: Target): AnyCodec {
  const fallbacks: unknown[] = [];
  const codecs: AnyCodec[] = [];
  const parts = Object.entries(shape).map(([key, { spec }]): Part => {
    if (!NAME.test(key)) throw new Error(`not a field name: ${key}`);
    const fallback = `d[${fallbacks.push(fallbackIn(spec, target.mode)) - 1}]`;
    return { key, spec, fallback, ...access(spec, target, codecs) };
  });
  const source = `"use strict";
    return {
      decode(r) {${decoderSource(parts, target)}},
      encode(w, o) {${encoderSource(parts, target)}},
    }; //# sourceURL=gofka/${target.name}.v${target.version}.${target.mode}`;
  const build = new Function("d", "x", "h", source) as (
    d: unknown[],
    x: AnyCodec[],
    h: typeof helpers,
  ) => AnyCodec;
  return build(fallbacks, codecs, helpers);
}

function fallbackIn(spec: Spec, mode: IntegerMode): unknown {
  if (mode === "bigint" && spec.wire === "int64" && typeof spec.fallback === "number") {
    return BigInt(spec.fallback);
  }
  return spec.fallback;
}

/** How a field is read and written at this version; structs and elements become codecs in `x`. */
function access(
  spec: Spec,
  target: Target,
  codecs: AnyCodec[],
  depth = 0,
): Pick<Part, "read" | "write"> {
  const nullable = spec.nullableSince <= target.version;
  const compact = target.flexible;
  switch (spec.wire) {
    case "string":
    case "bytes": {
      const type = spec.wire === "bytes" && !compact ? "bytes32" : spec.wire;
      const method = camel([compact ? "compact" : "", nullable ? "nullable" : "", type]);
      return { read: `r.${method}()`, write: (value) => `w.${method}(${value});` };
    }
    case "struct": {
      const x = `x[${codecs.push(compileShape(spec.element as Shape, target)) - 1}]`;
      if (!nullable) return { read: `${x}.decode(r)`, write: (v) => `${x}.encode(w, ${v});` };
      return {
        read: `(r.present() ? ${x}.decode(r) : null)`,
        write: (v) => `w.present(${v} !== null); if (${v} !== null) ${x}.encode(w, ${v});`,
      };
    }
    case "array": {
      const element = spec.element as Shape | AnyField;
      const count = compact ? "compactCount" : "count";
      const counted = `r.${count}(${elementBytesMin(element, target)})`;
      const one = isField(element)
        ? access(element.spec, target, codecs, depth + 1)
        : structElement(element, target, codecs);
      const n = nullable ? counted : `r.some(${counted})`;
      return {
        read: `h.readArray(r, ${n}, (r) => ${one.read})`,
        write: (v) =>
          (nullable ? `if (${v} === null) w.${count}(-1); else ` : "") +
          `{ w.${count}(${v}.length); for (let i = 0; i < ${v}.length; i++)` +
          ` { const e${depth} = ${v}[i]; ${one.write(`e${depth}`)} } }`,
      };
    }
    case "int64": {
      const method = spec.exact || target.mode === "bigint" ? "int64Exact" : "int64";
      return { read: `r.${method}()`, write: (value) => `w.${method}(${value});` };
    }
    default:
      return { read: `r.${spec.wire}()`, write: (value) => `w.${spec.wire}(${value});` };
  }
}

function structElement(shape: Shape, target: Target, codecs: AnyCodec[]) {
  const x = `x[${codecs.push(compileShape(shape, target)) - 1}]`;
  return { read: `${x}.decode(r)`, write: (value: string) => `${x}.encode(w, ${value});` };
}

function camel(words: readonly string[]): string {
  const [first = "", ...rest] = words.filter((word) => word !== "");
  return first + rest.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join("");
}

function decoderSource(parts: readonly Part[], target: Target): string {
  // Every version builds the same keys in the same order: one hidden class for V8.
  const reads = parts.map(({ key, spec, read, fallback }) => {
    const plain = fieldIsHere(spec, target) && spec.tag < 0;
    return `${key}: ${plain ? read : fallback}`;
  });
  const object = `const o = { ${reads.join(",\n")} };`;
  if (!target.flexible) return `${object} return o;`;
  const cases = parts
    .filter(({ spec }) => spec.tag >= 0 && fieldIsHere(spec, target))
    .map(({ key, spec, read }) => `case ${spec.tag}: o.${key} = ${read}; break;`);
  return `${object}
    let before = -1;
    for (let n = r.uvarint(); n > 0; n--) {
      const tag = r.uvarint();
      h.checkOrder(r, before, tag); before = tag;
      const end = r.tagEnd();
      switch (tag) { ${cases.join(" ")} default: h.keepUnknown(r, o, tag, end); }
      h.checkEnd(r, end, tag);
    }
    return o;`;
}

function encoderSource(parts: readonly Part[], target: Target): string {
  const lines: string[] = [];
  const tagged: Part[] = [];
  for (const part of parts) {
    const { key, spec, write, fallback } = part;
    if (!fieldIsHere(spec, target)) {
      if (spec.ignorable) continue;
      lines.push(`h.refuseSet(o.${key}, ${fallback}, "${target.name}.${key}", ${target.version});`);
    } else if (spec.tag >= 0) {
      tagged.push(part);
    } else {
      lines.push(`{ let v = o.${key}; if (v === undefined) v = ${fallback}; ${write("v")} }`);
    }
  }
  if (!target.flexible) return lines.join("\n");
  tagged.sort((a, b) => a.spec.tag - b.spec.tag);
  const isSet = (part: Part): string => `h.isSet(o.${part.key}, ${part.fallback})`;
  const count = ["0", ...tagged.map((part) => `(${isSet(part)} ? 1 : 0)`)].join(" + ");
  const writes = tagged.map((part) => {
    const { key, spec, write } = part;
    return `if (${isSet(part)}) w.tagged(${spec.tag}, (w) => { const v = o.${key}; ${write("v")} });`;
  });
  lines.push(
    `const known = ${count};
     if (o.unknownTags === undefined) { w.uvarint(known); ${writes.join(" ")} }
     else {
       w.uvarint(known + o.unknownTags.length);
       const writers = [];
       ${tagged.map((part, i) => `if (${isSet(part)}) writers.push([${part.spec.tag}, () => { ${writes[i]} }]);`).join(" ")}
       h.writeMixed(w, writers, o.unknownTags);
     }`,
  );
  return lines.join("\n");
}

// ------------------------------------------------ what generated code calls

function readArray<T>(r: Reader, count: number, one: (r: Reader) => T): T[] | null {
  if (count < 0) return null;
  // Grown as elements arrive: a count is only known to be possible, not to be true.
  const items: T[] = [];
  for (let i = 0; i < count; i++) items.push(one(r));
  return items;
}

function checkOrder(r: Reader, before: number, tag: number): void {
  if (tag <= before) throw new WireError(`tag ${tag} after tag ${before}`, r.at);
}

function checkEnd(r: Reader, end: number, tag: number): void {
  if (r.at !== end) throw new WireError(`tagged field ${tag} ends at ${r.at}, not ${end}`, r.at);
}

function keepUnknown(r: Reader, o: { unknownTags?: UnknownTag[] }, tag: number, end: number): void {
  (o.unknownTags ??= []).push({ tag, bytes: r.bytes.subarray(r.at, end) });
  r.at = end;
}

function isSet(value: unknown, fallback: unknown): boolean {
  return value !== undefined && !sameValue(value, fallback);
}

function sameValue(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (a instanceof Uint8Array && b instanceof Uint8Array) {
    return a.byteLength === 0 && b.byteLength === 0;
  }
  if (Array.isArray(a) && Array.isArray(b)) return a.length === 0 && b.length === 0;
  const first = a as Record<string, unknown>;
  const second = b as Record<string, unknown>;
  return Object.keys(first).every((key) => sameValue(first[key] ?? second[key], second[key]));
}

function refuseSet(value: unknown, fallback: unknown, field: string, version: number): void {
  if (isSet(value, fallback)) {
    throw new RangeError(`${field} was set, but version ${version} has no such field`);
  }
}

function writeMixed(
  w: Writer,
  writers: [tag: number, write: () => void][],
  unknown: readonly UnknownTag[],
): void {
  const raw = unknown.map(({ tag, bytes }): [number, () => void] => [
    tag,
    () => w.tagged(tag, (inner) => inner.raw(bytes)),
  ]);
  for (const [, write] of [...writers, ...raw].sort((a, b) => a[0] - b[0])) write();
}

const helpers = {
  readArray,
  checkOrder,
  checkEnd,
  keepUnknown,
  isSet,
  refuseSet,
  writeMixed,
};
