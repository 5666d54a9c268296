// Generates the source of decoders. Fields of fixed size that follow one another are read after one
// check of the bytes left; everything else is one call of the Reader.
//
//   function readPartitions(r) {
//     const a0 = r.take(12), v0 = r.view;
//     const f1 = v0.getInt32(a0);
//     const f2 = int64At(v0, a0 + 4);
//     ...
//     const o = { partition: f1, fetchOffset: f2, ... };
//     return o;
//   }
//
// Lives on: anywhere.

import type { AnyField, Shape, Spec } from "../schema.ts";
import type { Generator } from "./generator.ts";
import { capitalized, fieldsOf, presence } from "./generator.ts";
import { elementBytesMin, fixedBytesOf, isBigInt, isField, isHere, isNullable } from "./target.ts";

/** Adds the function that reads `shape`, and those it calls; answers its name. */
export function addReader(g: Generator, shape: Shape, stem: string): string {
  const name = g.name(`read${capitalized(stem)}`);
  const values = new Map<string, string>();
  const lines: string[] = [];
  let run: FixedField[] = [];
  const endRun = (): void => {
    if (run.length > 0) lines.push(...readRun(g, run));
    run = [];
  };
  for (const [key, spec] of fieldsOf(shape)) {
    if (!isHere(spec, g.target) || spec.tag >= 0) {
      values.set(key, g.fallback(spec));
      continue;
    }
    const value = g.name("f");
    values.set(key, value);
    const size = fixedBytesOf(spec);
    if (size !== undefined) {
      run.push({ key, spec, value, size });
    } else {
      endRun();
      lines.push(...g.mark(key), ...readValue(g, spec, value, key));
    }
  }
  endRun();
  // Every version builds the same keys in the same order: one hidden class for V8.
  const entries = [...values].map(([key, value]) => `${key}: ${value}`);
  lines.push(`const o = { ${entries.join(", ")} };`, ...readTags(g, shape), "return o;");
  g.functions.push(`function ${name}(r${g.passPath("p")}) {\n${lines.join("\n")}\n}`);
  return name;
}

/** Fewer are read by themselves: many messages then need no DataView at all. */
const VIEW_FIELDS_MIN = 3;

type FixedField = {
  readonly key: string;
  readonly spec: Spec;
  readonly value: string;
  readonly size: number;
};

function readRun(g: Generator, run: readonly FixedField[]): string[] {
  if (g.traced || run.length < VIEW_FIELDS_MIN) {
    return run.flatMap(({ key, spec, value }) => [
      ...g.mark(key),
      ...readValue(g, spec, value, key),
    ]);
  }
  const a = g.name("a");
  const v = g.name("v");
  const total = run.reduce((sum, { size }) => sum + size, 0);
  const lines = [`const ${a} = r.take(${total}), ${v} = r.view;`];
  let offset = 0;
  for (const { spec, value, size } of run) {
    lines.push(`const ${value} = ${fixedAt(g, spec, v, offset === 0 ? a : `${a} + ${offset}`)};`);
    offset += size;
  }
  return lines;
}

/** The value of fixed size that stands at `at` in the view `v`. */
function fixedAt(g: Generator, spec: Spec, v: string, at: string): string {
  if (spec.wire === "boolean") return `${v}.getInt8(${at}) !== 0`;
  if (spec.wire === "uuid") return `uuidText(r.bytes, ${at})`;
  if (spec.wire !== "int64") return `${v}.get${capitalized(spec.wire)}(${at})`;
  return isBigInt(spec, g.target) ? `${v}.getBigInt64(${at})` : `int64At(${v}, ${at})`;
}

/** Statements after which the constant `into` holds the value. */
function readValue(g: Generator, spec: Spec, into: string, key: string): string[] {
  switch (spec.wire) {
    case "string":
    case "bytes":
      return [`const ${into} = r.${g.method(spec)}();`];
    case "struct": {
      const reader = addReader(g, spec.element as Shape, key);
      const read = `${reader}(r${g.passPath(`p + "${key}."`)})`;
      if (!isNullable(spec, g.target)) return [`const ${into} = ${read};`];
      return [`const ${into} = r.${presence(spec)}() ? ${read} : null;`];
    }
    case "array":
      return readArray(g, spec, into, key);
    case "int64":
      return [`const ${into} = r.${isBigInt(spec, g.target) ? "int64Exact" : "int64"}();`];
    default:
      return [`const ${into} = r.${spec.wire}();`];
  }
}

function readArray(g: Generator, spec: Spec, into: string, key: string): string[] {
  const element = spec.element as Shape | AnyField;
  const count = g.name("n");
  const counted = `r.${g.target.flexible ? "compactCount" : "count"}(${elementBytesMin(element, g.target)})`;
  const fill = isField(element)
    ? readFields(g, element.spec, { into, count, key })
    : readStructs(g, element, { into, count, key });
  // The count has been checked against the bytes left. Room for just as many: an array that grows
  // takes room for seventeen with its first element, and most here have three.
  const room = `${count} > 0 ? new Array(${count}) : []`;
  if (!isNullable(spec, g.target)) {
    return [`const ${count} = r.some(${counted}), ${into} = ${room};`, ...fill];
  }
  return [
    `const ${count} = ${counted}, ${into} = ${count} < 0 ? null : ${room};`,
    // A count of -1 runs no loop below.
    ...fill,
  ];
}

type Filling = { readonly into: string; readonly count: string; readonly key: string };

function readStructs(g: Generator, shape: Shape, { into, count, key }: Filling): string[] {
  const reader = addReader(g, shape, key);
  const path = g.passPath(`p + "${key}[" + i + "]."`);
  return [
    `if (${count} > 0) r.spend(${count});`,
    `for (let i = 0; i < ${count}; i++) ${into}[i] = ${reader}(r${path});`,
  ];
}

function readFields(g: Generator, spec: Spec, { into, count, key }: Filling): string[] {
  const size = fixedBytesOf(spec);
  if (size === undefined || g.traced) {
    const value = g.name("e");
    const marked = g.traced ? [`t.path = p + "${key}[" + i + "]";`] : [];
    return [
      `for (let i = 0; i < ${count}; i++) {`,
      ...marked,
      ...readValue(g, spec, value, key),
      `${into}[i] = ${value};`,
      "}",
    ];
  }
  const a = g.name("a");
  const v = g.name("v");
  return [
    `if (${count} > 0) {`,
    `const ${v} = r.view;`,
    `let ${a} = r.take(${count} * ${size});`,
    `for (let i = 0; i < ${count}; i++, ${a} += ${size}) ${into}[i] = ${fixedAt(g, spec, v, a)};`,
    "}",
  ];
}

/** The tagged fields at the end of every struct of a flexible version (KIP-482). */
function readTags(g: Generator, shape: Shape): string[] {
  if (!g.target.flexible) return [];
  const known = fieldsOf(shape).filter(([, spec]) => spec.tag >= 0 && isHere(spec, g.target));
  const cases = known.flatMap(([key, spec]) => {
    const value = g.name("f");
    return [
      `case ${spec.tag}: {`,
      // Nothing in the field reaches beyond the field.
      "r.end = end;",
      ...readValue(g, spec, value, key),
      `o.${key} = ${value};`,
      "r.end = whole;",
      // Where the field ends is checked below, and is again a matter of this field.
      ...g.mark(key),
      "break;",
      "}",
    ];
  });
  return [
    ...g.mark("unknownTags"),
    ...(known.length > 0 ? ["const whole = r.end;"] : []),
    "for (let n = r.uvarint(), before = -1; n > 0; n--) {",
    "const tag = r.uvarint();",
    ...markTag(g, known),
    "if (tag <= before) badTagOrder(r, tag, before);",
    "before = tag;",
    "const end = r.tagEnd();",
    "switch (tag) {",
    ...cases,
    "default: keepUnknown(r, o, tag, end);",
    "}",
    "if (r.at !== end) badTagEnd(r, tag, end);",
    ...g.mark("unknownTags"),
    "}",
  ];
}

/** Notes, in the traced form, which field `tag` is about. */
function markTag(g: Generator, known: readonly (readonly [key: string, spec: Spec])[]): string[] {
  if (!g.traced) return [];
  const names = known.map(([key, spec]) => [spec.tag, key] as const);
  return [`t.path = p + (${JSON.stringify(Object.fromEntries(names))}[tag] ?? "unknownTags");`];
}
