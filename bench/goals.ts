// The goals that stand beside the rows, and whether they are met. A goal is about the median: of the
// ratios of the pairs, or of the left side's own figure.
//
// Where the client or the disk is the limit, more throughput cannot be had whatever the broker does: what
// such a row is about is the broker's CPU time, and its throughput need only not fall behind.
//
// Lives on: the developer's machine.

import type { Limit, Pair } from "./figures.ts";
import { figureOf, ratios, spread } from "./figures.ts";

export type Goal = {
  /** A figure by name; the row's own when left out. */
  readonly of?: string;
  readonly measure: "ratio" | "own";
  readonly atLeast?: number;
  readonly atMost?: number;
  /** What is enough when not the broker is the limit. */
  readonly atLeastIfLimitedElsewhere?: number;
};

const named = (of: string | undefined): Pick<Goal, "of"> => (of === undefined ? {} : { of });

/** So many times the other side's figure, or less. */
export function timesOrLess(atMost: number, of?: string): Goal {
  return { measure: "ratio", atMost, ...named(of) };
}

/** Of throughput: what the client, or the disk, can take at most is enough. */
export function throughputTimes(atLeast: number): Goal {
  const atLeastIfLimitedElsewhere = Math.min(atLeast, 0.95);
  return { measure: "ratio", atLeast, atLeastIfLimitedElsewhere };
}

/** The figure itself, whatever the other side has. */
export function orLess(atMost: number, of?: string): Goal {
  return { measure: "own", atMost, ...named(of) };
}

export type Verdict = {
  readonly goal: string;
  readonly value: number;
  readonly met: boolean;
  /** The goal was lowered, since this was the limit. */
  readonly limitedBy?: "client" | "disk";
};

function valueOf(goal: Goal, pairs: readonly Pair[]): number {
  const values =
    goal.measure === "ratio"
      ? ratios(pairs, goal.of)
      : pairs.map(({ left }) => figureOf(left, goal.of)).filter((each) => each !== undefined);
  return values.length === 0 ? Number.NaN : spread(values).median;
}

export function judge(goal: Goal, pairs: readonly Pair[], { by }: Pick<Limit, "by">): Verdict {
  const value = valueOf(goal, pairs);
  const elsewhere =
    (by === "client" || by === "disk") && goal.atLeastIfLimitedElsewhere !== undefined;
  const atLeast = elsewhere ? goal.atLeastIfLimitedElsewhere : goal.atLeast;
  const bound = atLeast === undefined ? `<= ${goal.atMost}` : `>= ${atLeast}`;
  const words = [goal.of, bound].filter((word) => word !== undefined).join(" ");
  // A figure that is missing (NaN) meets nothing.
  const met = atLeast === undefined ? value <= (goal.atMost ?? Number.NaN) : value >= atLeast;
  const text = `${words}${goal.measure === "ratio" ? " x" : ""}`;
  return elsewhere ? { goal: text, value, met, limitedBy: by } : { goal: text, value, met };
}
