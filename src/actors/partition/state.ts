// What the parts of a partition actor share.
//
// A partition is `opening` until its log is there. `open` it serves; a fault of the device while it
// is open leaves it open for reads of what is surely on disk (`fault`), and for nothing else until
// the next start. `failed` its log could not be opened. `closed` and `removed` are ends.
//
// Lives on: host thread (part of the partition actor).

import type { Fault, Outcome } from "../../base/outcome.ts";
import type { TopicSettings } from "../../config/topic-config.ts";
import { ErrorCode } from "../../protocol/error-codes.ts";
import type { Cast, Outbox, ReplyTo, World } from "../../runtime/actor.ts";
import { Lane } from "../../runtime/lane.ts";
import { newSignal } from "../../runtime/routine.ts";
import type { Log } from "../../storage/log.ts";
import type { PartitionProtocol, PartitionSettings, ProduceReply } from "./messages.ts";
import { UnsyncedFiles } from "./unsynced-files.ts";
import { VisibleEnd } from "./visible-end.ts";
import { Watches } from "./watches.ts";

/** What a partition tells itself. */
export type PartitionEvents = {
  syncAnswered: Cast<{
    outcome: Outcome<Outcome<null>>;
    context: { readonly path: string; readonly end: number };
  }>;
  watchesDue: Cast<Record<string, never>>;
  flushDue: Cast<Record<string, never>>;
  retentionDue: Cast<Record<string, never>>;
  producerExpiryDue: Cast<Record<string, never>>;
  unlinkDue: Cast<Record<string, never>>;
  recoveryPointDue: Cast<Record<string, never>>;
  /** All segments but the active one are on disk. */
  segmentsSynced: Cast<Record<string, never>>;
};
export type Self = PartitionProtocol & PartitionEvents;
export type PartitionOutbox = Outbox<Self>;
export type ReplyOf<K extends keyof PartitionProtocol> = ReplyTo<PartitionProtocol[K]["reply"]>;
export type ArgsOf<K extends keyof Self> = Self[K]["args"];

export type Phase = "opening" | "open" | "failed" | "closed" | "removed";

/** Requests that may wait for the log to open. Whoever comes then is refused and tries again. */
const HELD_MAX = 10_000;

/** A batch that has been written and waits for what its flush policy promises. */
export type Unacknowledged = {
  /** The offset after its last record. */
  readonly end: number;
  /** 0 for a duplicate of a batch that is there already. */
  readonly bytes: number;
  readonly replyTo: ReplyTo<ProduceReply>;
  readonly reply: ProduceReply;
};

export class PartitionState {
  readonly settings: PartitionSettings;
  readonly out: PartitionOutbox;
  readonly world: World;
  readonly directory: string;
  config: TopicSettings;
  leaderEpoch: number;

  phase: Phase = "opening";
  fault: Fault | undefined;
  /** There while `phase` is `open` and after a close. */
  private theLog: Log | undefined;
  readonly lane: Lane;
  unsynced = new UnsyncedFiles(0);
  visible = new VisibleEnd(0, 0);
  /** In the order written. */
  unacknowledged: Unacknowledged[] = [];
  readonly watches: Watches;
  watchesTurnAsked = false;
  flushTimerRunning = false;
  recoveryPointTimerRunning = false;
  fullSegmentsNoted = false;
  readFaultsLogged = 0;
  /** Since the last append that fitted. */
  diskFullLogged = false;
  /** Whoever came before the log was open, in the order of arrival. */
  held: (() => void)[] = [];
  closedClean = false;
  isCompacting = false;
  readonly compactionEnd = newSignal();
  /** Its log cannot be compacted, and why has been told. */
  uncleanable = false;
  /** A deletion has moved the log start, and a crash may still undo it. */
  logStartUnkept = false;
  /** It came due while the log was being compacted. */
  retentionWaits = false;

  constructor(settings: PartitionSettings, out: PartitionOutbox, world: World) {
    const { topicName, index, logDirectory } = settings;
    this.settings = settings;
    this.out = out;
    this.world = world;
    this.directory = `${logDirectory}/${topicName}-${index}`;
    this.config = settings.config;
    this.leaderEpoch = settings.leaderEpoch;
    this.lane = new Lane(out);
    this.watches = new Watches(out, settings);
  }

  get log(): Log {
    return this.theLog!;
  }

  get hasLog(): boolean {
    return this.theLog !== undefined;
  }

  /** Everything in it is on disk. */
  logOpened(log: Log): void {
    this.theLog = log;
    this.unsynced = new UnsyncedFiles(log.logEndOffset);
    this.visible = new VisibleEnd(log.logEndOffset, log.sizeBytes);
  }

  get heldIsFull(): boolean {
    return this.held.length >= HELD_MAX;
  }

  /** Up to where records may be served: after a fault only what is surely on disk. */
  get servedEnd(): number {
    const { offset } = this.visible;
    return this.fault === undefined ? offset : Math.min(offset, this.unsynced.durableEnd);
  }

  /** Why nothing may be changed; NONE when it may. */
  get writeError(): ErrorCode {
    if (this.phase === "removed") return ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
    return this.fault === undefined ? ErrorCode.NONE : ErrorCode.KAFKA_STORAGE_ERROR;
  }

  /** Why nobody is served at all; NONE while the partition is open. */
  get serveError(): ErrorCode {
    switch (this.phase) {
      case "open":
        return ErrorCode.NONE;
      case "removed":
        return ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
      case "failed":
        return ErrorCode.KAFKA_STORAGE_ERROR;
      default:
        return ErrorCode.NOT_LEADER_OR_FOLLOWER;
    }
  }
}

/** KIP-320: a client that names an epoch must name ours (`Partition.checkCurrentLeaderEpoch`). */
export function leaderEpochError(p: PartitionState, currentLeaderEpoch: number): ErrorCode {
  if (currentLeaderEpoch === -1 || currentLeaderEpoch === p.leaderEpoch) return ErrorCode.NONE;
  return currentLeaderEpoch < p.leaderEpoch
    ? ErrorCode.FENCED_LEADER_EPOCH
    : ErrorCode.UNKNOWN_LEADER_EPOCH;
}
