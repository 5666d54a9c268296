// What must hold of all Raft nodes together, checked at every step: one leader per term, votes and terms
// that are told of are on disk and never taken back, log matching, leader completeness, commits that are
// on a majority's disks, equal states at equal offsets, reads that see what was committed before them.
//
// Lives on: tests.

import { assert } from "../../../../src/base/assert.ts";
import type { RaftMessage } from "../../../../src/actors/raft-node/core/messages.ts";
import type { RaftEffect, RaftEvent } from "../../../../src/actors/raft-node/core/state.ts";
import { votersOf } from "../../../../src/actors/raft-node/core/state.ts";
import type { VotersAt } from "../../../../src/actors/raft-node/core/voters.ts";
import { isVoter, majorityOf } from "../../../../src/actors/raft-node/core/voters.ts";
import type { ModelNode } from "./node.ts";

type Entry = { readonly key: string; readonly nextOffset: number };

export class Checker {
  readonly nodes: () => readonly ModelNode[];
  /** Nodes that are no more, with their disks: what they said they had, they had. */
  readonly lost: ModelNode[] = [];
  private readonly leaders = new Map<number, number>();
  private readonly votes = new Map<string, number>();
  private readonly terms = new Map<string, number>();
  /** By epoch and offset: what is there, and what comes before it. */
  private readonly entries = new Map<string, string>();
  private readonly committed = new Map<number, Entry>();
  private readonly voterSets: VotersAt[] = [];
  private readonly states = new Map<number, string>();
  private readonly readsFrom = new Map<number, number>();
  committedEnd = 0;
  commits = 0;

  constructor(nodes: () => readonly ModelNode[]) {
    this.nodes = nodes;
  }

  sent(node: ModelNode, to: number, message: RaftMessage): void {
    const { disk } = node;
    const { term, votedFor } = disk.vote;
    const logTerm = Math.max(disk.log.start.epoch, disk.log.batches.at(-1)?.epoch ?? 0);
    assert(message.term <= Math.max(term, logTerm), "a term is on disk before it is told of");
    const disc = `${node.id} ${node.options.directoryId}`;
    assert(message.term >= (this.terms.get(disc) ?? 0), "a term never goes back");
    this.terms.set(disc, message.term);
    if (message.kind !== "voteReply" || !message.granted) return;
    assert(term === message.term && votedFor === to, "a vote is on disk before it is told of");
    const vote = `${disc} ${term}`;
    assert((this.votes.get(vote) ?? to) === to, "nobody votes twice in a term");
    this.votes.set(vote, to);
  }

  readStarted(read: number): void {
    this.readsFrom.set(read, this.committedEnd);
  }

  stepped(node: ModelNode, _: RaftEvent, effects: readonly RaftEffect[]): void {
    for (const effect of effects) {
      if (effect.effect === "appendLeaderChange") this.leads(node);
      if (effect.effect === "appendVoters") {
        const { term, role } = node.state;
        assert(
          role.name === "leader" && node.state.highWatermark > role.termStart,
          `voters change in term ${term} after a commit in it`,
        );
      }
      if (effect.effect === "answerRead" && effect.end !== null) {
        const from = this.readsFrom.get(effect.read) ?? 0;
        assert(
          effect.end >= from,
          `a read sees ${effect.end}, and ${from} was committed before it`,
        );
      }
    }
    this.logsMatch(node);
    // A leader that is voted out commits that, and leads no more.
    const leads =
      node.state.role.name === "leader" || effects.some(({ effect }) => effect === "leadNoMore");
    this.commitsHold(
      node,
      leads,
      effects.some(({ effect }) => effect === "commit"),
    );
    this.votersHold(node);
  }

  private leads(node: ModelNode): void {
    const { term } = node.state;
    const known = this.leaders.get(term) ?? node.id;
    assert(known === node.id, `both ${known} and ${node.id} lead in term ${term}`);
    this.leaders.set(term, node.id);
    this.isComplete(node);
  }

  private isComplete(node: ModelNode): void {
    const has = new Map(node.log.batches.map((batch) => [batch.baseOffset, keyOf(batch)]));
    for (const [offset, { key }] of this.committed) {
      if (offset < node.log.start.offset) continue;
      assert(has.get(offset) === key, `leader ${node.id} lacks what is committed at ${offset}`);
    }
    assert(node.log.end >= this.committedEnd, `leader ${node.id} lacks what is committed`);
  }

  private logsMatch({ log }: ModelNode): void {
    let before = `${log.start.epoch}@${log.start.offset}`;
    for (const batch of log.batches) {
      const key = keyOf(batch);
      const place = `${batch.epoch}@${batch.nextOffset}`;
      const known = this.entries.get(place);
      // The entry before is told by its epoch and end; that of a trimmed log is known the same way.
      const whole = `${key} after ${before}`;
      assert(known === undefined || known === whole, `${whole} here, ${known} elsewhere`);
      this.entries.set(place, whole);
      before = place;
    }
  }

  private commitsHold(node: ModelNode, leads: boolean, hasCommitted: boolean): void {
    const { appliedEnd } = node;
    const state = node.applied.join(" ");
    const known = this.states.get(appliedEnd);
    assert(known === undefined || known === state, `two states at ${appliedEnd}`);
    this.states.set(appliedEnd, state);
    if (!hasCommitted) return;
    for (const batch of node.log.batches) {
      if (batch.nextOffset > appliedEnd) break;
      const there = this.committed.get(batch.baseOffset);
      const key = keyOf(batch);
      assert(there === undefined || there.key === key, `${key} committed, and ${there?.key} was`);
      if (there === undefined && batch.voters !== null) {
        this.voterSets.push({ offset: batch.baseOffset, voters: batch.voters });
      }
      this.committed.set(batch.baseOffset, { key, nextOffset: batch.nextOffset });
    }
    if (appliedEnd <= this.committedEnd) return;
    this.commits += 1;
    assert(leads, `node ${node.id} commits before its leader`);
    this.isOnMajority(node, appliedEnd);
    this.committedEnd = appliedEnd;
    for (const other of this.nodes()) {
      const { role, term } = other.state;
      if (role.name === "leader" && term > node.state.term) this.isComplete(other);
    }
  }

  /** Who votes follows from what is committed, however a node came to it. */
  private votersHold({ id, state, appliedEnd }: ModelNode): void {
    const committed = this.voterSets.findLast(({ offset }) => offset < appliedEnd);
    if (committed === undefined) return;
    const own = state.voterHistory.before(appliedEnd);
    assert(
      JSON.stringify(own.voters) === JSON.stringify(committed.voters),
      `node ${id} has other voters at ${appliedEnd} than were committed at ${committed.offset}`,
    );
  }

  private isOnMajority(node: ModelNode, end: number): void {
    const voters = votersOf(node.state);
    const epoch = node.state.log.epochBefore(end);
    // Figure 8 of the Raft paper: such an entry may still be replaced.
    assert(epoch === node.state.term, `${end} of epoch ${epoch} is committed by count`);
    const holders = [...this.nodes(), ...this.lost].filter(({ id, options, disk: { log } }) => {
      if (!isVoter(voters, id, options.directoryId)) return false;
      return log.batches.some((batch) => batch.nextOffset === end && batch.epoch === epoch);
    });
    assert(
      holders.length >= majorityOf(voters),
      `${end} is on the disks of ${holders.length} only`,
    );
  }
}

function keyOf({
  epoch,
  baseOffset,
  bytes,
}: {
  epoch: number;
  baseOffset: number;
  bytes: Uint8Array;
}): string {
  return `${epoch}@${baseOffset} ${new TextDecoder().decode(bytes)}`;
}
