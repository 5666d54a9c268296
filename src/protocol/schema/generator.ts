// What the generators of decoders and encoders share: names, fallbacks, and the functions collected
// so far. In the traced form the generated code keeps the path of the field it is at; it is only
// compiled, and run again, when something has gone wrong, so that the ordinary form pays nothing for
// good error messages.
//
// Lives on: anywhere.

import type { Shape, Spec } from "../schema.ts";
import { assert } from "../../base/assert.ts";
import type { Target } from "./target.ts";
import { fallbackOf, isNullable } from "./target.ts";

const NAME = /^[a-z][a-zA-Z0-9]*$/;

export class Generator {
  readonly target: Target;
  readonly traced: boolean;
  /** Fallbacks that are no literals; the generated code knows them as `d`. */
  readonly fallbacks: unknown[] = [];
  readonly functions: string[] = [];
  private readonly fallbackNames = new Map<Spec, string>();
  private names = 0;

  constructor(target: Target, traced: boolean) {
    this.target = target;
    this.traced = traced;
  }

  /** A name that nothing else in the generated code has. */
  name(stem: string): string {
    return `${stem}${this.names++}`;
  }

  /** The field's fallback as an expression. */
  fallback(spec: Spec): string {
    const value = fallbackOf(spec, this.target);
    if (typeof value === "bigint") return `${value}n`;
    if (value === null || typeof value !== "object") return JSON.stringify(value);
    // One object for decoder and encoder: what was decoded as left out is seen at once to be it.
    const name = this.fallbackNames.get(spec) ?? `d[${this.fallbacks.push(value) - 1}]`;
    this.fallbackNames.set(spec, name);
    return name;
  }

  /** Notes, in the traced form, which field comes next; `p` is the path of the struct. */
  mark(key: string): string[] {
    return this.traced ? [`t.path = p + "${key}";`] : [];
  }

  /** `, path` as a further argument of the traced form. */
  passPath(path: string): string {
    return this.traced ? `, ${path}` : "";
  }

  /** `compactNullableString` and the like. */
  method(spec: Spec): string {
    const flexible = this.target.flexible && !spec.inflexible;
    const type = spec.wire === "bytes" && !flexible ? "bytes32" : spec.wire;
    const words = [...(isNullable(spec, this.target) ? ["nullable"] : []), type];
    if (flexible) words.unshift("compact");
    return words.reduce((name, word) => name + word.charAt(0).toUpperCase() + word.slice(1));
  }
}

/** The fields of a shape, whose names are about to become source code. */
export function fieldsOf(shape: Shape): readonly [key: string, spec: Spec][] {
  return Object.entries(shape).map(([key, { spec }]) => {
    assert(NAME.test(key), `${key} is no field name`);
    return [key, spec];
  });
}

/** The method that carries whether a nullable struct is there. */
export function presence(spec: Spec): string {
  return spec.tag < 0 ? "present" : "taggedPresent";
}

export function capitalized(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
