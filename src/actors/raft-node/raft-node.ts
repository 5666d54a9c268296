// The Raft node: carries out what the steps in core/ want done (append, sync, save the vote, send, set
// the timers, tell the controller) and tells them what came of it. It decides nothing itself.
//
// Lives on: the metadata host, one per node.

import { assert } from "../../base/assert.ts";
import type { Fault } from "../../base/outcome.ts";
import type { ActorKind, Handlers, Outbox, World } from "../../runtime/actor.ts";
import { Lane } from "../../runtime/lane.ts";
import type { Routine } from "../../runtime/routine.ts";
import { attempt } from "../../runtime/routine.ts";
import type { Log } from "../../storage/log.ts";
import { controllerRef } from "../controller/messages.ts";
import { builtBatch, type OwnAppend } from "./batches.ts";
import { describeQuorum, durableFrom, noteOpened, placeOf, placeOfStart } from "./beginnings.ts";
import { snapshotIdAt, votersBefore } from "./beginnings.ts";
import { Colleagues } from "./colleagues.ts";
import type { LogPlace } from "./core/log.ts";
import type { RaftBatch } from "./core/messages.ts";
import { votersOf, type RaftEffect, type RaftEvent, type RaftState } from "./core/state.ts";
import { RaftSteps, startRaft } from "./core/step.ts";
import { Delivery } from "./delivery.ts";
import type { Answer, Args, RaftNodeSelf } from "./events.ts";
import { Incoming, installWhole } from "./installer.ts";
import { LogWriter } from "./log-writer.ts";
import { raftNodeKind, type RaftNodeSettings } from "./messages.ts";
import { openStore, writeRecoveryPoint } from "./metadata-store.ts";
import { writeVote } from "./quorum-state.ts";
import { notLeading, Requests } from "./requests.ts";
import { Sender } from "./sender.ts";
import { Snapshots } from "./snapshots.ts";
import { setTimer } from "./timers.ts";

/** Everything there is once the store has been opened. */
type Running = {
  readonly raft: RaftState;
  readonly steps: RaftSteps;
  readonly log: Log;
  readonly writer: LogWriter;
  readonly sender: Sender;
  readonly incoming: Incoming;
  readonly delivery: Delivery;
  readonly snapshots: Snapshots;
};

export class RaftNode implements Handlers<RaftNodeSelf> {
  readonly #out: Outbox<RaftNodeSelf>;
  readonly #world: World;
  readonly #settings: RaftNodeSettings;
  /** Each for one kind of file work, one piece at a time: the log, the vote, the telling. */
  readonly #logLane: Lane;
  readonly #voteLane: Lane;
  readonly #tellLane: Lane;
  readonly #requests: Requests;
  readonly #colleagues: Colleagues;
  #running: Running | undefined;
  #isFollowed = false;
  #isWriting = false;
  #latestSave = 0;
  /** Nothing is begun any more: the node is closing, or its disk cannot be trusted. */
  #isClosing = false;
  /** What is to be done once another has taken over. */
  readonly #resigning: (() => void)[] = [];

  constructor(settings: RaftNodeSettings, out: Outbox<RaftNodeSelf>, world: World) {
    this.#settings = settings;
    this.#out = out;
    this.#world = world;
    this.#logLane = new Lane(out);
    this.#voteLane = new Lane(out);
    this.#tellLane = new Lane(out);
    this.#requests = new Requests(out);
    this.#colleagues = new Colleagues(settings, out);
    this.#logLane.enter(() => this.#open());
  }

  *#open(): Routine<void> {
    const opened = yield* attempt(openStore(this.#settings, this.#world.wallMs()));
    if (!opened.ok) return this.#stop("the metadata log cannot be opened", opened);
    const store = opened.value;
    noteOpened(store, this.#out);
    const { log } = store;
    const snapshots = new Snapshots(this.#settings.directory, log, store.snapshots);
    const { state: raft, effects } = startRaft(durableFrom(this.#settings, store, snapshots));
    this.#running = {
      raft,
      steps: new RaftSteps(raft),
      log,
      writer: new LogWriter(log, {
        synced: (end, generation) => this.#step({ event: "synced", end, generation }),
        noRoom: (end, fault) => this.#onNoRoom(end, fault),
        failed: (fault) => this.#stop("the metadata log cannot be written", fault),
      }),
      sender: new Sender(raft, log, snapshots, {
        send: (to, message) => this.#colleagues.send(to, message),
        run: (routine) => this.#out.run(routine),
        failed: (detail) => this.#out.log("error", "the log cannot be sent", { detail }),
      }),
      incoming: new Incoming(),
      delivery: new Delivery(this.#out, log, store.snapshot),
      snapshots,
    };
    this.#carryOut(effects);
    // Streams may have been there before the log was.
    for (const peer of this.#colleagues.found) this.#step({ event: "peerFound", peer });
    this.#tell();
  }

  #stop(what: string, { fault, detail }: Fault): void {
    this.#isClosing = true;
    this.#out.stopNode(`${what}: ${fault}, ${detail}`);
  }

  // ------------------------------------------------------------ messages

  onFollow(): void {
    this.#isFollowed = true;
    this.#tell();
  }

  onPropose({ term, records }: Args<"propose">, replyTo: Answer<"propose">): void {
    const tooLarge = this.#requests.tooLarge(records);
    if (tooLarge !== undefined) return this.#out.reply(replyTo, tooLarge);
    if (this.#isBusy()) return this.#out.reply(replyTo, notLeading);
    const proposal = this.#requests.addProposal(records, replyTo);
    this.#step({ event: "proposed", proposal, term, recordCount: records.length });
  }

  onConfirm({ term }: Args<"confirm">, replyTo: Answer<"confirm">): void {
    if (this.#isBusy()) return this.#out.reply(replyTo, notLeading);
    this.#step({ event: "read", read: this.#requests.addRead(replyTo), term });
  }

  onChangeVoters({ kind, voter }: Args<"changeVoters">, replyTo: Answer<"changeVoters">): void {
    if (this.#isBusy()) return this.#out.reply(replyTo, { result: "notLeading" });
    const wish = kind === "add" ? { add: voter } : { remove: voter };
    this.#step({ event: "changeVoters", change: this.#requests.addChange(replyTo), wish });
  }

  #isBusy(): boolean {
    return this.#running === undefined || this.#isClosing || this.#requests.isFull;
  }

  onSnapshotTaken({ offset, records }: Args<"snapshotTaken">): void {
    const running = this.#running;
    if (running === undefined || this.#isClosing) return;
    assert(offset < running.raft.highWatermark, "a snapshot is of what is committed");
    this.#logLane.enter(() => this.#careful(this.#takeSnapshot(running, offset + 1, records)));
  }

  *#takeSnapshot(
    { raft, log, snapshots }: Running,
    endOffset: number,
    records: readonly Uint8Array[],
  ): Routine<void> {
    const id = snapshotIdAt(raft, log, endOffset);
    if (id === undefined) return;
    yield* snapshots.take(id, records, votersBefore(raft, endOffset), this.#world.wallMs());
    const { newest } = snapshots;
    if (newest === undefined) return;
    const logStart = placeOfStart(log, snapshots);
    this.#step({ event: "snapshotTaken", snapshot: placeOf(newest), logStart });
  }

  onDescribeQuorum(_: Args<"describeQuorum">, replyTo: Answer<"describeQuorum">): void {
    const raft = this.#running?.raft;
    const nowMs = this.#world.wallMs();
    this.#out.reply(replyTo, describeQuorum(this.#settings, raft, this.#colleagues, nowMs));
  }

  onElectionDue(): void {
    if (!this.#isClosing) this.#step({ event: "electionTimeout" });
  }

  onHeartbeatDue(): void {
    if (!this.#isClosing) this.#step({ event: "heartbeatDue" });
  }

  // ------------------------------------------------------------ the others

  onPeersListening({ address }: Args<"peersListening">): void {
    this.#colleagues.listening(address);
  }

  onPeersFailed({ fault }: Args<"peersFailed">): void {
    this.#out.stopNode(`cannot listen for other nodes: ${fault.ok ? "" : fault.detail}`);
  }

  onPeerOpened(opened: Args<"peerOpened">): void {
    this.#colleagues.opened(opened);
    this.#step({ event: "peerFound", peer: opened.nodeId });
  }

  onPeerMessage(said: Args<"peerMessage">): void {
    if (this.#isClosing || this.#running === undefined) return;
    const { raft } = this.#running;
    const received = this.#colleagues.understand(said, raft, this.#world.wallMs());
    if (received !== undefined) this.#step(received);
  }

  onPeerClosed(closed: Args<"peerClosed">): void {
    this.#colleagues.closed(closed);
    if (!this.#isClosing) this.#step({ event: "peerLost", peer: closed.nodeId });
  }

  onBulkOpened = ({ nodeId }: Args<"bulkOpened">) => void this.#colleagues.bulk.add(nodeId);
  onBulkMessage = (said: Args<"bulkMessage">) => this.onPeerMessage(said);
  onBulkClosed = ({ nodeId }: Args<"bulkClosed">) => void this.#colleagues.bulk.delete(nodeId);
  onBulkFull = (): void => {};
  onBulkDrained = (): void => {};

  // ------------------------------------------------------------ the end

  /** Another is to lead, if there are others: answered when this node does not, or in time. */
  onResign(_: Args<"resign">, replyTo: Answer<"resign">): void {
    this.#resign(() => this.#out.reply(replyTo, {}));
  }

  /** What was proposed before is written first. */
  onClose(_: Args<"close">, replyTo: Answer<"close">): void {
    this.#resign(() => this.#finish(replyTo));
  }

  #resign(then: () => void): void {
    const raft = this.#running?.raft;
    if (raft?.role.name !== "leader" || votersOf(raft).length === 1) return then();
    this.#resigning.push(then);
    this.#out.startTimer("resign", this.#settings.electionTimeoutMs, "resignDue", {});
    this.#step({ event: "transfer", to: null });
  }

  onResignDue(): void {
    for (const then of this.#resigning.splice(0)) then();
  }

  #finish(replyTo: Answer<"close">): void {
    this.#isClosing = true;
    ["election", "heartbeat", "resign"].forEach((timer) => this.#out.stopTimer(timer));
    this.#logLane.enter(() => this.#close(replyTo));
  }

  *#close(replyTo: Answer<"close">): Routine<void> {
    if (this.#running !== undefined) {
      const { log } = this.#running;
      yield* this.#careful(log.close());
      yield* this.#careful(writeRecoveryPoint(log));
    }
    this.#out.reply(replyTo, {});
  }

  // ------------------------------------------------------------ steps and their effects

  #step(event: RaftEvent): void {
    const running = this.#running;
    if (running === undefined) return;
    this.#carryOut(running.steps.take(event));
    this.#colleagues.heed(running.raft, this.#world.wallMs());
    if (running.writer.hasWork && !this.#isWriting) {
      this.#isWriting = true;
      this.#logLane.enter(() => this.#write(running));
    }
    this.#tell();
  }

  /** What is handed over while it runs is written by it too. */
  *#write({ writer }: Running): Routine<void> {
    yield* writer.run(() => this.#world.wallMs());
    this.#isWriting = false;
  }

  #carryOut(effects: readonly RaftEffect[]): void {
    for (const effect of effects) this.#carryOutOne(effect, this.#running!);
  }

  #carryOutOne(effect: RaftEffect, running: Running): void {
    const { delivery, sender } = running;
    switch (effect.effect) {
      case "saveVote":
        this.#latestSave = effect.save;
        return this.#voteLane.enter(() => this.#saveVote(effect));
      case "appendLeaderChange":
      case "appendVoters":
      case "appendProposal":
        return this.#append(running, this.#built(effect, running.raft));
      case "appendBatches":
        return effect.batches.forEach((batch, at) =>
          this.#append(running, batch, effect.truncates && at === 0),
        );
      case "send":
        return this.#colleagues.send(effect.to, effect.message);
      case "sendEntries":
        return sender.sendEntries(effect);
      case "sendSnapshot":
        return sender.sendSnapshot(effect);
      case "keepChunk":
        return running.incoming.keep(effect.position, effect.bytes);
      case "installSnapshot":
        return this.#logLane.enter(() => this.#install(running, effect.snapshot));
      case "commit":
        return delivery.commit(effect.end);
      case "answer":
        return delivery.afterwards(() => this.#requests.answerProposal(effect));
      case "answerRead":
        return delivery.afterwards(() => this.#requests.answerRead(effect.read, effect.end));
      case "answerChange":
        return this.#requests.answerChange(effect.change, effect.result);
      case "lead":
      case "leadNoMore":
        return this.#tellOfLeadership(effect, delivery);
      default:
        return setTimer(effect, this.#settings.electionTimeoutMs, this.#out, this.#world);
    }
  }

  #built(effect: OwnAppend, raft: RaftState): RaftBatch {
    const records =
      effect.effect === "appendProposal" ? this.#requests.recordsOf(effect.proposal) : [];
    return builtBatch(effect, raft, records, this.#world.wallMs());
  }

  #append(running: Running, batch: RaftBatch, truncates = false): void {
    const { raft, writer, sender, delivery, log } = running;
    const { baseOffset, bytes } = batch;
    if (truncates) {
      delivery.cutBack(baseOffset);
      sender.recent.cutBack(baseOffset);
    }
    writer.append(bytes, raft.generation, truncates ? baseOffset : null);
    sender.recent.append(batch, log.logEndOffset);
    delivery.appended(batch);
  }

  #tellOfLeadership(
    { effect, term }: Extract<RaftEffect, { effect: "lead" | "leadNoMore" }>,
    delivery: Delivery,
  ): void {
    const fact = effect === "lead" ? "becameLeader" : "lostLeadership";
    this.#out.log("info", effect === "lead" ? "leads" : "leads no more", { term });
    delivery.afterwards(() => this.#out.tell(controllerRef(), fact, { term }));
    if (effect === "leadNoMore") this.onResignDue();
  }

  /** A later save says all that this one would have. */
  *#saveVote({ save, term, votedFor }: Extract<RaftEffect, { effect: "saveVote" }>): Routine<void> {
    if (save < this.#latestSave) return;
    const { directory, voters } = this.#settings;
    const saved = yield* attempt(writeVote(directory, { term, votedFor }, voters));
    if (saved.ok) return this.#step({ event: "voteSaved", save });
    if (saved.fault !== "ENOSPC") return this.#stop("the vote cannot be saved", saved);
    this.#out.log("error", "no room to save the vote", { term, detail: saved.detail });
    this.#step({ event: "voteNotSaved", save });
  }

  #onNoRoom(end: number, { detail }: Fault): void {
    const { delivery, sender } = this.#running!;
    this.#out.log("error", "no room for the metadata log", { end, detail });
    delivery.cutBack(end);
    sender.recent.cutBack(end);
    this.#step({ event: "appendFailed", end });
  }

  *#install({ incoming, snapshots, delivery, sender }: Running, place: LogPlace): Routine<void> {
    const whole = incoming.whole({ endOffset: place.offset, epoch: place.epoch });
    const installing = installWhole(whole, snapshots, this.#tellLane, this.#world.wallMs());
    const done = yield* attempt(installing);
    if (done.ok) {
      const { id, records, voters } = done.value;
      sender.recent.cutBack(0);
      delivery.beginWith({ id, records });
      this.#out.log("info", "snapshot installed", { ...id });
      const set = voters === null ? null : { offset: id.endOffset - 1, voters };
      return this.#step({ event: "snapshotInstalled", snapshot: place, voters: set });
    }
    this.#out.log("error", "a snapshot cannot be installed", { ...done });
    // The log is as it was, or the disk is full; what any other disk holds, nobody knows.
    if (whole.ok && done.fault !== "ENOSPC") return this.#stop("a snapshot", done);
    this.#step({ event: "snapshotNotInstalled", snapshot: place });
  }

  #tell(): void {
    const delivery = this.#running?.delivery;
    if (delivery?.hasWork !== true || !this.#isFollowed || this.#tellLane.isBusy) return;
    this.#tellLane.enter(() => this.#careful(delivery.run()));
  }

  /** Full disks pass; after anything else nobody knows what the disk holds. */
  *#careful(work: Routine<void>): Routine<void> {
    const done = yield* attempt(work);
    if (done.ok) return;
    if (done.fault !== "ENOSPC") return this.#stop("the metadata log fails", done);
    this.#out.log("warn", "no room beside the metadata log", { detail: done.detail });
  }
}

export const raftNodeActor: ActorKind<RaftNodeSelf, RaftNodeSettings> = {
  kind: raftNodeKind,
  create: (settings, out, world) => new RaftNode(settings, out, world),
  placeOn: (_key, _hostCount, asideIndex) => asideIndex,
  mailbox: { messagesMax: 100_000, bytesMax: 1024 * 1024 * 1024 },
};
