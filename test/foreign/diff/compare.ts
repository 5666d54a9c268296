// Two answers, field by field.

import { isDeepStrictEqual } from "node:util";
import { Members } from "./normalise.ts";
import type { Heard } from "./side.ts";

export type Difference = {
  /** As `topics{~a}.partitions[0].errorCode`; "" is the answer as a whole. */
  readonly path: string;
  readonly kafka: unknown;
  readonly gofka: unknown;
};

const absent = "(absent)";

export function differences(kafka: Heard, gofka: Heard): readonly Difference[] {
  if (kafka.is === "answer" && gofka.is === "answer") return compared(kafka.answer, gofka.answer);
  if (kafka.is === gofka.is) return [];
  return [{ path: "", kafka: `(${kafka.is})`, gofka: `(${gofka.is})` }];
}

function compared(kafka: unknown, gofka: unknown, path = ""): readonly Difference[] {
  if (isDeepStrictEqual(kafka, gofka)) return [];
  if (kafka instanceof Members && gofka instanceof Members) {
    return byKey(Object.fromEntries(kafka.byKey), Object.fromEntries(gofka.byKey), (key) =>
      path.concat("{", key, "}"),
    );
  }
  if (Array.isArray(kafka) && Array.isArray(gofka)) {
    return byKey(indexed(kafka), indexed(gofka), (key) => `${path}[${key}]`);
  }
  if (isObject(kafka) && isObject(gofka)) {
    return byKey(kafka, gofka, (key) => (path === "" ? key : `${path}.${key}`));
  }
  return [{ path, kafka, gofka }];
}

type Fields = Readonly<Record<string, unknown>>;

function indexed(values: readonly unknown[]): Fields {
  return Object.fromEntries(values.entries());
}

function isObject(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function byKey(kafka: Fields, gofka: Fields, pathOf: (key: string) => string): Difference[] {
  const keys = new Set([...Object.keys(kafka), ...Object.keys(gofka)]);
  return [...keys].flatMap((key) =>
    compared(key in kafka ? kafka[key] : absent, key in gofka ? gofka[key] : absent, pathOf(key)),
  );
}
