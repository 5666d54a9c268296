// What a server-side assignor is given and what it answers (KIP-848: the coordinator, not a leader
// among the members, shares partitions out).
//
// Lives on: anywhere.

/** Topic id -> partitions in ascending order. No topic has an empty list. */
export type Assignment = ReadonlyMap<string, readonly number[]>;

export type AssignorMember = {
  readonly memberId: string;
  /** Static members (KIP-345) have one. */
  readonly instanceId: string | null;
  /** Each of them is a key of `partitionCounts`. */
  readonly topicIds: ReadonlySet<string>;
  /** What it was meant to own until now; stickiness keeps to it. */
  readonly assigned: Assignment;
};

export type GroupToAssign = {
  readonly members: readonly AssignorMember[];
  /** Topic id -> how many partitions it has. */
  readonly partitionCounts: ReadonlyMap<string, number>;
};

/** Member id -> its new assignment; every member has an entry. Same input, same answer. */
export type Assignor = (group: GroupToAssign) => ReadonlyMap<string, Assignment>;

export const emptyAssignment: Assignment = new Map();

/** In Java's order of strings, which is by UTF-16 units, as JavaScript's is. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

export function byMemberId(a: AssignorMember, b: AssignorMember): number {
  return compareText(a.memberId, b.memberId);
}

/** Whether all members subscribe to the same topics: most groups do, and are simpler to share out. */
export function isHomogeneous(members: readonly AssignorMember[]): boolean {
  const first = members[0]?.topicIds;
  return members.every(
    ({ topicIds }) =>
      topicIds === first ||
      (topicIds.size === first!.size && [...topicIds].every((id) => first!.has(id))),
  );
}
