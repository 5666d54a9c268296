// Known bugs of Raft implementations, planted in the steps of whole nodes: a state that is bent before a
// step, an event that is told too soon or not as it was, effects that are changed on their way.
//
// Lives on: the simulator's thread.

import { voterOf } from "../actors/raft-node/core/voters.ts";
import type { RaftEffect, RaftEvent, RaftState } from "../actors/raft-node/core/state.ts";
import { votersOf } from "../actors/raft-node/core/state.ts";
import { RaftSteps } from "../actors/raft-node/core/step.ts";
import { Snapshots } from "../actors/raft-node/snapshots.ts";
import type { ClusterBug } from "./planted-cluster-bugs.ts";
import { replaceMethod } from "./replace-method.ts";
import { neverDone, pathOf, spoiltDisk } from "./spoil-disk.ts";

type Step = (event: RaftEvent) => readonly RaftEffect[];
type Received = Extract<RaftEvent, { event: "received" }>;

function spoilSteps(
  spoil: (state: RaftState, event: RaftEvent, step: Step) => readonly RaftEffect[],
): () => () => void {
  return () =>
    replaceMethod(
      RaftSteps.prototype,
      "take",
      (take: RaftSteps["take"]) =>
        function spoilt(this: RaftSteps, event: RaftEvent): readonly RaftEffect[] {
          return spoil(this.state, event, (given) => take.call(this, given));
        },
    );
}

function whenLeading(spoil: (role: Writable<Leader>, state: RaftState) => void) {
  return spoilSteps((state, event, step) => {
    if (state.role.name === "leader") spoil(state.role, state);
    return step(event);
  });
}

type Leader = Extract<RaftState["role"], { name: "leader" }>;
type Writable<T> = { -readonly [K in keyof T]: T[K] };

const deadly = { powerCut: 1_000, kill: 2_000 };
const parted = { cutBoth: 1_500, cutFrom: 2_000, cutTo: 2_000, pause: 3_000 };
const three = { nodes: 3, snapshotBytes: 20_000_000 };

/** What followed an append that comes once more is cut off, and appended again up to where it ends. */
function cutOffAfter(state: RaftState, event: Received, step: Step): readonly RaftEffect[] {
  const { message } = event;
  if (message.kind !== "append" || message.batches.length === 0) return step(event);
  const { from, prevEpoch, term, batches } = message;
  const end = batches.at(-1)!.nextOffset;
  const isOld =
    term === state.term &&
    state.role.name === "follower" &&
    from > state.log.start.offset &&
    end < state.log.end &&
    state.log.has({ offset: from, epoch: prevEpoch });
  if (!isOld) return step(event);
  state.log.truncateTo(from);
  state.voterHistory.truncateTo(from);
  state.generation += 1;
  state.durableEnd = Math.min(state.durableEnd, from);
  return step(event).map((effect) =>
    effect.effect === "appendBatches" ? { ...effect, truncates: true } : effect,
  );
}

export const raftBugs: readonly ClusterBug[] = [
  {
    name: "vote-not-synced",
    seed: 1,
    what: "the vote is told of before it is on disk, so that a power cut lets it be given twice",
    provoke: { ...three, means: deadly },
    spoil: ({ disk }, { life }) => ({
      disk: spoiltDisk(disk, (request, done) => {
        const isMeant = pathOf(request).includes("gofka-metadata");
        return isMeant && request.operation === "syncDirectory" && neverDone(life, done);
      }),
    }),
  },
  {
    name: "older-term-by-count",
    seed: 1,
    what: "an entry of an older term is committed because a majority has it (Raft, figure 8)",
    provoke: { ...three, means: { ...deadly, ...parted } },
    plant: whenLeading((role) => {
      role.termStart = 0;
    }),
  },
  {
    name: "read-by-lease",
    seed: 8,
    what: "a leader answers a read without asking whether it still leads",
    provoke: { ...three, electionMs: [10_000, 300, 300], topics: 2, means: parted },
    plant: spoilSteps((state, event, step) => {
      const { role, highWatermark } = state;
      if (event.event !== "read" || role.name !== "leader" || !role.announced) return step(event);
      return [{ effect: "answerRead", read: event.read, end: highWatermark }];
    }),
  },
  {
    name: "synced-too-soon",
    seed: 1,
    what: "a follower says that it has on disk what it has only written",
    provoke: { ...three, syncMs: 10, means: deadly },
    plant: spoilSteps((state, event, step) => {
      const effects = step(event);
      const { log, generation } = state;
      if (!effects.some(({ effect }) => effect === "appendBatches")) return effects;
      return [...effects, ...step({ event: "synced", end: log.end, generation })];
    }),
  },
  {
    name: "leader-counts-unsynced",
    seed: 1,
    what: "a leader counts itself for what it has not synced (etcd 14370)",
    provoke: { ...three, syncMs: 10, means: deadly },
    plant: whenLeading((_, state) => {
      state.durableEnd = state.log.end;
    }),
  },
  {
    name: "voters-too-early",
    seed: 1,
    what: "a new leader changes who votes before it has committed anything (Ongaro, 2015)",
    provoke: { ...three, means: { ...deadly, ...parted } },
    plant: whenLeading((role) => {
      role.announced = true;
    }),
  },
  {
    name: "stale-append-truncates",
    seed: 113,
    what: "an append that comes late cuts off what followed it (redpanda 17895)",
    provoke: {
      ...three,
      stragglersPerMille: 300,
      latencyMs: 10,
      electionMs: [300, 300, 300],
      administrators: 3,
      topics: 6,
      means: { tear: 100, slowDisk: 300, kill: 1_500 },
    },
    plant: spoilSteps((state, event, step) =>
      event.event === "received" ? cutOffAfter(state, event, step) : step(event),
    ),
  },
  {
    name: "snapshot-without-voters",
    seed: 1,
    what: "a snapshot does not say who votes",
    provoke: { ...three, snapshotBytes: 300, means: { kill: 1_500 } },
    plant: () =>
      replaceMethod(
        Snapshots.prototype,
        "take",
        (take: Snapshots["take"]) =>
          function forgetful(this: Snapshots, ...[id, records, , nowMs]: Parameters<typeof take>) {
            return take.call(this, id, records, null, nowMs);
          },
      ),
  },
  {
    name: "any-log-wins",
    seed: 2,
    what: "whoever asks gets the vote, whatever its log lacks",
    provoke: { ...three, means: { ...deadly, ...parted } },
    plant: spoilSteps((_, event, step) => {
      if (event.event !== "received") return step(event);
      const { message } = event;
      if (message.kind !== "voteRequest" && message.kind !== "preVoteRequest") return step(event);
      return step({ ...event, message: { ...message, lastEpoch: 1_000_000 } });
    }),
  },
  {
    name: "lost-disk-votes",
    seed: 1,
    what: "a node that came back without its disk still has the say of the one it was",
    provoke: { ...three, means: { wipe: 4_000, ...parted } },
    plant: spoilSteps((state, event, step) => {
      if (event.event !== "received") return step(event);
      const known = voterOf(votersOf(state), event.from)?.directoryId;
      return step({ ...event, directoryId: known ?? event.directoryId });
    }),
  },
  {
    name: "deaf-leader-stays",
    seed: 3,
    what: "a leader that hears no majority goes on to lead (Cloudflare, 2020)",
    provoke: { ...three, means: { cutTo: 3_000 } },
    plant: whenLeading((role) => {
      for (const progress of role.progress.values()) progress.isHeard = true;
    }),
  },
];
