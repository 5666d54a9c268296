// Whether a value is its field's default, as encoders decide it when they leave a tagged field out
// (schema/encoder.ts): a struct counts only without unknown tags inside.
//
// Lives on: anywhere.

import type { Shape, Spec, UnknownTag } from "../schema.ts";
import type { Target } from "../schema/target.ts";
import { fallbackOf } from "../schema/target.ts";

type Test = (value: unknown) => boolean;

export function defaultTest(spec: Spec, target: Target): Test {
  if (spec.fallback === null) return (value) => value === null;
  switch (spec.wire) {
    case "array":
    case "bytes":
      return (value) => value !== null && (value as { length: number }).length === 0;
    case "struct":
      return structTest(spec.element as Shape, target);
    default: {
      const fallback = fallbackOf(spec, target);
      return (value) => value === fallback;
    }
  }
}

function structTest(shape: Shape, target: Target): Test {
  const tests = Object.entries(shape).map(
    ([name, { spec }]) => [name, defaultTest(spec, target)] as const,
  );
  return (value) => {
    if (value === null) return false;
    const struct = value as Record<string, unknown> & { unknownTags?: readonly UnknownTag[] };
    if (struct.unknownTags !== undefined && struct.unknownTags.length > 0) return false;
    return tests.every(([name, isDefault]) => isDefault(struct[name]));
  };
}
