// Generates the source of encoders. Fields of fixed size that follow one another ask for room once.
// Tagged fields that hold their fallback are left out (KIP-482), and a field that the version lacks
// may only be set when it is ignorable.
//
// Lives on: anywhere.

import type { AnyField, Shape, Spec } from "../schema.ts";
import type { Generator } from "./generator.ts";
import { capitalized, fieldsOf, presence } from "./generator.ts";
import { fixedBytesOf, isBigInt, isField, isHere, isNullable } from "./target.ts";

/** Adds the function that writes `shape`, and those it calls; answers its name. */
export function addWriter(g: Generator, shape: Shape, stem: string): string {
  const name = g.name(`write${capitalized(stem)}`);
  const lines: string[] = [];
  let run: FixedField[] = [];
  const endRun = (): void => {
    if (run.length > 0) lines.push(...writeRun(g, run));
    run = [];
  };
  for (const [key, spec] of fieldsOf(shape)) {
    if (!isHere(spec, g.target)) {
      if (!spec.ignorable) lines.push(...g.mark(key), ...refuseSet(g, key, spec));
      continue;
    }
    if (spec.tag >= 0) continue;
    const value = g.name("f");
    lines.push(...g.mark(key), ...takeValue(g, key, spec, value));
    const size = fixedBytesOf(spec);
    if (size !== undefined) {
      run.push({ spec, value, size });
      if (g.traced) endRun();
    } else {
      endRun();
      lines.push(...writeValue(g, spec, value, key));
    }
  }
  endRun();
  lines.push(...(g.target.flexible ? writeTags(g, shape) : refuseTags(g)));
  g.functions.push(`function ${name}(w, o${g.passPath("p")}) {\n${lines.join("\n")}\n}`);
  return name;
}

type FixedField = { readonly spec: Spec; readonly value: string; readonly size: number };

function refuseSet(g: Generator, key: string, spec: Spec): string[] {
  const value = g.name("f");
  return [
    `const ${value} = o.${key};`,
    `if (${value} !== undefined && ${differs(g, spec, value)}) refuseSet(${g.target.version});`,
  ];
}

function refuseTags(g: Generator): string[] {
  const { version } = g.target;
  return [
    ...g.mark("unknownTags"),
    `if (o.unknownTags !== undefined && o.unknownTags.length > 0) refuseSet(${version});`,
  ];
}

/** Takes the field out of the draft, or its fallback where a draft may leave it out. */
function takeValue(g: Generator, key: string, spec: Spec, value: string): string[] {
  if (spec.optional) {
    return [
      `let ${value} = o.${key};`,
      `if (${value} === undefined) ${value} = ${g.fallback(spec)};`,
    ];
  }
  const check = g.traced ? [`if (${value} === undefined) refuseMissing();`] : [];
  return [`const ${value} = o.${key};`, ...check];
}

function writeRun(g: Generator, run: readonly FixedField[]): string[] {
  const a = g.name("a");
  const v = g.name("v");
  const total = run.reduce((sum, { size }) => sum + size, 0);
  const lines = [`const ${a} = w.room(${total}), ${v} = w.view;`];
  let offset = 0;
  for (const { spec, value, size } of run) {
    lines.push(setFixed(g, spec, { v, at: offset === 0 ? a : `${a} + ${offset}`, value }));
    offset += size;
  }
  return lines;
}

/** Puts a value of fixed size at `at` of the view `v`, checking that it is one. */
function setFixed(
  g: Generator,
  spec: Spec,
  { v, at, value }: { v: string; at: string; value: string },
): string {
  switch (spec.wire) {
    case "boolean":
      return `${v}.setUint8(${at}, checkBoolean(${value}));`;
    case "uuid":
      return `setUuid(w.buffer, ${at}, ${value});`;
    case "int64":
      return `${isBigInt(spec, g.target) ? "setInt64Exact" : "setInt64"}(${v}, ${at}, ${value});`;
    default: {
      const type = capitalized(spec.wire);
      return `${v}.set${type}(${at}, check${type}(${value}));`;
    }
  }
}

function writeValue(g: Generator, spec: Spec, value: string, key: string): string[] {
  switch (spec.wire) {
    case "string":
    case "bytes":
      return [`w.${g.method(spec)}(${value});`];
    case "struct": {
      const writer = addWriter(g, spec.element as Shape, key);
      const write = `${writer}(w, ${value}${g.passPath(`p + "${key}."`)});`;
      if (!isNullable(spec, g.target)) return [write];
      return [`w.${presence(spec)}(${value} !== null);`, `if (${value} !== null) ${write}`];
    }
    case "array":
      return writeArray(g, spec, value, key);
    default:
      return writeRun(g, [{ spec, value, size: fixedBytesOf(spec) ?? 0 }]);
  }
}

function writeArray(g: Generator, spec: Spec, value: string, key: string): string[] {
  const element = spec.element as Shape | AnyField;
  const count = g.target.flexible ? "compactCount" : "count";
  const all = [`w.${count}(${value}.length);`];
  const loop = `for (let i = 0; i < ${value}.length; i++)`;
  if (!isField(element)) {
    const writer = addWriter(g, element, key);
    const path = g.passPath(`p + "${key}[" + i + "]."`);
    all.push(`${loop} ${writer}(w, ${value}[i]${path});`);
  } else if (fixedBytesOf(element.spec) !== undefined && !g.traced) {
    all.push(...writeFixed(g, element.spec, value));
  } else {
    const marked = g.traced ? [`t.path = p + "${key}[" + i + "]";`] : [];
    const e = g.name("e");
    const write = writeValue(g, element.spec, e, key);
    all.push(`${loop} {`, ...marked, `const ${e} = ${value}[i];`, ...write, "}");
  }
  if (!isNullable(spec, g.target)) return all;
  return [`if (${value} === null) w.${count}(-1);`, "else {", ...all, "}"];
}

/** Elements of fixed size ask for room once. */
function writeFixed(g: Generator, spec: Spec, values: string): string[] {
  const size = fixedBytesOf(spec)!;
  const [a, v] = [g.name("a"), g.name("v")];
  const set = setFixed(g, spec, { v, at: a, value: `${values}[i]` });
  return [
    `let ${a} = w.room(${values}.length * ${size});`,
    `const ${v} = w.view;`,
    `for (let i = 0; i < ${values}.length; i++, ${a} += ${size}) ${set}`,
  ];
}

/** An expression that tells whether a value that is there is not the fallback. */
function differs(g: Generator, spec: Spec, value: string): string {
  if (spec.fallback === null) return `${value} !== null`;
  switch (spec.wire) {
    case "array":
    case "bytes":
      return `(${value} === null || ${value}.length !== 0)`;
    case "struct": {
      const fallback = g.fallback(spec);
      const name = addDiffers(g, spec.element as Shape);
      return `(${value} !== ${fallback} && (${value} === null || ${name}(${value})))`;
    }
    default:
      return `${value} !== ${g.fallback(spec)}`;
  }
}

/** Adds the function that tells whether a struct holds anything but fallbacks. */
function addDiffers(g: Generator, shape: Shape): string {
  const name = g.name("differs");
  const tests = fieldsOf(shape).map(
    ([key, spec]) => `o.${key} !== undefined && ${differs(g, spec, `o.${key}`)}`,
  );
  tests.push("o.unknownTags !== undefined && o.unknownTags.length > 0");
  g.functions.push(`function ${name}(o) {\nreturn ${tests.join("\n|| ")};\n}`);
  return name;
}

/** Tagged fields and the unknown ones kept from decoding, in ascending order of their tags. */
function writeTags(g: Generator, shape: Shape): string[] {
  const tagged = fieldsOf(shape)
    .filter(([, spec]) => spec.tag >= 0 && isHere(spec, g.target))
    .sort(([, a], [, b]) => a.tag - b.tag)
    .map(([key, spec]) => ({ key, spec, value: g.name("f"), set: g.name("s") }));
  const lines = [
    ...g.mark("unknownTags"),
    "const u = o.unknownTags === undefined ? undefined : inOrder(o.unknownTags);",
    ...tagged.flatMap(({ key, spec, value, set }) => [
      ...g.mark(key),
      `const ${value} = o.${key};`,
      `const ${set} = ${value} !== undefined && ${differs(g, spec, value)};`,
    ]),
    `w.uvarint(${["(u === undefined ? 0 : u.length)", ...tagged.map((t) => `(${t.set} ? 1 : 0)`)].join(" + ")});`,
  ];
  if (tagged.length > 0) lines.push("let k = 0;");
  for (const { key, spec, value, set } of tagged) {
    const size = g.name("z");
    lines.push(
      `if (${set}) {`,
      ...g.mark(key),
      `if (u !== undefined) k = writeUnknown(w, u, k, ${spec.tag});`,
      `w.uvarint(${spec.tag});`,
      `const ${size} = w.beginSized();`,
      ...writeValue(g, spec, value, key),
      `w.endSized(${size});`,
      "}",
    );
  }
  const from = tagged.length > 0 ? "k" : "0";
  lines.push(`if (u !== undefined) writeUnknown(w, u, ${from}, Infinity);`);
  return lines;
}
