// From a scenario's body to a message of one version: placeholders replaced, fields that the version
// lacks left out, every int64 a bigint, so that no value is out of reach.

import type { AnyField, Message, Shape, Spec } from "../../../src/protocol/schema.ts";
import { isField } from "../../../src/protocol/schema/target.ts";
import type { Body } from "./scenario.ts";
import { Kept, unknownId } from "./scenario.ts";

export type Names = {
  /** Before the names of this scenario's topics. */
  readonly stem: string;
  readonly ids: ReadonlyMap<string, string>;
  readonly kept: ReadonlyMap<string, number | string>;
};

export function topicName(stem: string, topic: string): string {
  return `${stem}-${topic}`;
}

function textOf(text: string, names: Names): string {
  if (text.startsWith("~")) return topicName(names.stem, text.slice(1));
  if (!text.startsWith("#~")) return text;
  return names.ids.get(topicName(names.stem, text.slice(2))) ?? unknownId;
}

function keptOf({ name, plus }: Kept, names: Names): number | string {
  const value = names.kept.get(name);
  if (value === undefined) return plus;
  return typeof value === "number" ? value + plus : value;
}

export function draftOf(message: Message<Shape>, version: number, body: Body, names: Names): Body {
  return structOf(message.shape, version, body, names);
}

function structOf(shape: Shape, version: number, body: Body, names: Names): Body {
  const strange = Object.keys(body).find((name) => !(name in shape));
  if (strange !== undefined) throw new Error(`there is no field ${strange}`);
  const draft: Record<string, unknown> = {};
  for (const [name, { spec }] of Object.entries(shape)) {
    if (version < spec.since || version > spec.last) continue;
    if (name in body) draft[name] = valueOf(spec, version, body[name], names);
    else if (!spec.optional) draft[name] = valueOf(spec, version, spec.fallback, names);
  }
  return draft;
}

function valueOf(spec: Spec, version: number, given: unknown, names: Names): unknown {
  const value = given instanceof Kept ? keptOf(given, names) : given;
  if (value === null) return null;
  if (spec.wire === "array") {
    return (value as readonly unknown[]).map((each) =>
      elementOf(spec.element!, version, each, names),
    );
  }
  if (spec.wire === "struct") return structOf(spec.element as Shape, version, value as Body, names);
  if (spec.wire === "int64") return BigInt(value as number);
  // What no answer has told.
  if (spec.wire === "string" && typeof value === "number") return "";
  return typeof value === "string" ? textOf(value, names) : value;
}

function elementOf(element: Shape | AnyField, version: number, value: unknown, names: Names) {
  return isField(element)
    ? valueOf(element.spec, version, value, names)
    : structOf(element, version, value as Body, names);
}
