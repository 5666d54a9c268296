// Runs the plan of a world of several nodes, with one planted bug or without, and tells what came of it.
//
// Lives on: the simulator's thread.

import { drawCluster } from "./cluster-plan.ts";
import type { ClusterPlan } from "./cluster-plan.ts";
import { ClusterWorld } from "./cluster-world.ts";
import { forbidChance } from "./forbid-chance.ts";
import type { ClusterBug } from "./planted-cluster-bugs.ts";
import type { Violation } from "./verdict.ts";

export type ClusterResult = {
  readonly plan: ClusterPlan;
  readonly violation: Violation | undefined;
  readonly hash: string;
  readonly events: number;
  readonly faults: number;
  readonly changes: number;
  readonly records: number;
  readonly commits: number;
  /** The last lines of the trace, oldest first. */
  readonly lines: readonly string[];
};

/** One world from its seed; nothing that is planted outlives it. */
export function runCluster(seed: number, bug?: ClusterBug): ClusterResult {
  return runPlan(drawCluster(seed, bug?.provoke), bug);
}

export function runPlan(
  plan: ClusterPlan,
  bug?: ClusterBug,
  onLine?: (line: string) => void,
): ClusterResult {
  const allow = forbidChance();
  const mend = bug?.plant?.();
  const world = new ClusterWorld(plan, bug && { ...bug, provoke: { faults: {} } });
  const { scheduler, faults, verdict, clients } = world;
  scheduler.trace.onLine = onLine;
  try {
    world.run();
  } catch (error) {
    const what = error instanceof Error ? (error.stack ?? error.message) : String(error);
    verdict.fail("nothing throws outside of an actor", what);
  } finally {
    mend?.();
    allow();
  }
  return {
    plan,
    violation: verdict.violation,
    hash: scheduler.trace.hash(),
    events: scheduler.eventsHandled,
    faults: faults.happened,
    changes: clients.changeCount,
    records: clients.acked.length,
    commits: world.watch.committedEnd,
    lines: verdict.violation === undefined ? [] : scheduler.trace.last(),
  };
}
