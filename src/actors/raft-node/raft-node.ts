// The Raft node: carries out what the steps in core/ want done (append, sync, save the vote, set the
// timer, tell the controller) and tells them what came of it. It decides nothing itself.
//
// Lives on: host 0, one per node.

import { assert, unreachable } from "../../base/assert.ts";
import type { Fault, Outcome } from "../../base/outcome.ts";
import { failure, success } from "../../base/outcome.ts";
import { buildBatch } from "../../protocol/record-batch.ts";
import type { ActorKind, ArgsOf, Handlers, Outbox, ReplyTo, World } from "../../runtime/actor.ts";
import { Lane } from "../../runtime/lane.ts";
import type { Routine } from "../../runtime/routine.ts";
import { attempt } from "../../runtime/routine.ts";
import type { Log } from "../../storage/log.ts";
import { controllerRef } from "../controller/messages.ts";
import { leaderChangeBatch } from "../../metadata/control-records.ts";
import type { RaftEffect, RaftEvent, RaftState } from "./core/state.ts";
import { startRaft, stepRaft } from "./core/step.ts";
import { Delivery } from "./delivery.ts";
import type { RaftNodeSelf } from "./events.ts";
import { LogWriter } from "./log-writer.ts";
import type { RaftNodeProtocol, RaftNodeSettings } from "./messages.ts";
import { raftNodeKind } from "./messages.ts";
import type { OpenedStore } from "./metadata-store.ts";
import { openStore, writeRecoveryPoint } from "./metadata-store.ts";
import { writeVote } from "./quorum-state.ts";
import { Snapshots } from "./snapshots.ts";

/** Kafka's largest batch of the metadata log. */
const PROPOSAL_BYTES_MAX = 8 * 1024 * 1024;
const PROPOSALS_MAX = 100_000;

type ProposeReply = Outcome<{ lastOffset: number }>;
type Proposal = {
  readonly records: readonly Uint8Array[];
  readonly replyTo: ReplyTo<ProposeReply>;
};

/** Everything there is once the store has been opened. */
type Running = {
  readonly raft: RaftState;
  readonly log: Log;
  readonly writer: LogWriter;
  readonly delivery: Delivery;
  readonly snapshots: Snapshots;
  /** The epoch of the last entry at the start: what is left when nothing of this life is. */
  readonly startingEpoch: number;
};

export class RaftNode implements Handlers<RaftNodeSelf> {
  readonly #out: Outbox<RaftNodeSelf>;
  readonly #world: World;
  readonly #settings: RaftNodeSettings;
  /** Each for one kind of file work, one piece at a time: the log, the vote, the telling. */
  readonly #logLane: Lane;
  readonly #voteLane: Lane;
  readonly #tellLane: Lane;
  readonly #proposals = new Map<number, Proposal>();
  #nextProposal = 1;
  #running: Running | undefined;
  #isFollowed = false;
  #isWriting = false;
  /** Nothing is begun any more: the node is closing, or its disk cannot be trusted. */
  #isClosing = false;

  constructor(settings: RaftNodeSettings, out: Outbox<RaftNodeSelf>, world: World) {
    this.#settings = settings;
    this.#out = out;
    this.#world = world;
    this.#logLane = new Lane(out);
    this.#voteLane = new Lane(out);
    this.#tellLane = new Lane(out);
    this.#logLane.enter(() => this.#open());
  }

  *#open(): Routine<void> {
    const { nodeId, voters } = this.#settings;
    if (voters.length !== 1) return this.#out.stopNode("more than one voter is not served yet");
    const opened = yield* attempt(openStore(this.#settings, this.#world.wallMs()));
    if (!opened.ok) return this.#stop("the metadata log cannot be opened", opened);
    const store = opened.value;
    this.#note(store);
    const { log, vote, lastEpoch } = store;
    const { term, votedFor } = vote;
    const logEnd = log.logEndOffset;
    const { state: raft, effects } = startRaft({
      nodeId,
      voters,
      term,
      votedFor,
      logEnd,
      lastEpoch,
    });
    this.#running = {
      raft,
      log,
      writer: new LogWriter(log, {
        synced: (end, generation) => this.#step({ event: "synced", end, generation }),
        noRoom: (end, fault) => this.#onNoRoom(end, fault),
        failed: (fault) => this.#stop("the metadata log cannot be written", fault),
      }),
      delivery: new Delivery(this.#out, log, store.snapshot),
      snapshots: new Snapshots(this.#settings.directory, log, store.snapshots),
      startingEpoch: lastEpoch,
    };
    this.#carryOut(effects);
    this.#tell();
  }

  #note({ log, report, snapshot, vote, notes }: OpenedStore): void {
    for (const note of notes) this.#out.log("error", "metadata log", { note });
    this.#out.log("info", "metadata log opened", {
      term: vote.term,
      snapshotEnd: snapshot?.id.endOffset ?? 0,
      logEnd: log.logEndOffset,
      tornBytes: report.tornBytes,
    });
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

  onPropose(
    { term, records }: ArgsOf<RaftNodeProtocol, "propose">,
    replyTo: ReplyTo<ProposeReply>,
  ): void {
    const sizeBytes = records.reduce((sum, { length }) => sum + length, 0);
    if (sizeBytes > PROPOSAL_BYTES_MAX) {
      return this.#out.reply(replyTo, failure("tooLarge", `${sizeBytes} bytes of records`));
    }
    if (this.#running === undefined || this.#isClosing || this.#proposals.size >= PROPOSALS_MAX) {
      return this.#out.reply(replyTo, notLeading);
    }
    const proposal = this.#nextProposal++;
    this.#proposals.set(proposal, { records, replyTo });
    this.#step({ event: "proposed", proposal, term, recordCount: records.length });
  }

  onSnapshotTaken({ offset, records }: ArgsOf<RaftNodeProtocol, "snapshotTaken">): void {
    const running = this.#running;
    if (running === undefined || this.#isClosing) return;
    const { log, raft, snapshots } = running;
    const epoch = Math.max(0, log.epochs.epochFor(offset));
    assert(offset < raft.highWatermark, "a snapshot is of what is committed");
    this.#logLane.enter(() =>
      this.#careful(
        snapshots.take({ endOffset: offset + 1, epoch }, records, this.#world.wallMs()),
      ),
    );
  }

  onDescribeQuorum(
    _: ArgsOf<RaftNodeProtocol, "describeQuorum">,
    replyTo: ReplyTo<RaftNodeProtocol["describeQuorum"]["reply"]>,
  ): void {
    const raft = this.#running?.raft;
    const { nodeId, voters } = this.#settings;
    this.#out.reply(replyTo, {
      leaderId: raft?.leaderId ?? -1,
      term: raft?.term ?? 0,
      highWatermark: raft?.highWatermark ?? -1,
      voters: voters.map((voter) => ({
        nodeId: voter,
        logEndOffset: voter === nodeId ? (raft?.logEnd ?? -1) : -1,
        lastCaughtUpMs: voter === nodeId ? this.#world.wallMs() : -1,
      })),
    });
  }

  /** What was proposed before is written first. */
  onClose(_: Record<string, never>, replyTo: ReplyTo<Record<string, never>>): void {
    this.#isClosing = true;
    this.#out.stopTimer("election");
    this.#logLane.enter(() => this.#close(replyTo));
  }

  *#close(replyTo: ReplyTo<Record<string, never>>): Routine<void> {
    if (this.#running !== undefined) {
      const { log } = this.#running;
      yield* this.#careful(log.close());
      yield* this.#careful(writeRecoveryPoint(log));
    }
    this.#out.reply(replyTo, {});
  }

  onElectionDue(): void {
    if (!this.#isClosing) this.#step({ event: "electionTimeout" });
  }

  // ------------------------------------------------------------ steps and their effects

  #step(event: RaftEvent): void {
    const running = this.#running;
    if (running === undefined) return;
    this.#carryOut(stepRaft(running.raft, event));
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

  #carryOutOne(effect: RaftEffect, { raft, writer, delivery }: Running): void {
    const { nodeId, voters } = this.#settings;
    switch (effect.effect) {
      case "saveVote": {
        const { save, term, votedFor } = effect;
        return this.#voteLane.enter(() => this.#saveVote(save, { term, votedFor }));
      }
      case "appendLeaderChange": {
        const { at: baseOffset, epoch, granting } = effect;
        const place = { baseOffset, epoch, timestampMs: this.#world.wallMs() };
        writer.append(leaderChangeBatch(place, nodeId, voters, granting), raft.generation);
        return delivery.appended(baseOffset, []);
      }
      case "appendProposal": {
        const { at: baseOffset, epoch, proposal } = effect;
        const { records } = this.#proposals.get(proposal)!;
        const timestampMs = this.#world.wallMs();
        const drafts = records.map((value) => ({ value, timestampMs }));
        writer.append(buildBatch(drafts, { baseOffset, leaderEpoch: epoch }), raft.generation);
        return delivery.appended(baseOffset, records);
      }
      case "send":
        assert(false, "there is nobody to send to in a quorum of one");
        return;
      case "commit":
        return delivery.commit(effect.end);
      case "answer": {
        const { proposal, lastOffset } = effect;
        return delivery.afterwards(() => this.#answer(proposal, lastOffset));
      }
      case "lead":
      case "leadNoMore": {
        const { term } = effect;
        const fact = effect.effect === "lead" ? "becameLeader" : "lostLeadership";
        this.#out.log("info", fact === "becameLeader" ? "leads" : "leads no more", { term });
        return delivery.afterwards(() => this.#out.tell(controllerRef(), fact, { term }));
      }
      case "startElectionTimer":
        return this.#startElectionTimer(effect.soon);
      case "stopElectionTimer":
        return this.#out.stopTimer("election");
      default:
        return unreachable(effect);
    }
  }

  /** Between once and twice the timeout, so that voters seldom stand at the same time (Raft 5.2). */
  #startElectionTimer(soon: boolean): void {
    const { electionTimeoutMs } = this.#settings;
    const delayMs = electionTimeoutMs + (this.#world.uint32() % (electionTimeoutMs + 1));
    this.#out.startTimer("election", soon ? 0 : delayMs, "electionDue", {});
  }

  *#saveVote(save: number, vote: { term: number; votedFor: number | null }): Routine<void> {
    const { directory, voters } = this.#settings;
    const saved = yield* attempt(writeVote(directory, vote, voters));
    if (saved.ok) return this.#step({ event: "voteSaved", save });
    if (saved.fault !== "ENOSPC") return this.#stop("the vote cannot be saved", saved);
    this.#out.log("error", "no room to save the vote", { term: vote.term });
    this.#step({ event: "voteNotSaved", save });
  }

  #onNoRoom(end: number, { detail }: Fault): void {
    const { log, delivery, startingEpoch } = this.#running!;
    this.#out.log("error", "no room for the metadata log", { end, detail });
    delivery.cutBack(end);
    const lastEpoch = Math.max(startingEpoch, log.epochs.latestEpoch);
    this.#step({ event: "appendFailed", end, lastEpoch });
  }

  #answer(proposal: number, lastOffset: number | null): void {
    const pending = this.#proposals.get(proposal);
    if (pending === undefined) return;
    this.#proposals.delete(proposal);
    const reply = lastOffset === null ? notLeading : success({ lastOffset });
    this.#out.reply(pending.replyTo, reply);
  }

  #tell(): void {
    const running = this.#running;
    if (running === undefined || !this.#isFollowed) return;
    const { delivery } = running;
    if (!delivery.hasWork || this.#tellLane.isBusy) return;
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

const notLeading = failure("refused", "this node does not lead in that term");

export const raftNodeActor: ActorKind<RaftNodeSelf, RaftNodeSettings> = {
  kind: raftNodeKind,
  create: (settings, out, world) => new RaftNode(settings, out, world),
  placeOn: () => 0,
  mailbox: { messagesMax: 100_000, bytesMax: 1024 * 1024 * 1024 },
};
