// A Raft node around the real steps, with everything outside them modelled: it carries effects out on
// a modelled disk and puts messages where its owner finds them. Nothing is written, synced or delivered
// before the owner says so.
//
// Lives on: tests.

import { assert } from "../../../../src/base/assert.ts";
import type { LogPlace } from "../../../../src/actors/raft-node/core/log.ts";
import type { RaftBatch, RaftMessage } from "../../../../src/actors/raft-node/core/messages.ts";
import type {
  RaftEffect,
  RaftEvent,
  RaftState,
} from "../../../../src/actors/raft-node/core/state.ts";
import { startRaft, stepRaft } from "../../../../src/actors/raft-node/core/step.ts";
import type { VotersAt, VoterSet } from "../../../../src/actors/raft-node/core/voters.ts";
import type { DiskOp, ModelSnapshot, ModelVote } from "./disk.ts";
import { ModelLog } from "./disk.ts";

const CHUNK_BYTES = 64;

export type NodeOptions = {
  readonly nodeId: number;
  readonly directoryId: string | null;
  readonly joins: boolean;
  readonly configured: VoterSet;
};

/** What outlives a crash. */
export class ModelDisk {
  vote: ModelVote = { term: 0, votedFor: null };
  log = new ModelLog();
}

export type NodeEvents = {
  send(from: number, to: number, message: RaftMessage): void;
  caused?(effect: RaftEffect): void;
  /** After each step, with what it caused. */
  stepped?(node: ModelNode, event: RaftEvent, effects: readonly RaftEffect[]): void;
};

export type Timer = "election none" | "election short" | "election full" | "heartbeat";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export class ModelNode {
  readonly options: NodeOptions;
  readonly disk: ModelDisk;
  readonly state: RaftState;
  /** As if all of `queue` had been carried out. */
  readonly log: ModelLog;
  /** What is to be written, with the generation it was handed over in. */
  queue: { readonly op: DiskOp; readonly generation: number }[] = [];
  saves: { readonly save: number; readonly vote: ModelVote }[] = [];
  /** The state machine: labels of what is committed. */
  applied: string[] = [];
  appliedEnd = 0;
  electionTimer: Timer | null = null;
  /** A planted bug: its snapshots say nothing of who votes. */
  forgetsVoters = false;
  batchesPerMessage = 3;
  beats = false;
  private chunks: Uint8Array[] = [];
  private readonly events: NodeEvents;

  constructor(options: NodeOptions, disk: ModelDisk, events: NodeEvents) {
    this.options = options;
    this.disk = disk;
    this.events = events;
    disk.log.recover();
    this.log = disk.log.copy();
    const { start, snapshot, batches } = this.log;
    this.loadSnapshot(snapshot);
    const lastEpoch = Math.max(0, this.log.batches.at(-1)?.epoch ?? start.epoch);
    const { state, effects } = startRaft({
      nodeId: options.nodeId,
      directoryId: options.directoryId,
      joins: options.joins,
      endpoints: [],
      term: Math.max(disk.vote.term, lastEpoch),
      votedFor: disk.vote.term < lastEpoch ? null : disk.vote.votedFor,
      logStart: start,
      logEnd: this.log.end,
      epochs: epochsOf(batches),
      snapshot: snapshot?.place ?? null,
      voterSets: this.voterSets(snapshot, batches),
    });
    this.state = state;
    this.carryOut(effects);
    this.events.stepped?.(this, { event: "heartbeatDue" }, effects);
  }

  get id(): number {
    return this.options.nodeId;
  }

  step(event: RaftEvent): readonly RaftEffect[] {
    const effects = stepRaft(this.state, event);
    this.carryOut(effects);
    this.events.stepped?.(this, event, effects);
    return effects;
  }

  // ------------------------------------------------------------ the disk

  /** The first so many operations happen and are synced. */
  sync(count = this.queue.length): void {
    const done = this.queue.splice(0, count);
    for (const { op } of done) this.disk.log.apply(op);
    const generation = done.at(-1)?.generation ?? this.state.generation;
    for (const { op } of done) {
      if (op.op !== "beginAt") continue;
      const { place, voters } = this.disk.log.snapshot!;
      this.log.apply({ op: "keepSnapshot", snapshot: this.disk.log.snapshot! });
      this.log.apply(op);
      this.loadSnapshot(this.disk.log.snapshot);
      this.step({ event: "snapshotInstalled", snapshot: place, voters });
      return;
    }
    this.step({ event: "synced", end: this.disk.log.end, generation });
  }

  saveVote(): void {
    const latest = this.saves.at(-1);
    if (latest === undefined) return;
    this.saves = [];
    this.disk.vote = latest.vote;
    this.step({ event: "voteSaved", save: latest.save });
  }

  takeSnapshot(trimTo = this.appliedEnd): void {
    const offset = this.appliedEnd;
    const epoch = this.state.log.epochBefore(offset);
    if (epoch === undefined || this.appliedEnd > this.disk.log.end) return;
    if (this.queue.length > 0 || (this.log.snapshot?.place.offset ?? 0) >= offset) return;
    const before = this.state.voterHistory.before(offset);
    const place = { offset, epoch };
    const snapshot = {
      place,
      voters: before.offset < 0 || this.forgetsVoters ? null : before,
      applied: [...this.applied],
    };
    this.both({ op: "keepSnapshot", snapshot });
    const startEpoch = this.state.log.epochBefore(trimTo);
    const logStart =
      startEpoch === undefined ? this.log.start : { offset: trimTo, epoch: startEpoch };
    this.both({ op: "trim", place: logStart });
    this.step({ event: "snapshotTaken", snapshot: place, logStart });
  }

  /** As a follower does that believes every append to tell where the log ends. */
  cutOff(end: number): void {
    const { state } = this;
    if (end < state.log.start.offset) return;
    state.log.truncateTo(end);
    state.generation += 1;
    state.durableEnd = Math.min(state.durableEnd, end);
    this.write({ op: "truncate", end });
  }

  private both(op: DiskOp): void {
    this.log.apply(op);
    this.disk.log.apply(op);
  }

  private write(op: DiskOp): void {
    if (op.op !== "keepSnapshot" && op.op !== "beginAt") this.log.apply(op);
    this.queue.push({ op, generation: this.state.generation });
  }

  // ------------------------------------------------------------ effects

  private carryOut(effects: readonly RaftEffect[]): void {
    for (const effect of effects) {
      this.events.caused?.(effect);
      this.carryOutOne(effect);
    }
  }

  private carryOutOne(effect: RaftEffect): void {
    const { id, state } = this;
    switch (effect.effect) {
      case "saveVote": {
        const { save, term, votedFor } = effect;
        this.saves.push({ save, vote: { term, votedFor } });
        return;
      }
      case "appendLeaderChange":
        return this.append(effect.at, effect.at + 1, effect.epoch, `leader ${id}`);
      case "appendProposal":
        return this.append(effect.at, state.log.end, effect.epoch, `p${effect.proposal}`);
      case "appendVoters": {
        const { at, epoch, voters } = effect;
        const label = `voters ${voters.map(({ nodeId }) => nodeId).join(",")}`;
        return this.append(at, at + 1, epoch, label, voters);
      }
      case "appendBatches":
        if (effect.truncates) this.write({ op: "truncate", end: effect.batches[0]!.baseOffset });
        for (const batch of effect.batches) this.write({ op: "append", batch });
        return;
      case "send":
        return this.events.send(id, effect.to, effect.message);
      case "sendEntries": {
        const batches = this.log.batches
          .filter(({ baseOffset }) => baseOffset >= effect.message.from)
          .slice(0, this.batchesPerMessage);
        return this.events.send(id, effect.to, { ...effect.message, batches });
      }
      case "sendSnapshot":
        return this.sendChunk(effect.to, effect.message);
      case "keepChunk":
        if (effect.position === 0) this.chunks = [];
        this.chunks.push(effect.bytes);
        return;
      case "installSnapshot":
        return this.install(effect.snapshot);
      case "commit":
        return this.apply(effect.end);
      case "startElectionTimer":
        this.electionTimer = `election ${effect.wait}`;
        return;
      case "stopElectionTimer":
        this.electionTimer = null;
        return;
      case "startHeartbeatTimer":
      case "stopHeartbeatTimer":
        this.beats = effect.effect === "startHeartbeatTimer";
        return;
      default:
        return;
    }
  }

  private append(
    baseOffset: number,
    nextOffset: number,
    epoch: number,
    label: string,
    voters: VoterSet | null = null,
  ): void {
    const bytes = encoder.encode(label);
    this.write({ op: "append", batch: { baseOffset, nextOffset, epoch, bytes, voters } });
  }

  private sendChunk(
    to: number,
    message: Extract<RaftEffect, { effect: "sendSnapshot" }>["message"],
  ): void {
    const snapshot = this.log.snapshot;
    if (snapshot === null || snapshot.place.offset !== message.snapshot.offset) return;
    const whole = encoder.encode(JSON.stringify(snapshot));
    const { position } = message;
    const bytes = whole.subarray(position, position + CHUNK_BYTES);
    const isLast = position + bytes.length >= whole.length;
    this.events.send(this.id, to, { ...message, bytes, isLast });
  }

  private install(place: LogPlace): void {
    const text = this.chunks.map((chunk) => decoder.decode(chunk)).join("");
    const snapshot = JSON.parse(text) as ModelSnapshot;
    assert(snapshot.place.offset === place.offset, "the chunks are of the snapshot asked for");
    this.write({ op: "keepSnapshot", snapshot });
    this.write({ op: "beginAt", place });
  }

  // ------------------------------------------------------------ the state machine

  private apply(end: number): void {
    for (const batch of this.log.batches) {
      if (batch.baseOffset < this.appliedEnd || batch.nextOffset > end) continue;
      assert(batch.baseOffset === this.appliedEnd, "what is committed is applied without gaps");
      this.applied.push(`${batch.epoch}:${decoder.decode(batch.bytes)}`);
      this.appliedEnd = batch.nextOffset;
    }
  }

  private loadSnapshot(snapshot: ModelSnapshot | null): void {
    this.applied = [...(snapshot?.applied ?? [])];
    this.appliedEnd = snapshot?.place.offset ?? 0;
  }

  private voterSets(snapshot: ModelSnapshot | null, batches: readonly RaftBatch[]): VotersAt[] {
    const sets = [snapshot?.voters ?? { offset: -1, voters: this.options.configured }];
    for (const { baseOffset, voters } of batches) {
      if (voters !== null && baseOffset > sets[0]!.offset)
        sets.push({ offset: baseOffset, voters });
    }
    return sets;
  }
}

function epochsOf(batches: readonly RaftBatch[]): { epoch: number; startOffset: number }[] {
  const epochs: { epoch: number; startOffset: number }[] = [];
  for (const { epoch, baseOffset } of batches) {
    if (epochs.at(-1)?.epoch !== epoch) epochs.push({ epoch, startOffset: baseOffset });
  }
  return epochs;
}
