// Draws a world of several nodes from a seed, runs it, with one planted bug or without, and tells what came
// of it.
//
// Lives on: the simulator's thread.

import { Prng } from "../base/prng.ts";
import type { ClusterConfig } from "./cluster-world.ts";
import { ClusterWorld } from "./cluster-world.ts";
import { forbidChance } from "./forbid-chance.ts";
import type { ClusterBug } from "./planted-cluster-bugs.ts";
import type { Violation } from "./verdict.ts";

const NODES_MAX = 5;

export function drawCluster(seed: number): ClusterConfig {
  const prng = new Prng(seed, "cluster config");
  const odds = (most: number): number => (prng.chance(0.3) ? 0 : prng.below(most));
  return {
    seed,
    nodes: prng.pick([1, 2, 3, 3, 3, 5]),
    hosts: prng.between(1, 2),
    administrators: prng.between(1, 3),
    topics: prng.between(1, 6),
    faultyMs: 20_000,
    kill: odds(60),
    powerCut: odds(60),
    cut: odds(120),
    snapshotBytes: prng.pick([300, 2_000, 20_000_000]),
    electionMs: Array.from({ length: NODES_MAX }, () => prng.pick([300, 1000, 1000, 3000])),
  };
}

export type ClusterResult = {
  readonly seed: number;
  readonly config: ClusterConfig;
  readonly violation: Violation | undefined;
  readonly hash: string;
  readonly events: number;
  readonly faults: number;
  readonly changes: number;
};

/** One world from its seed; nothing that is planted outlives it. */
export function runCluster(
  seed: number,
  given: { readonly bug?: ClusterBug; readonly config?: Partial<ClusterConfig> } = {},
): ClusterResult {
  const { bug } = given;
  const config = { ...drawCluster(seed), ...bug?.provoke, ...given.config };
  const allow = forbidChance();
  const mend = bug?.plant?.();
  try {
    const world = new ClusterWorld(
      config,
      bug === undefined ? undefined : { ...bug, provoke: { faults: {} } },
    );
    world.run();
    const changes = [...world.operations.values()].reduce((sum, { length }) => sum + length, 0);
    const { scheduler, faults, verdict } = world;
    return {
      seed,
      config,
      violation: verdict.violation,
      hash: scheduler.trace.hash(),
      events: scheduler.eventsHandled,
      faults,
      changes,
    };
  } finally {
    mend?.();
    allow();
  }
}
