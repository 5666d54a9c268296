// The record of a run: all pairs, their spreads, the verdicts and the machine, as the JSON that the smoke
// run is compared with and the pictures are made from.
//
// Lives on: the developer's machine.

import { readFileSync, writeFileSync } from "node:fs";
import type { Limit, Pair, Spread } from "./figures.ts";
import { CPU, figureOf, limitOf, ratios, spread } from "./figures.ts";
import type { Verdict } from "./goals.ts";
import type { Machine } from "./machine.ts";
import { verdictsOf } from "./report.ts";
import type { Row } from "./row.ts";

export type RecordedFigure = {
  readonly left: Spread;
  readonly right?: Spread;
  readonly ratio?: Spread;
};

export type RecordedRow = {
  readonly name: string;
  readonly unit: string;
  readonly better: "more" | "less";
  readonly method?: string;
  readonly limit: Limit;
  /** By name; "" is the row's own. */
  readonly figures: Readonly<Record<string, RecordedFigure>>;
  readonly goals: readonly Verdict[];
  readonly pairs: readonly Pair[];
};

export type Recorded = {
  readonly at: string;
  readonly labels: readonly [string, string];
  readonly machine: Machine;
  readonly pinned: boolean;
  readonly seconds: number;
  readonly rows: Readonly<Record<string, RecordedRow>>;
};

function recordedFigure(
  pairs: readonly Pair[],
  name: string | undefined,
): RecordedFigure | undefined {
  const known = (values: readonly (number | undefined)[]): Spread | undefined => {
    const numbers = values.filter((value) => value !== undefined);
    return numbers.length === 0 ? undefined : spread(numbers);
  };
  const left = known(pairs.map((pair) => figureOf(pair.left, name)));
  if (left === undefined) return undefined;
  const right = known(pairs.map((pair) => pair.right && figureOf(pair.right, name)));
  const of = ratios(pairs, name);
  return {
    left,
    ...(right !== undefined && { right }),
    ...(of.length > 0 && { ratio: spread(of) }),
  };
}

export function recordRow(row: Row, pairs: readonly Pair[], cores: number): RecordedRow {
  const names = [undefined, CPU, ...Object.keys(pairs[0]?.left.notes ?? {})];
  const figures: Record<string, RecordedFigure> = {};
  for (const name of names) {
    const recorded = recordedFigure(pairs, name);
    if (recorded !== undefined) figures[name ?? ""] = recorded;
  }
  return {
    name: row.name,
    unit: row.unit,
    better: row.better,
    ...(row.method !== undefined && { method: row.method }),
    limit: limitOf(
      pairs.map(({ left }) => left),
      cores,
    ),
    figures,
    goals: verdictsOf(row, pairs, cores),
    pairs,
  };
}

/** Five digits say more than was measured. */
function short(_key: string, value: unknown): unknown {
  if (typeof value !== "number" || Number.isInteger(value)) return value;
  return Number(value.toPrecision(5));
}

/** A line for each row, so that a diff shows which were measured anew. */
export function writeRecorded(file: string, { rows, ...about }: Recorded): void {
  const head = JSON.stringify(about, short, 1).replace(/\n\}$/, ",");
  const lines = Object.entries(rows).map(
    ([key, row]) => `  ${JSON.stringify(key)}: ${JSON.stringify(row, short)}`,
  );
  writeFileSync(file, `${head}\n "rows": {\n${lines.join(",\n")}\n }\n}\n`);
}

export function readRecorded(file: string): Recorded {
  return JSON.parse(readFileSync(file, "utf8")) as Recorded;
}
