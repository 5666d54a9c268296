// A scenario as a file: the plan of a small world that once broke a promise, or breaks one when a bug is
// planted. Replayed for ever by test/sim/scenarios.test.ts.
//
// Lives on: the simulator's thread.

import type { ClusterPlan } from "./cluster-plan.ts";

export type Scenario = {
  /** The planted bug with which it breaks; undefined: it broke without one, and must not again. */
  readonly bug?: string | undefined;
  readonly breaks: string;
  readonly plan: ClusterPlan;
};

export function readScenario(text: string): Scenario {
  const { bug, breaks, config, faults, operations } = JSON.parse(text);
  return { bug, breaks, plan: { config, faults, operations } };
}

/** One line for each thing that happens, so that a reader can follow it. */
export function scenarioText({ bug, breaks, plan }: Scenario): string {
  const lines = (items: readonly unknown[]): string =>
    items.length === 0
      ? "[]"
      : `[\n${items.map((item) => `    ${JSON.stringify(item)}`).join(",\n")}\n  ]`;
  const fields = [
    ...(bug === undefined ? [] : [`  "bug": ${JSON.stringify(bug)}`]),
    `  "breaks": ${JSON.stringify(breaks)}`,
    `  "config": ${JSON.stringify(plan.config)}`,
    `  "faults": ${lines(plan.faults)}`,
    `  "operations": ${lines(plan.operations)}`,
  ];
  return `{\n${fields.join(",\n")}\n}\n`;
}
