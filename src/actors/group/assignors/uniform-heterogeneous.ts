// The uniform assignor for members with different subscriptions (KIP-848,
// UniformHeterogeneousAssignmentBuilder). Perfect balance is not always possible here: who subscribes
// to a topic nobody else wants has all of it. So everyone keeps what it has, what is free goes to the
// least loaded of those who may have it, and then partitions move from the most to the least loaded
// subscriber of each topic until no move makes things more even.
//
// Lives on: anywhere.

import { MinHeap } from "../../../base/heap.ts";
import type { Assignment, AssignorMember } from "./assignor.ts";
import { compareText } from "./assignor.ts";

/** Rounds over all topics. One round is enough for most subscriptions; a second finds nothing to do. */
const MAX_ROUNDS = 16;
const NOBODY = -1;

type Topic = {
  readonly topicId: string;
  /** Indices of members, ascending. */
  readonly subscribers: readonly number[];
  /** By partition. */
  readonly owners: Int32Array;
};

export function assignHeterogeneous(
  members: readonly AssignorMember[],
  partitionCounts: ReadonlyMap<string, number>,
): ReadonlyMap<string, Assignment> {
  const loads = new Int32Array(members.length);
  const topics = topicsOf(members, partitionCounts);
  for (const topic of topics) keep(topic, members, loads);
  for (const topic of topics) handOut(topic, loads);
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const moves = topics.map((topic) => level(topic, loads));
    if (moves.every((count) => count === 0)) break;
  }
  return collect(members, topics);
}

/** Those with the fewest possible owners per partition first: the others can still be used to level. */
function topicsOf(
  members: readonly AssignorMember[],
  partitionCounts: ReadonlyMap<string, number>,
): readonly Topic[] {
  const subscribers = new Map<string, number[]>();
  members.forEach(({ topicIds }, index) => {
    for (const topicId of topicIds) {
      const known = subscribers.get(topicId);
      if (known === undefined) subscribers.set(topicId, [index]);
      else known.push(index);
    }
  });
  const topics = [...subscribers].map(([topicId, indices]) => ({
    topicId,
    subscribers: indices,
    owners: new Int32Array(partitionCounts.get(topicId)!).fill(NOBODY),
  }));
  const density = (topic: Topic): number => topic.owners.length / topic.subscribers.length;
  return topics.sort(
    (a, b) =>
      density(b) - density(a) ||
      a.subscribers.length - b.subscribers.length ||
      compareText(a.topicId, b.topicId),
  );
}

function keep(
  { topicId, subscribers, owners }: Topic,
  members: readonly AssignorMember[],
  loads: Int32Array,
): void {
  for (const index of subscribers) {
    for (const partition of members[index]!.assigned.get(topicId) ?? []) {
      if (owners[partition] !== NOBODY) continue;
      owners[partition] = index;
      loads[index]!++;
    }
  }
}

function handOut({ subscribers, owners }: Topic, loads: Int32Array): void {
  if (!owners.includes(NOBODY)) return;
  const leastLoaded = new MinHeap<number>();
  for (const index of subscribers) leastLoaded.push(loads[index]!, index);
  owners.forEach((owner, partition) => {
    if (owner !== NOBODY) return;
    const index = leastLoaded.pop()!;
    owners[partition] = index;
    leastLoaded.push(++loads[index]!, index);
  });
}

/** Evens out the subscribers of one topic; the number of partitions that moved. */
function level(topic: Topic, loads: Int32Array): number {
  const { subscribers, owners } = topic;
  if (subscribers.length < 2) return 0;
  const owned = new Map<number, number[]>();
  owners.forEach((owner, partition) => {
    const partitions = owned.get(owner);
    if (partitions === undefined) owned.set(owner, [partition]);
    else partitions.push(partition);
  });
  const givers = new MinHeap<number>();
  const takers = new MinHeap<number>();
  for (const index of owned.keys()) givers.push(-loads[index]!, index);
  for (const index of subscribers) takers.push(loads[index]!, index);
  let moves = 0;
  for (;;) {
    const giver = freshest(givers, (index) => -loads[index]!);
    const taker = freshest(takers, (index) => loads[index]!);
    if (giver === undefined || taker === undefined) return moves;
    if (loads[giver]! - loads[taker]! < 2) return moves;
    const partition = owned.get(giver)!.pop();
    if (partition === undefined) {
      givers.pop();
      continue;
    }
    owners[partition] = taker;
    loads[giver]!--;
    loads[taker]!++;
    moves++;
  }
}

/** The top of a heap once entries whose load has changed since have been put back in their place. */
function freshest(heap: MinHeap<number>, keyOf: (index: number) => number): number | undefined {
  for (;;) {
    const index = heap.peek();
    if (index === undefined || heap.peekKey() === keyOf(index)) return index;
    heap.pop();
    heap.push(keyOf(index), index);
  }
}

function collect(
  members: readonly AssignorMember[],
  topics: readonly Topic[],
): ReadonlyMap<string, Assignment> {
  const assignments = members.map(() => new Map<string, number[]>());
  for (const { topicId, owners } of topics) {
    owners.forEach((owner, partition) => {
      const own = assignments[owner]!;
      const partitions = own.get(topicId);
      if (partitions === undefined) own.set(topicId, [partition]);
      else partitions.push(partition);
    });
  }
  return new Map(members.map(({ memberId }, index) => [memberId, assignments[index]!]));
}
