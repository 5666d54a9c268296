// Renders `read`: fields of fixed size that follow one another come by one call of a packer. Whatever is
// not there raises, and `Message.decode` says what that means.
//
// Lives on: the developer's machine and tests.

import type { Spec } from "../../src/protocol/schema.ts";
import type { FieldOf, Target } from "./target.ts";
import { flexible, isSolid, presence, runAt } from "./target.ts";
import { className } from "./names.ts";
import { fixedOf, plainElementOf, pythonDefault, pythonType } from "./types.ts";

const indent = (lines: readonly string[]): string[] => lines.map((line) => `    ${line}`);

/** The lines of the method, its head at depth 1. */
export function renderRead(target: Target, owner: string, fields: readonly FieldOf[]): string[] {
  const body: string[] = [];
  if (flexible(target) === "f") body.push(`f = version >= ${target.flexibleFrom}`);
  for (const field of fields) {
    if (field.spec.tag >= 0) body.push(fallback(target, owner, field));
  }
  const ordinary = fields.filter(({ spec }) => spec.tag < 0);
  for (let i = 0; i < ordinary.length;) {
    const run = runAt(target, ordinary, i);
    i += run.length;
    const condition = presence(run[0]!.spec, target);
    const lines = readRun(target, owner, run);
    if (condition === undefined) body.push(...lines);
    else {
      body.push(...run.map((field) => fallback(target, owner, field)));
      body.push(`if ${condition}:`, ...indent(lines));
    }
  }
  body.push(...readTags(target, owner, fields));
  const values = fields.map(({ name }) => `v_${name}`).join(", ");
  return indent([
    "@classmethod",
    `def read(cls, b: memoryview, p: int, version: int) -> Tuple[${owner}, int]:`,
    ...indent([...body, `return ${owner}(${values}), p`]),
  ]);
}

function fallback(target: Target, owner: string, { key, name, spec }: FieldOf): string {
  const { source } = target;
  if (spec.wire !== "struct") {
    return `v_${name}: ${pythonType(source, owner, key, spec)} = ${pythonDefault(source, spec)}`;
  }
  return `v_${name}: Optional[${owner}.${className(key, false)}] = None`;
}

function readRun(target: Target, owner: string, run: readonly FieldOf[]): string[] {
  const [{ key, name, spec }] = run as [FieldOf];
  if (fixedOf(spec) === undefined) {
    const nullable = spec.nullableSince <= target.max || spec.fallback === null;
    return readValue(target, { owner, key, nullable }, `v_${name}`, spec);
  }
  const format = run.map((field) => fixedOf(field.spec)![0]).join("");
  const size = run.reduce((sum, field) => sum + fixedOf(field.spec)![1], 0);
  const names = run.map((field) => `v_${field.name}`).join(", ");
  const comma = run.length === 1 ? "," : "";
  return [`${names}${comma} = ${target.source.packer(format)}.unpack_from(b, p)`, `p += ${size}`];
}

type How = { readonly owner: string; readonly key: string; readonly nullable: boolean };

/** Statements after which `into` holds the value and `p` stands behind it. */
function readValue(target: Target, how: How, into: string, spec: Spec): string[] {
  const { source } = target;
  const some = how.nullable ? "nullable_" : "";
  const f = spec.inflexible ? "False" : flexible(target);
  switch (spec.wire) {
    case "string":
    case "bytes":
      return [`${into}, p = ${source.helper(`read_${some}${spec.wire}`)}(b, p, ${f})`];
    case "array":
      return readArray(target, how, into, spec);
    case "struct":
      return readStruct(target, how, into, spec);
    default: {
      const [letter, size] = fixedOf(spec)!;
      return [`${into}, = ${source.packer(letter)}.unpack_from(b, p)`, `p += ${size}`];
    }
  }
}

function readStruct(target: Target, { owner, key }: How, into: string, spec: Spec): string[] {
  const read = `${into}, p = ${owner}.${className(key, false)}.read(b, p, version)`;
  if (isSolid(spec) || (spec.tag >= 0 && spec.fallback !== null)) return [read];
  const mark = spec.tag >= 0 ? "read_tagged_present" : "read_present";
  return [
    `there, p = ${target.source.helper(mark)}(b, p)`,
    ...(spec.tag >= 0 || presence(spec, target) !== undefined ? [] : [`${into} = None`]),
    "if there:",
    `    ${read}`,
  ];
}

function readArray(target: Target, how: How, into: string, spec: Spec): string[] {
  const { source } = target;
  const f = spec.inflexible ? "False" : flexible(target);
  const some = how.nullable ? "nullable_" : "";
  const plain = plainElementOf(spec);
  const fixed = plain === undefined ? undefined : fixedOf(plain);
  if (fixed !== undefined) {
    return [
      `${into}, p = ${source.helper(`read_${some}array`)}(b, p, "${fixed[0]}", ${fixed[1]}, ${f})`,
    ];
  }
  const stem = into.slice(2);
  const element = pythonType(source, how.owner, how.key, spec).replace(/^Optional\[(.*)\]$/, "$1");
  const each =
    plain === undefined
      ? [`e_${stem}, p = ${how.owner}.${className(how.key, true)}.read(b, p, version)`]
      : readValue(
          target,
          { ...how, nullable: plain.nullableSince !== Infinity },
          `e_${stem}`,
          plain,
        );
  const count = `n, p = ${source.helper(`read_${some}count`)}(b, p, ${f})`;
  return [
    count,
    `l_${stem}: ${element.replace(/^Sequence/, "List")} = []`,
    "for _ in range(n):",
    ...indent([...each, `l_${stem}.append(e_${stem})`]),
    how.nullable ? `${into} = None if n < 0 else l_${stem}` : `${into} = l_${stem}`,
  ];
}

function readTags(target: Target, owner: string, fields: readonly FieldOf[]): string[] {
  const { source } = target;
  const f = flexible(target);
  if (f === "False") return [];
  const tagged = fields.filter(({ spec }) => spec.tag >= 0);
  const lines: string[] = [];
  if (tagged.length === 0) {
    lines.push("if b[p]:", `    p = ${source.helper("skip_tags")}(b, p)`, "else:", "    p += 1");
  } else {
    lines.push(
      `count, p = ${source.helper("read_uvarint")}(b, p)`,
      "for _ in range(count):",
      `    tag, end, p = ${source.helper("read_tag")}(b, p)`,
    );
    let branch = "if";
    for (const { key, name, spec } of tagged) {
      const late = spec.since > Math.max(target.min, target.flexibleFrom);
      const condition = late ? ` and ${presence(spec, target)}` : "";
      const nullable = spec.nullableSince <= target.max || spec.fallback === null;
      const read = readValue(target, { owner, key, nullable }, `v_${name}`, spec);
      lines.push(`    ${branch} tag == ${spec.tag}${condition}:`);
      lines.push(...indent(indent([...read, `${source.helper("check_tag")}(p, end)`])));
      branch = "elif";
    }
    lines.push("    p = end");
  }
  return f === "True" ? lines : ["if f:", ...indent(lines)];
}
