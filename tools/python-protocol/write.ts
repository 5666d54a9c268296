// Renders `write`: fields of fixed size that follow one another leave by one call of a packer.
//
// Lives on: the developer's machine and tests.

import type { Spec } from "../../src/protocol/schema.ts";
import type { FieldOf, Target } from "./target.ts";
import { flexible, isSolid, presence, runAt } from "./target.ts";
import { fixedOf, plainElementOf, pythonDefault } from "./types.ts";

const indent = (lines: readonly string[]): string[] => lines.map((line) => `    ${line}`);

/** The lines of the method, its head at depth 1. */
export function renderWrite(target: Target, owner: string, fields: readonly FieldOf[]): string[] {
  const body: string[] = [];
  if (flexible(target) === "f") body.push(`f = version >= ${target.flexibleFrom}`);
  const ordinary = fields.filter(({ spec }) => spec.tag < 0);
  for (let i = 0; i < ordinary.length;) {
    const run = runAt(target, ordinary, i);
    i += run.length;
    body.push(...guarded(target, owner, run));
  }
  body.push(...writeTags(target, owner, fields));
  if (body.length === 0) body.push("pass");
  return indent(["def write(self, w: bytearray, version: int) -> None:", ...indent(body)]);
}

function guarded(target: Target, owner: string, run: readonly FieldOf[]): string[] {
  const condition = presence(run[0]!.spec, target);
  const written = writeRun(target, run);
  if (condition === undefined) return written;
  const refused = run.flatMap((field) => refusal(target, owner, field));
  const otherwise = refused.length > 0 ? ["else:", ...indent(refused)] : [];
  return [`if ${condition}:`, ...indent(written), ...otherwise];
}

/** A field that the version lacks may only be set when it can be ignored. */
function refusal({ source }: Target, owner: string, { name, spec }: FieldOf): string[] {
  if (spec.ignorable) return [];
  return [
    `if ${differs(`self.${name}`, spec, pythonDefault(source, spec))}:`,
    `    ${source.helper("refuse")}("${owner}.${name}", version)`,
  ];
}

function differs(value: string, spec: Spec, fallback: string): string {
  if (spec.fallback === null || spec.wire === "struct") return `${value} is not None`;
  if (spec.wire === "array" || spec.wire === "bytes") {
    const some = `len(${value}) > 0`;
    return spec.nullableSince === Infinity ? some : `${value} is None or ${some}`;
  }
  if (spec.wire === "boolean") return fallback === "True" ? `not ${value}` : value;
  return `${value} != ${fallback}`;
}

function writeRun(target: Target, run: readonly FieldOf[]): string[] {
  if (fixedOf(run[0]!.spec) === undefined) return writeField(target, run[0]!, "w");
  const format = run.map(({ spec }) => fixedOf(spec)![0]).join("");
  const values = run.map(({ name }) => `self.${name}`).join(", ");
  return [`w += ${target.source.packer(format)}.pack(${values})`];
}

function writeField(target: Target, { name, spec }: FieldOf, w: string): string[] {
  const value = `self.${name}`;
  const lines: string[] = [];
  const { min, max } = target;
  const nullable = spec.nullableSince <= max || spec.fallback === null;
  if (nullable && spec.nullableSince > min && spec.nullableSince <= max) {
    lines.push(
      `if ${value} is None and version < ${spec.nullableSince}:`,
      `    ${target.source.helper("refuse")}("${name}", version)`,
    );
  }
  lines.push(...writeValue(target, value, spec, { w, nullable }));
  return lines;
}

type How = { readonly w: string; readonly nullable: boolean };

function writeValue(target: Target, value: string, spec: Spec, how: How): string[] {
  const { source } = target;
  const { w, nullable } = how;
  const f = spec.inflexible ? "False" : flexible(target);
  const some = nullable ? "nullable_" : "";
  switch (spec.wire) {
    case "string":
    case "bytes":
      return [`${source.helper(`write_${some}${spec.wire}`)}(${w}, ${value}, ${f})`];
    case "array":
      return writeArray(target, value, spec, how);
    case "struct":
      return writeStruct(value, spec, w);
    default:
      return [`${w} += ${source.packer(fixedOf(spec)![0])}.pack(${value})`];
  }
}

function writeStruct(value: string, spec: Spec, w: string): string[] {
  const write = `${value}.write(${w}, version)`;
  if (isSolid(spec)) return [write];
  if (spec.tag >= 0) return spec.fallback === null ? [`${w}.append(1)`, write] : [write];
  const absent = [`if ${value} is None:`, `    ${w}.append(255)`];
  return [...absent, "else:", `    ${w}.append(1)`, `    ${write}`];
}

function writeArray(target: Target, value: string, spec: Spec, { w, nullable }: How): string[] {
  const { source } = target;
  const f = spec.inflexible ? "False" : flexible(target);
  const plain = plainElementOf(spec);
  const fixed = plain === undefined ? undefined : fixedOf(plain);
  const some = nullable ? "nullable_" : "";
  if (fixed !== undefined) {
    return [`${source.helper(`write_${some}array`)}(${w}, ${value}, "${fixed[0]}", ${f})`];
  }
  const one = `each_${value.replace("self.", "")}`;
  const each =
    plain === undefined
      ? [`${one}.write(${w}, version)`]
      : writeValue(target, one, plain, { w, nullable: plain.nullableSince !== Infinity });
  const elements = nullable ? `${value} or ()` : value;
  return [
    `${source.helper(`write_${some}count`)}(${w}, ${value}, ${f})`,
    `for ${one} in ${elements}:`,
    ...indent(each),
  ];
}

function writeTags(target: Target, owner: string, fields: readonly FieldOf[]): string[] {
  const f = flexible(target);
  if (f === "False") return [];
  const tagged = fields.filter(({ spec }) => spec.tag >= 0);
  const lines: string[] =
    tagged.length === 0 ? ["w.append(0)"] : ["tags: List[Tuple[int, bytearray]] = []"];
  for (const field of tagged.toSorted((a, b) => a.spec.tag - b.spec.tag)) {
    const { name, spec } = field;
    const set = differs(`self.${name}`, spec, pythonDefault(target.source, spec));
    const write = [
      `if ${set}:`,
      "    t = bytearray()",
      ...indent(writeField(target, field, "t")),
      `    tags.append((${spec.tag}, t))`,
    ];
    const condition =
      spec.since > Math.max(target.min, target.flexibleFrom) ? presence(spec, target) : undefined;
    const refused = refusal(target, owner, field);
    if (condition === undefined) lines.push(...write);
    else {
      lines.push(`if ${condition}:`, ...indent(write));
      if (refused.length > 0) lines.push("else:", ...indent(refused));
    }
  }
  if (tagged.length > 0) lines.push(`${target.source.helper("write_tags")}(w, tags)`);
  return f === "True" ? lines : ["if f:", ...indent(lines)];
}
