// What a struct is rendered for, and what follows from that for its fields: their names, the versions that
// have them, which leave together.
//
// Lives on: the developer's machine and tests.

import type { Shape, Spec } from "../../src/protocol/schema.ts";
import type { ModuleSource } from "./module-source.ts";
import { snakeCase } from "./names.ts";
import { fixedOf } from "./types.ts";

/** A struct on its way to a class. */
export type Target = {
  readonly source: ModuleSource;
  readonly min: number;
  readonly max: number;
  readonly flexibleFrom: number;
};
export type FieldOf = { readonly key: string; readonly name: string; readonly spec: Spec };

/** Fields that some version of the message has, by their Python names. */
export function fieldsOf(shape: Shape, { min, max }: Target): readonly FieldOf[] {
  return Object.entries(shape)
    .map(([key, { spec }]) => ({ key, name: snakeCase(key), spec }))
    .filter(({ spec }) => spec.since <= max && spec.last >= min);
}

/** The condition under which a version has the field; undefined: always. */
export function presence(spec: Spec, { min, max, flexibleFrom }: Target): string | undefined {
  const since = spec.tag < 0 ? spec.since : Math.max(spec.since, flexibleFrom);
  const tests: string[] = [];
  if (since > min) tests.push(`version >= ${since}`);
  if (spec.last < max) tests.push(`version <= ${spec.last}`);
  return tests.length === 0 ? undefined : tests.join(" and ");
}

/** Whether the version is flexible, as an expression. */
export function flexible({ min, max, flexibleFrom }: Target): "True" | "False" | "f" {
  if (flexibleFrom <= min) return "True";
  return flexibleFrom > max ? "False" : "f";
}

/** A struct that is always there, and so never None. */
export function isSolid(spec: Spec): boolean {
  return (
    spec.wire === "struct" &&
    spec.tag < 0 &&
    spec.fallback !== null &&
    spec.nullableSince === Infinity
  );
}

/** Fields of fixed size that the same versions have, or a single other field. */
export function runAt(target: Target, fields: readonly FieldOf[], at: number): readonly FieldOf[] {
  const condition = presence(fields[at]!.spec, target);
  let end = at;
  while (
    end < fields.length &&
    fixedOf(fields[end]!.spec) !== undefined &&
    presence(fields[end]!.spec, target) === condition
  ) {
    end++;
  }
  return fields.slice(at, Math.max(end, at + 1));
}
