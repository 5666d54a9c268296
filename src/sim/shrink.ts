// Makes the plan of a failing world smaller as long as it breaks the same promise: fewer faults, fewer
// operations, fewer nodes and hosts, calmer wires, a shorter story. Halves first, then single things
// (delta debugging, Zeller & Hildebrandt 2002).
//
// Lives on: the simulator's thread.

import type { ClusterConfig, ClusterPlan } from "./cluster-plan.ts";
import type { Violation } from "./verdict.ts";

const RUNS_MAX = 600;

export function shrinkPlan(
  plan: ClusterPlan,
  invariant: string,
  run: (plan: ClusterPlan) => Violation | undefined,
  print: (line: string) => void = () => {},
): ClusterPlan {
  let best = plan;
  let runs = 0;
  const fails = (candidate: ClusterPlan): boolean => {
    if (runs >= RUNS_MAX) return false;
    runs += 1;
    return run(candidate)?.invariant === invariant;
  };
  const take = (candidate: ClusterPlan): boolean => {
    const isSmaller = fails(candidate);
    if (isSmaller) best = candidate;
    return isSmaller;
  };
  for (let before = ""; before !== JSON.stringify(best);) {
    before = JSON.stringify(best);
    for (const change of simpler(best.config))
      take({ ...best, config: { ...best.config, ...change } });
    for (const nodes of [1, 2, 3, 4]) {
      if (nodes < best.config.nodes && take(withNodes(best, nodes))) break;
    }
    reduce(best.faults, (faults) => take({ ...best, faults }));
    reduce(best.operations, (operations) => take({ ...best, operations }));
    const { faults, operations, config } = best;
    const lastMs = Math.max(0, ...[...faults, ...operations].map(({ atMs }) => atMs));
    for (const faultyMs of [lastMs + 1, lastMs + 1_000]) {
      if (faultyMs < config.faultyMs && take({ ...best, config: { ...config, faultyMs } })) break;
    }
    print(
      `${best.faults.length} faults, ${best.operations.length} operations, ${best.config.nodes} nodes after ${runs} runs`,
    );
  }
  return best;
}

/** Leaves out what can be left out, in pieces that get smaller. */
function reduce<T>(items: readonly T[], take: (items: readonly T[]) => boolean): void {
  let left = items;
  for (
    let size = Math.ceil(left.length / 2);
    size >= 1;
    size = size === 1 ? 0 : Math.ceil(size / 2)
  ) {
    for (let at = left.length - 1; at >= 0; at -= size) {
      const from = Math.max(0, at - size + 1);
      const without = [...left.slice(0, from), ...left.slice(at + 1)];
      if (without.length < left.length && take(without)) left = without;
    }
  }
}

function simpler(config: ClusterConfig): Partial<ClusterConfig>[] {
  const calm: Partial<ClusterConfig> = {
    hosts: 1,
    stragglersPerMille: 0,
    latencyMs: 0.5,
    syncMs: 1,
    ticking: config.ticking.map(() => 1),
    electionMs: config.electionMs.map(() => 1_000),
    snapshotBytes: 20_000_000,
    segmentBytes: 1_000_000,
  };
  const names = Object.keys(calm) as (keyof ClusterConfig)[];
  return names
    .filter((name) => JSON.stringify(config[name]) !== JSON.stringify(calm[name]))
    .map((name) => ({ [name]: calm[name] }));
}

function withNodes(plan: ClusterPlan, nodes: number): ClusterPlan {
  const faults = plan.faults
    .filter(({ node }) => node <= nodes)
    .map((fault) => ({ ...fault, others: fault.others.filter((other) => other <= nodes) }));
  const operations = plan.operations.filter(
    ({ kind, topic }) => kind !== "produce" || topic < nodes,
  );
  return { config: { ...plan.config, nodes }, faults, operations };
}
