// What must hold of the Raft nodes of a world together, looked at after each step of each of them, and
// held against what is surely on their disks:
//
//   one leader in a term; nobody votes twice in a term; terms and votes are on disk before they are told
//   of and never go back; a leader has everything that was committed before; what is committed is of the
//   leader's term, on a majority's disks, and never another; logs that agree at a place agree before it;
//   voters change after a commit in the term only; a read sees what was committed before it was asked.
//
// Lives on: the simulator's thread.

import type { RaftMessage } from "../../actors/raft-node/core/messages.ts";
import type { RaftEffect, RaftEvent, RaftState } from "../../actors/raft-node/core/state.ts";
import { votersOf } from "../../actors/raft-node/core/state.ts";
import { RaftSteps } from "../../actors/raft-node/core/step.ts";
import { isVoter, majorityOf } from "../../actors/raft-node/core/voters.ts";
import type { SimDisk } from "../disk.ts";
import { durableMetadata } from "../durable-log.ts";
import { replaceMethod } from "../replace-method.ts";
import type { Verdict } from "../verdict.ts";

/** Where a world's nodes keep their metadata. */
export const METADATA_DIRECTORY = "/data/gofka-metadata-0";

/** Committed first by the leader of `byTerm`. */
type Place = { readonly epoch: number; readonly end: number; readonly byTerm: number };

export class RaftWatch {
  committedEnd = 0;
  /** Of the latest that is known to be committed: who votes, each with its disk. */
  pinned: RaftState | undefined;
  private readonly verdict: Verdict;
  private readonly diskOf: (nodeId: number) => SimDisk;
  /** Every disk there ever was, by the directory id on it: what one had when it was lost, it had. */
  private readonly disks = new Map<string, { readonly nodeId: number; readonly disk: SimDisk }>();
  private readonly leaders = new Map<number, number>();
  private readonly votes = new Map<string, number>();
  private readonly told = new Map<string, number>();
  private readonly committed = new Map<number, Place>();
  /** By epoch and end: the checksum of the batch, and where the one before it ends. */
  private readonly batches = new Map<string, string>();
  private readonly voters = new Map<number, string>();
  private readonly reads = new WeakMap<RaftState, Map<number, number>>();

  constructor(verdict: Verdict, diskOf: (nodeId: number) => SimDisk) {
    this.verdict = verdict;
    this.diskOf = diskOf;
  }

  /** The id of the disk that a node was last seen with. */
  directoryOf(nodeId: number): string {
    const disk = this.diskOf(nodeId);
    return [...this.disks].find(([, each]) => each.disk === disk)?.[0] ?? "";
  }

  /** Watches until it is told not to. */
  begin(): () => void {
    // oxlint-disable-next-line typescript/no-this-alias
    const watch = this;
    return replaceMethod(
      RaftSteps.prototype,
      "take",
      (take: RaftSteps["take"]) =>
        function watched(this: RaftSteps, event: RaftEvent): readonly RaftEffect[] {
          watch.before(this.state, event);
          const effects = take.call(this, event);
          watch.after(this.state, effects);
          return effects;
        },
    );
  }

  private before(state: RaftState, event: RaftEvent): void {
    const directoryId = state.directoryId ?? "";
    if (!this.disks.has(directoryId)) {
      this.disks.set(directoryId, { nodeId: state.nodeId, disk: this.diskOf(state.nodeId) });
    }
    if (event.event !== "read") return;
    let reads = this.reads.get(state);
    if (reads === undefined) this.reads.set(state, (reads = new Map()));
    reads.set(event.read, this.committedEnd);
  }

  private after(state: RaftState, effects: readonly RaftEffect[]): void {
    for (const effect of effects) this.look(state, effect, effects);
  }

  private look(state: RaftState, effect: RaftEffect, all: readonly RaftEffect[]): void {
    switch (effect.effect) {
      case "appendLeaderChange":
        return this.leads(state, effect.granting.includes(state.nodeId));
      case "appendVoters":
        return this.votersChange(state);
      case "appendBatches":
        return this.logsMatch(state, effect);
      case "send":
        return this.sent(state, effect.to, effect.message);
      case "sendEntries":
      case "sendSnapshot":
        return this.tells(state, effect.message.term);
      case "answerRead": {
        const from = this.reads.get(state)?.get(effect.read) ?? 0;
        this.hold(
          effect.end === null || effect.end >= from,
          "a read sees what was committed before it",
          () => `node ${state.nodeId} reads up to ${effect.end}, ${from} was committed`,
        );
        return;
      }
      case "commit":
        return this.commits(state, effect.end, all);
      default:
        return;
    }
  }

  private hold(condition: boolean, invariant: string, detail: () => string): void {
    this.verdict.hold(condition, invariant, detail);
  }

  // ------------------------------------------------------------ terms and votes

  private sent(state: RaftState, to: number, message: RaftMessage): void {
    this.tells(state, message.term);
    if (message.kind === "voteReply" && message.granted) this.votesFor(state, to);
  }

  /** Of every term the first message that tells of it, from each disk. */
  private tells(state: RaftState, term: number): void {
    const key = state.directoryId ?? "";
    const known = this.told.get(key) ?? 0;
    this.hold(term >= known, "a term never goes back", () => {
      return `node ${state.nodeId} tells of term ${term} after ${known}`;
    });
    if (term <= known) return;
    this.told.set(key, term);
    const { vote, lastEpoch } = this.onDisk(state);
    this.hold(
      Math.max(vote?.term ?? 0, lastEpoch) >= term,
      "a term is on disk before it is told of",
      () => `node ${state.nodeId} tells of term ${term}, on disk ${vote?.term} and ${lastEpoch}`,
    );
  }

  private votesFor(state: RaftState, candidate: number): void {
    const { term, nodeId } = state;
    const key = `${state.directoryId} ${term}`;
    const known = this.votes.get(key) ?? candidate;
    this.hold(known === candidate, "nobody votes twice in a term", () => {
      return `node ${nodeId} votes for ${known} and ${candidate} in term ${term}`;
    });
    this.votes.set(key, candidate);
    const { vote } = this.onDisk(state);
    this.hold(
      vote?.term === term && vote.votedFor === candidate,
      "a vote is on disk before it is told of",
      () => `node ${nodeId} votes for ${candidate} in ${term}, on disk ${JSON.stringify(vote)}`,
    );
  }

  private onDisk(state: RaftState): ReturnType<typeof durableMetadata> {
    return durableMetadata(this.diskOf(state.nodeId), METADATA_DIRECTORY);
  }

  // ------------------------------------------------------------ leaders

  private leads(state: RaftState, votesForItself: boolean): void {
    const { term, nodeId } = state;
    const known = this.leaders.get(term) ?? nodeId;
    this.hold(known === nodeId, "one leader in a term", () => {
      return `nodes ${known} and ${nodeId} in term ${term}`;
    });
    this.leaders.set(term, nodeId);
    if (votesForItself) this.votesFor(state, nodeId);
    this.isComplete(state);
  }

  /** One that is elected late may lack what a later term has committed meanwhile. */
  private isComplete({ log, nodeId, term }: RaftState): void {
    const missing = [...this.committed.values()].find(({ epoch, end, byTerm }) => {
      if (byTerm >= term || end <= log.start.offset) return false;
      return end > log.end || log.epochBefore(end) !== epoch;
    });
    this.hold(missing === undefined, "a leader has all that is committed", () => {
      const own = `${log.start.offset} to ${log.end}`;
      return `node ${nodeId} leads in term ${term} with ${own}, not ${JSON.stringify(missing)}`;
    });
  }

  private votersChange({ role, highWatermark, nodeId, term }: RaftState): void {
    this.hold(
      role.name === "leader" && highWatermark > role.termStart,
      "voters change after a commit in the term",
      () => `node ${nodeId} in term ${term}, committed to ${highWatermark}`,
    );
  }

  // ------------------------------------------------------------ the log

  private logsMatch(
    { log, nodeId }: RaftState,
    { batches }: Extract<RaftEffect, { effect: "appendBatches" }>,
  ): void {
    for (const { baseOffset, nextOffset, epoch, bytes } of batches) {
      const key = `${epoch}@${nextOffset}`;
      const before = baseOffset === 0 ? 0 : log.epochBefore(baseOffset);
      const whole = `${new DataView(bytes.buffer, bytes.byteOffset).getUint32(17)} after ${before}@${baseOffset}`;
      const known = this.batches.get(key) ?? whole;
      this.hold(known === whole, "logs match", () => {
        return `${key} is ${whole} with node ${nodeId}, and ${known} elsewhere`;
      });
      this.batches.set(key, whole);
    }
  }

  private commits(state: RaftState, end: number, effects: readonly RaftEffect[]): void {
    const { nodeId, term, log } = state;
    const epoch = log.epochBefore(end);
    const known = this.committed.get(end);
    this.hold(
      epoch !== undefined && (known === undefined || known.epoch === epoch),
      "what is committed stays",
      () => `${end} of epoch ${epoch} with node ${nodeId}, and of ${known?.epoch} before`,
    );
    if (epoch === undefined) return;
    if (known === undefined) this.committed.set(end, { epoch, end, byTerm: term });
    this.votersAgree(state, end);
    if (end <= this.committedEnd) return;
    const leads = state.role.name === "leader" || effects.some((e) => e.effect === "leadNoMore");
    this.hold(leads, "nobody commits before the leader", () => `node ${nodeId}, ${end}`);
    this.hold(epoch === term, "only entries of the own term are committed by count", () => {
      return `${end} of epoch ${epoch} by node ${nodeId} in term ${term}`;
    });
    this.isOnMajority(state, epoch, end);
    this.committedEnd = end;
    if (votersOf(state).every(({ directoryId }) => directoryId !== null)) this.pinned = state;
  }

  /** Who votes follows from what is committed, however a node came to it. */
  private votersAgree({ nodeId, voterHistory }: RaftState, end: number): void {
    const { voters } = voterHistory.before(end);
    const own = voters.map((voter) => `${voter.nodeId}:${voter.directoryId}`).join();
    const known = this.voters.get(end) ?? own;
    this.hold(known === own, "equal voters at equal offsets", () => {
      return `at ${end} ${own} with node ${nodeId}, and ${known} before`;
    });
    this.voters.set(end, own);
  }

  private isOnMajority(state: RaftState, epoch: number, end: number): void {
    const voters = votersOf(state);
    const holders = [...this.disks].filter(([directoryId, { nodeId, disk }]) => {
      if (!isVoter(voters, nodeId, directoryId)) return false;
      const found = durableMetadata(disk, METADATA_DIRECTORY);
      return (found.snapshot?.endOffset ?? 0) >= end || found.batchAt(end)?.epoch === epoch;
    });
    const count = new Set(holders.map(([, { nodeId }]) => nodeId)).size;
    this.hold(count >= majorityOf(voters), "what is committed is on a majority's disks", () => {
      const names = holders.map(([, { nodeId }]) => nodeId).join();
      return `${end} of epoch ${epoch} is on those of ${names}, by node ${state.nodeId}`;
    });
  }
}
