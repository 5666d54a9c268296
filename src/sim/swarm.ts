// What kind of world a seed is: which faults there are at all and how often, how many hosts, clients
// and partitions, how small the segments, how slow the network. Drawn anew for every seed, because a
// world where everything may go wrong at once seldom gets far enough to go wrong in a new way.
//
// Lives on: the simulator's thread.

import { Prng } from "../base/prng.ts";
import type { FetcherOptions } from "../client/fetcher.ts";
import { calmDisk } from "./disk.ts";
import type { SimDiskOptions } from "./disk.ts";
import type { GroupDraw } from "./group-draw.ts";
import { drawGroupBroker, drawGroups } from "./group-draw.ts";
import type { TopicPromise } from "./history.ts";
import type { NetworkOptions } from "./network.ts";
import type { ProducingOptions } from "./workload/producing.ts";

export const faultNames = [
  "kill", // the process is killed: nothing but what it had written stays
  "powerCut", // the machine loses its power: what was not synced may be gone
  "restart", // an orderly stop and start
  "hostEscape", // an exception leaves an actor of one host
  "hostCrash", // a host's thread crashes, and takes the process along
  "cutWire", // a client cannot reach the node, or the node the client
  "resetConnection",
  "clientDeath",
  "wallJump",
  "diskStall",
  "diskError", // EIO, once
  "diskFull",
] as const;
export type FaultName = (typeof faultNames)[number];

export type TopicDraw = {
  readonly name: string;
  readonly partitions: number;
  readonly configs: Readonly<Record<string, string>>;
  readonly promise: TopicPromise;
};

export type WorldConfig = {
  readonly seed: number;
  readonly hosts: number;
  readonly topics: readonly TopicDraw[];
  readonly broker: Readonly<Record<string, string>>;
  readonly network: NetworkOptions;
  readonly disk: SimDiskOptions;
  readonly timerLatenessMs: number;
  readonly requestTimeoutMs: number;
  readonly producers: readonly ProducingOptions[];
  readonly consumers: readonly Required<FetcherOptions>[];
  readonly retellers: number;
  readonly administrators: number;
  readonly vandals: number;
  readonly groups: readonly GroupDraw[];
  /** Mean time between two faults of a kind; 0 for none. */
  readonly faults: Readonly<Record<FaultName, number>>;
  /** How long faults happen. */
  readonly faultyMs: number;
};

export function drawConfig(seed: number, prng: Prng): WorldConfig {
  const drawn = Array.from({ length: prng.between(1, 3) }, (_, index) => drawTopic(index, prng));
  // From a stream of its own, so that worlds without compaction are what they always were.
  const cleaning = new Prng(seed, "cleaning");
  const topics = drawn.map((topic) => {
    return cleaning.below(3) === 0 ? compactedTopic(topic, cleaning) : topic;
  });
  const groupPrng = new Prng(seed, "swarm of groups");
  const groups = drawGroups(groupPrng);
  return {
    seed,
    hosts: prng.between(1, 3),
    topics,
    broker: {
      ...drawBroker(prng),
      ...drawCleaner(cleaning),
      ...drawDirectories(new Prng(seed, "directories")),
      ...drawGroupBroker(groups, groupPrng),
    },
    network: {
      latencyMs: prng.pick([0.1, 0.5, 2, 10]),
      windowBytes: prng.pick([4_096, 65_536, 262_144]),
      segmentBytesMax: prng.pick([300, 1_500, 65_536]),
      stragglersPerMille: prng.pick([0, 2, 50]),
    },
    disk: {
      ...calmDisk,
      latencyMs: prng.pick([0.02, 0.05, 1]),
      syncLatencyMs: prng.pick([0.2, 1, 5, 30]),
    },
    timerLatenessMs: prng.pick([0.1, 1, 20]),
    requestTimeoutMs: prng.pick([6_000, 15_000, 40_000]),
    producers: Array.from({ length: prng.between(1, 3) }, () => drawProducer(prng)),
    consumers: Array.from({ length: prng.between(1, 3) }, () => drawConsumer(prng)),
    retellers: prng.below(3),
    administrators: prng.below(2),
    vandals: prng.below(4) === 0 ? 1 : 0,
    groups,
    faults: drawFaults(prng),
    faultyMs: prng.pick([1_000, 3_000, 6_000]),
  };
}

function drawTopic(index: number, prng: Prng): TopicDraw {
  const policy = prng.pick(["group", "group", "group", "each", "os", "interval:50"]);
  const survivesPowerCut = policy === "group" || policy === "each";
  const appendTime = prng.below(5) === 0;
  return {
    name: `topic${index}`,
    partitions: prng.between(1, 4),
    configs: {
      "gofka.flush.policy": policy,
      "internal.segment.bytes": String(prng.pick([1_500, 6_000, 30_000, 1_000_000])),
      "index.interval.bytes": String(prng.pick([0, 100, 1_000, 4_096])),
      "message.timestamp.type": appendTime ? "LogAppendTime" : "CreateTime",
      ...(prng.below(5) === 0 ? { "compression.type": prng.pick(["gzip", "zstd", "lz4"]) } : {}),
      ...(prng.below(6) === 0 ? { "flush.messages": String(prng.between(1, 20)) } : {}),
    },
    promise: {
      survivesPowerCut,
      survivesAfterMs: Infinity,
      appendTime,
      mayExpire: false,
    },
  };
}

/** The same topic, compacted: soon, often, and with small segments, or it would not come to that. */
export function compactedTopic(topic: TopicDraw, prng: Prng): TopicDraw {
  const tombstonesStayMs = prng.pick([0, 300, 2_000, 1_000_000]);
  const configs = {
    ...topic.configs,
    "cleanup.policy": prng.pick(["compact", "compact", "compact,delete"]),
    "internal.segment.bytes": String(prng.pick([800, 1_500, 6_000])),
    "segment.ms": String(prng.pick([300, 2_000, 604_800_000])),
    "min.cleanable.dirty.ratio": String(prng.pick([0, 0.1, 0.5])),
    "delete.retention.ms": String(tombstonesStayMs),
    "file.delete.delay.ms": String(prng.pick([0, 100, 60_000])),
    ...(prng.below(4) === 0 ? { "max.compaction.lag.ms": "1000" } : {}),
  };
  return { ...topic, configs, promise: { ...topic.promise, tombstonesStayMs } };
}

function drawCleaner(prng: Prng): Record<string, string> {
  return {
    "log.cleaner.backoff.ms": String(prng.pick([20, 100, 1_000])),
    // For a map of a few dozen keys, or of all there are.
    "log.cleaner.dedupe.buffer.size": String(prng.pick([1_000, 1_000_000])),
    "log.cleaner.io.buffer.size": String(prng.pick([1_000, 524_288])),
    ...(prng.below(4) === 0 ? { "log.cleaner.io.max.bytes.per.second": "400000" } : {}),
  };
}

/** Now and then there are two data directories, of one disk. */
function drawDirectories(prng: Prng): Record<string, string> {
  return prng.below(3) === 0 ? { "log.dirs": "/data,/more/data" } : {};
}

/** The broker's own rhythms, quick enough that each is met within a few seconds. */
function drawBroker(prng: Prng): Record<string, string> {
  return {
    "log.retention.check.interval.ms": String(prng.pick([300, 2_000, 60_000])),
    "log.flush.offset.checkpoint.interval.ms": String(prng.pick([100, 1_000, 60_000])),
    "log.flush.start.offset.checkpoint.interval.ms": String(prng.pick([100, 1_000, 60_000])),
    "max.incremental.fetch.session.cache.slots": String(prng.pick([1, 2, 1_000])),
    "internal.metadata.log.segment.bytes": String(prng.pick([2_000, 20_000, 1_000_000])),
    "metadata.log.max.record.bytes.between.snapshots": String(
      prng.pick([1_000, 10_000, 1_000_000]),
    ),
  };
}

function drawProducer(prng: Prng): ProducingOptions {
  const idempotent = prng.below(4) !== 0;
  return {
    acks: idempotent ? -1 : prng.pick([-1, 0, 1]),
    idempotent,
    lingerMs: prng.pick([0, 1, 10]),
    batchBytesMax: prng.pick([200, 2_000, 100_000]),
    inFlightMax: idempotent ? prng.between(1, 5) : prng.between(1, 3),
    attemptsMax: prng.pick([3, 10, 100]),
    compression: prng.pick(["none", "none", "none", "gzip", "snappy", "lz4", "zstd"]),
    meanPauseMs: prng.pick([10, 30, 100]),
    burstMax: prng.between(1, 10),
    underWayMax: prng.pick([5, 50, 300]),
  };
}

function drawConsumer(prng: Prng): Required<FetcherOptions> {
  return {
    minBytes: prng.pick([1, 1, 1_000, 100_000]),
    // Asking again without a pause is a load, not a test.
    maxWaitMs: prng.below(20) === 0 ? 0 : prng.pick([20, 100, 500]),
    maxBytes: prng.pick([1, 5_000, 50_000_000]),
    partitionMaxBytes: prng.pick([1, 1_000, 1_000_000]),
    readCommitted: prng.below(4) === 0,
    sessions: prng.below(3) !== 0,
  };
}

function drawFaults(prng: Prng): Record<FaultName, number> {
  const faults = {} as Record<FaultName, number>;
  for (const name of faultNames) {
    const on = prng.below(4) === 0;
    faults[name] = on ? prng.pick([500, 2_000, 5_000]) : 0;
  }
  return faults;
}
