// What the steps are started with, from what lies on disk; and small facts of the outside that they are
// told or that are told of them.
//
// Lives on: the metadata host (part of the raft node).

import type { Voter, VoterSet } from "../../metadata/control-records.ts";
import type { SnapshotId } from "../../metadata/snapshot-file.ts";
import type { Outbox } from "../../runtime/actor.ts";
import type { Log } from "../../storage/log.ts";
import type { Colleagues } from "./colleagues.ts";
import type { LogPlace } from "./core/log.ts";
import { UNKNOWN_EPOCH } from "./core/log.ts";
import type { Durable, RaftState } from "./core/state.ts";
import { votersOf } from "./core/state.ts";
import type { Progress } from "./core/progress.ts";
import type { RaftNodeSelf } from "./events.ts";
import { neverHeard } from "./follower-times.ts";
import type { QuorumDescription, QuorumMember, RaftNodeSettings } from "./messages.ts";
import type { OpenedStore } from "./metadata-store.ts";
import type { Snapshots } from "./snapshots.ts";

export function placeOf({ endOffset: offset, epoch }: SnapshotId): LogPlace {
  return { offset, epoch };
}

/** The epoch before a log that was cut off in front is that of the snapshot that ends there. */
export function placeOfStart(log: Log, { atLogStart }: Snapshots): LogPlace {
  const offset = log.logStartOffset;
  if (offset === 0) return { offset, epoch: 0 };
  return { offset, epoch: atLogStart?.epoch ?? UNKNOWN_EPOCH };
}

/** Undefined where none can be: one of the leader's came in between, or not all of it is on disk. */
export function snapshotIdAt(raft: RaftState, log: Log, endOffset: number): SnapshotId | undefined {
  const epoch = raft.log.epochBefore(endOffset);
  if (epoch === undefined || endOffset > log.logEndOffset) return undefined;
  return { endOffset, epoch: Math.max(0, epoch) };
}

/** Null: those of the configuration, which the log says nothing of. */
export function votersBefore(raft: RaftState, endOffset: number): VoterSet | null {
  const { offset, voters } = raft.voterHistory.before(endOffset);
  return offset < 0 ? null : voters;
}

export function durableFrom(
  settings: RaftNodeSettings,
  { log, vote, snapshot, voterSets }: OpenedStore,
  snapshots: Snapshots,
): Durable {
  const { nodeId, directoryId, joins, endpoints, voters } = settings;
  const carried = snapshot?.voters ?? null;
  const first =
    snapshot === null || carried === null
      ? { offset: -1, voters }
      : { offset: snapshot.id.endOffset - 1, voters: carried };
  return {
    nodeId,
    directoryId,
    joins,
    endpoints,
    ...vote,
    logStart: placeOfStart(log, snapshots),
    logEnd: log.logEndOffset,
    epochs: log.epochs.entries,
    snapshot: snapshot === null ? null : placeOf(snapshot.id),
    voterSets: [first, ...voterSets],
  };
}

export function noteOpened(
  { log, report, snapshot, vote, notes }: OpenedStore,
  out: Pick<Outbox<RaftNodeSelf>, "log">,
): void {
  for (const note of notes) out.log("error", "metadata log", { note });
  out.log("info", "metadata log opened", {
    term: vote.term,
    snapshotEnd: snapshot?.id.endOffset ?? 0,
    logEnd: log.logEndOffset,
    tornBytes: report.tornBytes,
  });
}

export function describeQuorum(
  settings: RaftNodeSettings,
  raft: RaftState | undefined,
  { times, health }: Pick<Colleagues, "times" | "health">,
  nowMs: number,
): QuorumDescription {
  const { nodeId, directoryId } = settings;
  const role = raft?.role;
  const progress = role?.name === "leader" ? role.progress : new Map<number, Progress>();
  const voters = raft === undefined ? settings.voters : votersOf(raft);
  const member = (voter: Voter): QuorumMember => {
    const isSelf = voter.nodeId === nodeId;
    const known = isSelf ? directoryId : (progress.get(voter.nodeId)?.directoryId ?? null);
    return {
      ...voter,
      directoryId: voter.directoryId ?? known,
      logEndOffset: isSelf ? (raft?.log.end ?? -1) : (progress.get(voter.nodeId)?.durable ?? -1),
      ...(role?.name !== "leader"
        ? neverHeard
        : isSelf
          ? { lastFetchMs: nowMs, lastCaughtUpMs: nowMs }
          : times.of(voter.nodeId)),
    };
  };
  const observers = [...progress.keys()].filter(
    (other) => !voters.some((voter) => voter.nodeId === other),
  );
  return {
    leaderId: raft?.leaderId ?? -1,
    term: raft?.term ?? 0,
    leaderSinceMs: health.leaderSinceMs,
    highWatermark: raft?.highWatermark ?? -1,
    voters: voters.map((voter) => member(voter)),
    observers: observers.map((other) =>
      member({ nodeId: other, directoryId: null, endpoints: [] }),
    ),
  };
}
