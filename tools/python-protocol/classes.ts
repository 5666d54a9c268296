// Renders one message, and the structs in it, as Python classes: attributes in slots, `write` and `read`.
//
// Lives on: the developer's machine and tests.

import type { Message, Shape } from "../../src/protocol/schema.ts";
import type { ModuleSource } from "./module-source.ts";
import { className } from "./names.ts";
import { renderRead } from "./read.ts";
import type { FieldOf, Target } from "./target.ts";
import { fieldsOf, isSolid } from "./target.ts";
import { pythonDefault, pythonType, structOf } from "./types.ts";
import { renderWrite } from "./write.ts";

function constructor(target: Target, owner: string, fields: readonly FieldOf[]): string[] {
  const { source } = target;
  if (fields.length === 0) return ["    def __init__(self) -> None:", "        pass"];
  const lines = ["    def __init__(", "        self,"];
  const body: string[] = [];
  for (const { key, name, spec } of fields) {
    const type = pythonType(source, owner, key, spec);
    if (spec.wire === "struct") {
      const bare = `${owner}.${className(key, false)}`;
      lines.push(`        ${name}: Optional[${bare}] = None,`);
      const value = isSolid(spec) ? `${bare}() if ${name} is None else ${name}` : name;
      const held = isSolid(spec) ? bare : `Optional[${bare}]`;
      body.push(`        self.${name}: ${held} = ${value}`);
    } else {
      lines.push(`        ${name}: ${type} = ${pythonDefault(source, spec)},`);
      body.push(`        self.${name} = ${name}`);
    }
  }
  return [...lines, "    ) -> None:", ...body];
}

type ClassHead = {
  readonly depth: number;
  readonly name: string;
  /** With the classes around it. */
  readonly owner: string;
  readonly base: string;
  readonly constants: readonly string[];
};

function renderClass(target: Target, head: ClassHead, shape: Shape): void {
  const { source } = target;
  const { depth, name, owner, base, constants } = head;
  const fields = fieldsOf(shape, target);
  source.add(0, "");
  source.add(depth, `class ${name}(${base}):`);
  const slots = fields.map((field) => `"${field.name}"`);
  const comma = slots.length === 1 ? "," : "";
  source.add(depth + 1, `__slots__ = (${slots.join(", ")}${comma})`, ...constants);
  for (const { key, spec } of fields) {
    const inner = structOf(spec);
    if (inner === undefined) continue;
    const innerName = className(key, spec.wire === "array");
    const innerOwner = `${owner}.${innerName}`;
    const next = { depth: depth + 1, name: innerName, owner: innerOwner, base: "Struct" };
    renderClass(target, { ...next, constants: [] }, inner);
  }
  source.add(0, "");
  source.add(depth, ...constructor(target, owner, fields), "");
  source.add(depth, ...renderWrite(target, owner, fields), "");
  source.add(depth, ...renderRead(target, owner, fields));
}

type AsRequest = { readonly headersFrom: number | undefined };

/** Adds the classes of a message to its module. */
export function renderMessage(
  source: ModuleSource,
  { name, apiKey, versions: [min, max], flexibleFrom, shape }: Message<Shape>,
  request: AsRequest | undefined,
): void {
  const constants = [`api_key = ${apiKey}`, `versions = (${min}, ${max})`];
  if (flexibleFrom !== Infinity) constants.push(`flexible_from = ${flexibleFrom}`);
  if (request?.headersFrom !== undefined) constants.push(`headers_from = ${request.headersFrom}`);
  const response = name.replace(/Request$/, "Response");
  const base = request === undefined ? "Message" : `Request["${response}"]`;
  const target = { source, min, max, flexibleFrom };
  source.add(0, "");
  renderClass(target, { depth: 0, name, owner: name, base, constants }, shape);
  if (name.endsWith("Response")) {
    const asked = name.replace(/Response$/, "Request");
    source.add(0, "", "", `${asked}.response = ${name}`);
  }
}
