// Who votes: sets of voters, what their majority has, and which set holds where along the log. A set
// is in force from the moment it is appended, committed or not (Raft dissertation 4.1); when its entry
// is cut off, the one before it is in force again.
//
// Lives on: anywhere (pure).

import type { Voter, VoterSet } from "../../../metadata/control-records.ts";

export type { Voter, VoterSet } from "../../../metadata/control-records.ts";

/** A voter set and the offset of the entry that brought it; -1: it came with the configuration. */
export type VotersAt = { readonly offset: number; readonly voters: VoterSet };

export function majorityOf(voters: VoterSet): number {
  return Math.floor(voters.length / 2) + 1;
}

export function voterOf(voters: VoterSet, nodeId: number): Voter | undefined {
  return voters.find((voter) => voter.nodeId === nodeId);
}

/** Whether the node with this disk is one of the voters. */
export function isVoter(voters: VoterSet, nodeId: number, directoryId: string | null): boolean {
  const voter = voterOf(voters, nodeId);
  if (voter === undefined) return false;
  return voter.directoryId === null || voter.directoryId === directoryId;
}

/** The largest value that a majority of the voters has reached. */
export function reachedByMajority(voters: VoterSet, valueOf: (nodeId: number) => number): number {
  const values = voters.map(({ nodeId }) => valueOf(nodeId)).sort((a, b) => b - a);
  return values[majorityOf(voters) - 1] ?? 0;
}

export class VoterHistory {
  #sets: VotersAt[];

  /** At least one, ascending. */
  constructor(sets: readonly VotersAt[]) {
    this.#sets = [...sets];
  }

  get latest(): VotersAt {
    return this.#sets.at(-1)!;
  }

  /** The set that a snapshot ending at `endOffset` has to carry. */
  before(endOffset: number): VotersAt {
    return this.#sets.findLast(({ offset }) => offset < endOffset) ?? this.#sets[0]!;
  }

  /** The sets that may turn out to be in force: the last that is committed, and those after it. */
  since(committedEnd: number): readonly VotersAt[] {
    const committed = this.before(committedEnd);
    return this.#sets.filter(({ offset }) => offset >= committed.offset);
  }

  append(set: VotersAt): void {
    this.#sets.push(set);
  }

  truncateTo(end: number): void {
    const [first, ...others] = this.#sets;
    this.#sets = [first!, ...others.filter(({ offset }) => offset < end)];
  }

  /** Nothing before a snapshot is asked for again. */
  trimTo(endOffset: number): void {
    const first = this.before(endOffset);
    this.#sets = [first, ...this.#sets.filter(({ offset }) => offset > first.offset)];
  }

  /** What a snapshot brought takes the place of everything. */
  beginWith(set: VotersAt): void {
    this.#sets = [set];
  }
}
