// What groups a world has, and how restless their members are: drawn anew for every seed.
//
// Lives on: the simulator's thread.

import type { Prng } from "../base/prng.ts";
import type { AssignorName } from "../client/group/assignors/index.ts";
import { clientAssignors } from "../client/group/assignors/index.ts";
import type { GroupConsumerOptions } from "../client/group/group-consumer-options.ts";

export type GroupDraw = {
  readonly options: GroupConsumerOptions & {
    readonly sessionTimeoutMs: number;
    readonly maxPollIntervalMs: number;
  };
  readonly members: number;
  /** Each speaks now the one protocol and now the other, so that the group changes over. */
  readonly isMixed: boolean;
  /** Static members: who comes after a death takes its place. */
  readonly areStatic: boolean;
  /** By pattern, or by the names of all topics. */
  readonly byPattern: boolean;
  /** How long a member works on what a poll gave it. */
  readonly workMs: number;
  /** Mean time between two of a kind, per member; 0 for none. */
  readonly restless: {
    readonly leaveMs: number;
    /** The application does not poll for a while. */
    readonly stallMs: number;
    /** The process stands still and wakes up as a zombie, perhaps. */
    readonly freezeMs: number;
    /** A commit in the name of a generation that is over. */
    readonly oldCommitMs: number;
  };
};

/** The coordinator's own rhythms, quick enough that each is met within a few seconds. */
export function drawGroupBroker(groups: readonly GroupDraw[], prng: Prng): Record<string, string> {
  const heartbeatMs = prng.pick([100, 300]);
  const sessions = groups.map(({ options }) => options.sessionTimeoutMs);
  // An empty group goes when it has no offsets, and nobody could tell that from a static member's
  // return into the generation that it left.
  const mayVanish = groups.every(({ areStatic }) => !areStatic);
  return {
    "group.initial.rebalance.delay.ms": String(prng.pick([0, 50, 500])),
    "group.min.session.timeout.ms": "100",
    "group.consumer.min.heartbeat.interval.ms": "50",
    "group.consumer.heartbeat.interval.ms": String(heartbeatMs),
    "group.consumer.min.session.timeout.ms": "100",
    "group.consumer.session.timeout.ms": String(Math.max(1_000, ...sessions)),
    "group.consumer.min.assignment.interval.ms": "0",
    "group.consumer.assignment.interval.ms": String(prng.pick([0, 200])),
    "offsets.topic.num.partitions": String(prng.pick([1, 1, 3])),
    "offsets.retention.check.interval.ms": String(
      prng.pick(mayVanish ? [300, 2_000, 600_000] : [600_000]),
    ),
    "offsets.load.buffer.size": String(prng.pick([500, 5_000, 5_242_880])),
  };
}

/** Nobody is taken for dead who loses the node for the time of a restart. */
export const LONG_SESSION_MS = 2_500;

export function drawGroups(prng: Prng): GroupDraw[] {
  const count = prng.pick([0, 0, 0, 1, 1, 2]);
  return Array.from({ length: count }, (_, index) => drawGroup(index, prng));
}

function drawGroup(index: number, prng: Prng): GroupDraw {
  const names = Object.keys(clientAssignors) as AssignorName[];
  const sessionTimeoutMs = prng.pick([1_000, LONG_SESSION_MS]);
  const often = (): number => prng.pick([0, 0, 1_000, 4_000]);
  const isMixed = prng.below(4) === 0;
  return {
    options: {
      groupId: `group${index}`,
      protocol: prng.pick(["classic", "classic", "consumer"]),
      assignors: prng.pick([[prng.pick(names)], ["cooperative-sticky"], ["range", "sticky"]]),
      sessionTimeoutMs,
      heartbeatIntervalMs: sessionTimeoutMs / 5,
      maxPollIntervalMs: prng.pick([1_500, 4_000]),
      maxPollRecords: prng.pick([20, 100, 500]),
      autoCommit: prng.below(3) === 0,
      autoCommitIntervalMs: prng.pick([50, 500]),
      offsetReset: "earliest",
      metadataMaxAgeMs: prng.pick([500, 3_000]),
      maxWaitMs: prng.pick([300, 1_000]),
      // A backlog as a whole would be longer on a slow wire than an answer may be.
      maxBytes: 20_000,
      partitionMaxBytes: 20_000,
    },
    members: prng.between(1, 3),
    isMixed,
    areStatic: !isMixed && prng.below(4) === 0,
    byPattern: prng.below(4) === 0,
    workMs: prng.pick([20, 50, 100]),
    restless: {
      leaveMs: often(),
      stallMs: often(),
      freezeMs: often(),
      oldCommitMs: prng.pick([0, 300, 1_000]),
    },
  };
}

/** For a quick look at what can go wrong in a group. */
export function restlessGroup(protocol: "classic" | "consumer", prng: Prng): GroupDraw {
  const drawn = drawGroup(0, prng);
  return {
    ...drawn,
    options: {
      ...drawn.options,
      protocol,
      sessionTimeoutMs: LONG_SESSION_MS,
      autoCommit: false,
    },
    members: 3,
    isMixed: false,
    areStatic: false,
    restless: { leaveMs: 700, stallMs: 1_000, freezeMs: 0, oldCommitMs: 200 },
  };
}
