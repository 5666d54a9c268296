// The partition actor: one partition of one topic, and the only one who touches its log. It checks
// and appends what producers send, serves what consumers ask for, and tells watchers when there is
// more. Each message is answered in a file of its own kind:
//
//   opening.ts      from the directory to a log that serves
//   produce.ts      a batch: checked, stamped, appended      commit.ts   ... and acknowledged
//   fetch.ts        reading                                  watches.ts  parked fetches
//   offsets.ts      offsets by time and by epoch
//   maintenance.ts  retention, settings, DeleteRecords       closing.ts  close and remove
//   compaction.ts   compacting the log, beside all else
//
// Whatever changes the log passes the write lane, one at a time; reads run beside it.
//
// Lives on: host thread; the host follows from the topic id and the index.

import type { ActorKind, Handlers, World } from "../../runtime/actor.ts";
import { checkpointOf, close, remove } from "./closing.ts";
import { failPartition, flushDue, syncAnswered } from "./commit.ts";
import { compact, tellCleanable } from "./compaction.ts";
import { fetch } from "./fetch.ts";
import {
  configure,
  deleteRecords,
  describeLog,
  describeProducers,
  producerExpiryDue,
  recoveryPointDue,
  segmentsSynced,
  retentionDue,
  unlinkDue,
} from "./maintenance.ts";
import type { PartitionSettings } from "./messages.ts";
import { partitionKind, placePartition } from "./messages.ts";
import { listOffset, offsetForLeaderEpoch } from "./offsets.ts";
import { holdOrRefuse, open } from "./opening.ts";
import { produce } from "./produce.ts";
import type { ArgsOf, PartitionOutbox, ReplyOf, Self } from "./state.ts";
import { PartitionState } from "./state.ts";
import { failure, success } from "../../base/outcome.ts";

type Nothing = Record<string, never>;

class Partition implements Handlers<Self> {
  private readonly p: PartitionState;

  constructor(settings: PartitionSettings, out: PartitionOutbox, world: World) {
    this.p = new PartitionState(settings, out, world);
    this.p.lane.enter(() => open(this.p));
  }

  // ------------------------------------------------------------ clients' requests

  onProduce(args: ArgsOf<"produce">, replyTo: ReplyOf<"produce">): void {
    if (this.p.phase === "open") produce(this.p, args, replyTo);
    else holdOrRefuse(this.p, "produce", replyTo, () => this.onProduce(args, replyTo));
  }

  onFetch(args: ArgsOf<"fetch">, replyTo: ReplyOf<"fetch">): void {
    if (this.p.phase === "open") fetch(this.p, args, replyTo);
    else holdOrRefuse(this.p, "fetch", replyTo, () => this.onFetch(args, replyTo));
  }

  onListOffset(args: ArgsOf<"listOffset">, replyTo: ReplyOf<"listOffset">): void {
    if (this.p.phase === "open") listOffset(this.p, args, replyTo);
    else holdOrRefuse(this.p, "listOffset", replyTo, () => this.onListOffset(args, replyTo));
  }

  onOffsetForLeaderEpoch(
    args: ArgsOf<"offsetForLeaderEpoch">,
    replyTo: ReplyOf<"offsetForLeaderEpoch">,
  ): void {
    const again = (): void => this.onOffsetForLeaderEpoch(args, replyTo);
    if (this.p.phase === "open") offsetForLeaderEpoch(this.p, args, replyTo);
    else holdOrRefuse(this.p, "offsetForLeaderEpoch", replyTo, again);
  }

  onDeleteRecords(args: ArgsOf<"deleteRecords">, replyTo: ReplyOf<"deleteRecords">): void {
    if (this.p.phase === "open") deleteRecords(this.p, args, replyTo);
    else holdOrRefuse(this.p, "deleteRecords", replyTo, () => this.onDeleteRecords(args, replyTo));
  }

  onDescribeProducers(args: Nothing, replyTo: ReplyOf<"describeProducers">): void {
    const again = (): void => this.onDescribeProducers(args, replyTo);
    if (this.p.phase === "open") describeProducers(this.p, replyTo);
    else holdOrRefuse(this.p, "describeProducers", replyTo, again);
  }

  onDescribeLog(args: Nothing, replyTo: ReplyOf<"describeLog">): void {
    if (this.p.phase === "open") describeLog(this.p, replyTo);
    else holdOrRefuse(this.p, "describeLog", replyTo, () => this.onDescribeLog(args, replyTo));
  }

  // ------------------------------------------------------------ parked fetches

  onWatch(args: ArgsOf<"watch">): void {
    const { p } = this;
    const { watchId, watcher, afterOffset } = args;
    if (p.phase === "open" && p.fault === undefined) {
      return p.watches.add(watchId, watcher, afterOffset, p.visible);
    }
    if (p.phase === "opening" && !p.heldIsFull) p.held.push(() => this.onWatch(args));
    else p.watches.refuse(watchId, watcher, p.phase === "open" ? p.writeError : p.serveError);
  }

  /** Held beyond the bound, too: there is one for each watch that was held. */
  onUnwatch(args: ArgsOf<"unwatch">): void {
    const { p } = this;
    if (p.phase === "opening") p.held.push(() => this.onUnwatch(args));
    else p.watches.remove(args.watchId, args.watcher);
  }

  onWatchesDue(): void {
    this.p.watchesTurnAsked = false;
    this.p.watches.tellAll(this.p.visible);
  }

  // ------------------------------------------------------------ the broker of this host

  onOpened(args: Nothing, replyTo: ReplyOf<"opened">): void {
    const { p } = this;
    if (p.phase === "open") p.out.reply(replyTo, success({ logEndOffset: p.log.logEndOffset }));
    else if (p.phase === "failed") p.out.reply(replyTo, p.fault!);
    else holdOrRefuse(p, "opened", replyTo, () => this.onOpened(args, replyTo));
  }

  onConfigure(args: ArgsOf<"configure">): void {
    configure(this.p, args);
  }

  onTakeOffline({ detail }: ArgsOf<"takeOffline">): void {
    const { p } = this;
    if (p.phase === "open") failPartition(p, failure("EIO", detail), "its data directory");
  }

  onCheckpoint(_: Nothing, replyTo: ReplyOf<"checkpoint">): void {
    this.p.out.reply(replyTo, checkpointOf(this.p));
  }

  onCleanable(_: Nothing, replyTo: ReplyOf<"cleanable">): void {
    tellCleanable(this.p, replyTo);
  }

  onCompact(args: ArgsOf<"compact">, replyTo: ReplyOf<"compact">): void {
    compact(this.p, args, replyTo);
  }

  onClose(args: Nothing, replyTo: ReplyOf<"close">): void {
    if (this.p.phase === "opening") this.p.held.push(() => this.onClose(args, replyTo));
    else close(this.p, replyTo);
  }

  onRemove(args: Nothing, replyTo: ReplyOf<"remove">): void {
    if (this.p.phase === "opening") this.p.held.push(() => this.onRemove(args, replyTo));
    else remove(this.p, replyTo);
  }

  // ------------------------------------------------------------ its own events

  onSyncAnswered(args: ArgsOf<"syncAnswered">): void {
    syncAnswered(this.p, args);
  }

  onFlushDue(): void {
    flushDue(this.p);
  }

  onRetentionDue(): void {
    retentionDue(this.p);
  }

  onUnlinkDue(): void {
    unlinkDue(this.p);
  }

  onRecoveryPointDue(): void {
    recoveryPointDue(this.p);
  }

  onSegmentsSynced(): void {
    segmentsSynced(this.p);
  }

  onProducerExpiryDue(): void {
    producerExpiryDue(this.p);
  }
}

export const partitionActor: ActorKind<Self, PartitionSettings> = {
  kind: partitionKind,
  create: (settings, out, world) => new Partition(settings, out, world),
  placeOn: placePartition,
  // Client data is bounded by the front doors, which reserve room before they read it.
  mailbox: { messagesMax: 1_000_000, bytesMax: Number.MAX_SAFE_INTEGER },
};
