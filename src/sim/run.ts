// Runs one seed, or one seed with one planted bug, and tells what came of it.
//
// Lives on: the simulator's thread.

import { Prng } from "../base/prng.ts";
import { forbidChance } from "./forbid-chance.ts";
import { restlessGroup } from "./group-draw.ts";
import type { PlantedBug } from "./planted-bugs.ts";
import { compactedTopic, drawConfig, faultNames } from "./swarm.ts";
import type { TopicDraw, WorldConfig } from "./swarm.ts";
import type { Violation } from "./verdict.ts";
import { World } from "./world.ts";

const PROVOKING_MS = 1_500;

export type RunResult = {
  readonly seed: number;
  readonly config: WorldConfig;
  readonly hash: string;
  readonly events: number;
  readonly virtualMs: number;
  readonly records: number;
  readonly answers: number;
  readonly faults: ReadonlyMap<string, number>;
  readonly violation: Violation | undefined;
  /** The last lines of the trace, oldest first. */
  readonly lines: readonly string[];
};

export type RunOptions = {
  readonly bug?: PlantedBug;
  readonly onLine?: (line: string) => void;
  /** Instead of what the seed would draw. */
  readonly config?: WorldConfig;
};

export function configOf(seed: number): WorldConfig {
  return drawConfig(seed, new Prng(seed, "swarm"));
}

/** The seed's world, made shorter and narrower to show the bug. */
export function provokingConfigOf(seed: number, { provoke }: PlantedBug): WorldConfig {
  const drawn = configOf(seed);
  const calm = Object.fromEntries(faultNames.map((name) => [name, 0])) as WorldConfig["faults"];
  const { faults, unsynced = false, compacted = false, grouped, broker, ...rest } = provoke;
  const cleaning = new Prng(seed, "provoked cleaning");
  const topics = drawn.topics.map((topic) => {
    if (compacted) return compactedTopic(topic, cleaning);
    return unsynced ? unsyncedTopic(topic) : topic;
  });
  const groups = grouped === undefined ? [] : [restlessGroup(grouped, new Prng(seed, "provoked"))];
  return {
    ...drawn,
    ...rest,
    broker: { ...drawn.broker, ...broker },
    topics,
    groups,
    faults: { ...calm, ...faults },
    faultyMs: grouped === undefined ? PROVOKING_MS : 2 * PROVOKING_MS,
  };
}

function unsyncedTopic({ configs, promise, ...topic }: TopicDraw): TopicDraw {
  return {
    ...topic,
    configs: { ...configs, "gofka.flush.policy": "os", "flush.messages": "1000000" },
    promise: { ...promise, survivesPowerCut: false },
  };
}

export function runSeed(seed: number, options: RunOptions = {}): RunResult {
  const config = options.config ?? configOf(seed);
  const mend = options.bug?.plant?.();
  const allow = forbidChance();
  const world = new World(config, options.bug);
  world.scheduler.trace.onLine = options.onLine;
  try {
    world.run();
  } catch (error) {
    const what = error instanceof Error ? (error.stack ?? error.message) : String(error);
    world.verdict.fail("nothing throws outside of an actor", what);
  } finally {
    allow();
    mend?.();
  }
  const { scheduler, verdict, history, faults, watch } = world;
  return {
    seed,
    config,
    hash: scheduler.trace.hash(),
    events: scheduler.eventsHandled,
    virtualMs: scheduler.nowMs(),
    records: history.sends.length,
    answers: watch.answeredCount,
    faults: faults?.counts ?? new Map(),
    violation: verdict.violation,
    lines: verdict.violation === undefined ? [] : scheduler.trace.last(),
  };
}
