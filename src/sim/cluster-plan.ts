// What happens in a world of several nodes, drawn from a seed and written out as plain data: which nodes
// with which settings, what goes wrong when, and what clients ask for when. A plan can be made smaller
// by leaving things out (shrink.ts) and kept as a file.
//
// Which kinds of faults there are at all is drawn anew for every seed: a world where everything may go
// wrong at once seldom gets far enough to go wrong in a new way.
//
// Lives on: the simulator's thread.

import { Prng } from "../base/prng.ts";

export const clusterFaults = [
  "kill", // the process is killed: what it had written stays, synced or not
  "powerCut", // what was not synced may be gone, in part or torn
  "wipe", // comes back without its disk
  "restart", // an orderly stop and start
  "pause", // stands still, as by SIGSTOP, and does not know
  "cutBoth", // nothing passes between it and some others
  "cutFrom", // nothing it says arrives
  "cutTo", // it hears nothing
  "tear", // streams break, what was on its way arrives beside what comes on the new one
  "slowDisk",
  "diskError", // EIO, once
  "clockJump", // of the wall clock
] as const;
export type ClusterFaultName = (typeof clusterFaults)[number];

/** Waited for, up to a bound, before it happens: the worst moments are those in between. */
export type Moment = "now" | "sync" | "rename" | "vote";

export type ClusterFault = {
  readonly kind: ClusterFaultName;
  readonly atMs: number;
  readonly node: number;
  /** Until it starts again, goes on, is mended. */
  readonly forMs: number;
  readonly moment: Moment;
  /** The other nodes that a cut or a tear is about. */
  readonly others: readonly number[];
  /** Milliseconds of a jump or of a sync. */
  readonly amount: number;
};

export type ClusterOperation = {
  readonly kind: "create" | "delete" | "produce";
  /** Not before, and not before the client's last one is over. */
  readonly atMs: number;
  readonly client: number;
  readonly topic: number;
};

export type ClusterConfig = {
  readonly seed: number;
  readonly nodes: number;
  readonly hosts: number;
  readonly faultyMs: number;
  readonly snapshotBytes: number;
  readonly segmentBytes: number;
  readonly latencyMs: number;
  readonly stragglersPerMille: number;
  readonly syncMs: number;
  /** Of each node; the more they differ, the longer two of them may take themselves for leaders. */
  readonly electionMs: readonly number[];
  /** How fast each node's clock is. */
  readonly ticking: readonly number[];
  /** Beside those that every world has. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Whether the metadata has a host of its own. */
  readonly hasAside?: boolean;
  /** When a stream of the bulk lane is full. Scenarios of before have none. */
  readonly bulkHighWaterBytes?: number;
};

export type ClusterPlan = {
  readonly config: ClusterConfig;
  readonly faults: readonly ClusterFault[];
  readonly operations: readonly ClusterOperation[];
};

/** What is not as the seed would have it. */
export type ClusterOdds = Partial<ClusterConfig> & {
  /** Mean times between two faults of a kind; of those not named there is none. */
  readonly means?: Partial<Record<ClusterFaultName, number>>;
  readonly topics?: number;
  readonly administrators?: number;
};

const NODES_MAX = 5;
const FAULTS_MAX = 200;
/** Of records, there are as many topics as nodes, and nobody deletes one. */
const PRODUCERS_MAX = 2;

export function drawCluster(seed: number, given: ClusterOdds = {}): ClusterPlan {
  const { means: givenMeans, topics, administrators, ...fixed } = given;
  const config = { ...drawConfig(seed), ...fixed };
  const prng = new Prng(seed, "cluster faults");
  const means = drawMeans(prng);
  return {
    config,
    faults: drawFaults(config, givenMeans ?? means, prng),
    operations: drawOperations(config, topics, administrators),
  };
}

function drawConfig(seed: number): ClusterConfig {
  const prng = new Prng(seed, "cluster config");
  const each = <T>(of: readonly T[]): T[] => Array.from({ length: NODES_MAX }, () => prng.pick(of));
  const drifts = prng.chance(0.3);
  return {
    seed,
    nodes: prng.pick([1, 2, 3, 3, 3, 3, 4, 5, 5]),
    hosts: prng.between(1, 2),
    faultyMs: 25_000,
    snapshotBytes: prng.pick([300, 2_000, 20_000_000]),
    segmentBytes: prng.pick([2_000, 20_000, 1_000_000]),
    latencyMs: prng.pick([0.1, 0.5, 2, 10]),
    stragglersPerMille: prng.pick([0, 2, 50]),
    syncMs: prng.pick([0.2, 1, 1, 10]),
    electionMs: each([300, 1000, 1000, 3000]),
    ticking: drifts ? each([0.8, 0.95, 1, 1.05, 1.25]) : each([1]),
    bulkHighWaterBytes: prng.pick([200, 2_000, 4_000_000]),
    hasAside: prng.chance(0.5),
  };
}

function drawMeans(prng: Prng): Partial<Record<ClusterFaultName, number>> {
  const means: Partial<Record<ClusterFaultName, number>> = {};
  for (const name of clusterFaults) {
    const mean = prng.pick([800, 2_500, 8_000]);
    if (prng.chance(0.35)) means[name] = name === "wipe" ? 15_000 : mean;
  }
  return means;
}

function drawFaults(
  config: ClusterConfig,
  means: Partial<Record<ClusterFaultName, number>>,
  prng: Prng,
): ClusterFault[] {
  const faults: ClusterFault[] = [];
  for (const kind of clusterFaults) {
    const meanMs = means[kind] ?? 0;
    if (meanMs === 0) continue;
    let atMs = prng.float() * meanMs;
    while (atMs < config.faultyMs && faults.length < FAULTS_MAX) {
      faults.push(drawFault(config, kind, Math.round(atMs), prng));
      atMs += meanMs * (0.1 + 1.8 * prng.float());
    }
  }
  return faults.sort((a, b) => a.atMs - b.atMs);
}

function drawFault(
  { nodes }: ClusterConfig,
  kind: ClusterFaultName,
  atMs: number,
  prng: Prng,
): ClusterFault {
  const node = prng.between(1, nodes);
  const rest = Array.from({ length: nodes }, (_, at) => at + 1).filter((other) => other !== node);
  const others = prng.chance(0.4) ? rest : rest.filter(() => prng.chance(0.5));
  const isDeath = kind === "kill" || kind === "powerCut" || kind === "wipe";
  return {
    kind,
    atMs,
    node,
    forMs: prng.pick([1, 200, 2_000, 5_000]) + prng.below(1_000),
    moment: isDeath ? prng.pick(["now", "sync", "rename", "vote"] as const) : "now",
    others,
    amount: kind === "clockJump" ? prng.between(-3_600_000, 3_600_000) : prng.between(20, 400),
  };
}

function drawOperations(
  { seed, faultyMs, nodes }: ClusterConfig,
  topicsGiven: number | undefined,
  administratorsGiven: number | undefined,
): ClusterOperation[] {
  const prng = new Prng(seed, "cluster operations");
  const operations: ClusterOperation[] = [];
  const administrators = prng.between(1, 3);
  // The fewer names, the more they get in each other's way.
  const names = prng.between(1, 6);
  const topics = topicsGiven ?? names;
  const count = administratorsGiven ?? administrators;
  for (let client = 0; client < count; client++) {
    for (let atMs = prng.below(300); atMs < faultyMs; atMs += prng.below(350)) {
      const kind = prng.chance(0.6) ? "create" : "delete";
      operations.push({ kind, atMs, client, topic: prng.below(topics) });
    }
  }
  const producers = prng.between(0, PRODUCERS_MAX);
  for (let client = count; client < count + producers; client++) {
    for (let atMs = prng.below(300); atMs < faultyMs; atMs += prng.below(400)) {
      operations.push({ kind: "produce", atMs, client, topic: prng.below(nodes) });
    }
  }
  return operations.sort((a, b) => a.atMs - b.atMs);
}
