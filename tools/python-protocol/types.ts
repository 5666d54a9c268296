// What a declared field is in Python: its type, its default, its letter in Python's struct module.
//
// Lives on: the developer's machine and tests.

import { isField } from "../../src/protocol/schema/target.ts";
import type { AnyField, Shape, Spec, WireType } from "../../src/protocol/schema.ts";
import type { ModuleSource } from "./module-source.ts";
import { className } from "./names.ts";

/** Format letter and size of the types of fixed size. */
const fixed: Readonly<Partial<Record<WireType, readonly [letter: string, size: number]>>> = {
  boolean: ["?", 1],
  int8: ["b", 1],
  int16: ["h", 2],
  uint16: ["H", 2],
  int32: ["i", 4],
  uint32: ["I", 4],
  int64: ["q", 8],
  float64: ["d", 8],
  uuid: ["16s", 16],
};

export function fixedOf(spec: Spec): readonly [letter: string, size: number] | undefined {
  return fixed[spec.wire];
}

export function structOf(spec: Spec): Shape | undefined {
  const element = spec.element;
  return element === undefined || isField(element) ? undefined : element;
}

export function plainElementOf(spec: Spec): Spec | undefined {
  const element = spec.element as AnyField | Shape | undefined;
  return element !== undefined && isField(element) ? element.spec : undefined;
}

/** The annotation of a field of the class `owner` (dotted). */
export function pythonType(source: ModuleSource, owner: string, key: string, spec: Spec): string {
  const type = bareType(source, owner, key, spec);
  const nullable = spec.nullableSince !== Infinity || spec.fallback === null;
  return nullable ? `Optional[${type}]` : type;
}

function bareType(source: ModuleSource, owner: string, key: string, spec: Spec): string {
  switch (spec.wire) {
    case "boolean":
      return "bool";
    case "float64":
      return "float";
    case "string":
      return "str";
    case "uuid":
      return "bytes";
    case "bytes":
      return source.helper("Buffer");
    case "struct":
      return `${owner}.${className(key, false)}`;
    case "array": {
      const plain = plainElementOf(spec);
      const element =
        plain === undefined
          ? `${owner}.${className(key, true)}`
          : pythonType(source, owner, key, plain);
      return `Sequence[${element}]`;
    }
    default:
      return "int";
  }
}

/** The default of a constructor's parameter, and what stands for a field that a version lacks. */
export function pythonDefault(source: ModuleSource, spec: Spec): string {
  const { fallback } = spec;
  if (fallback === null) return "None";
  switch (spec.wire) {
    case "boolean":
      return fallback === true ? "True" : "False";
    case "string":
      return JSON.stringify(fallback);
    case "uuid":
      return source.helper("ZERO_UUID");
    case "bytes":
      return 'b""';
    case "array":
      return "()";
    default:
      return `${fallback as number}`;
  }
}
