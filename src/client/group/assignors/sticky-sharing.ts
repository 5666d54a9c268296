// How the sticky assignors share out: everybody keeps what they have as far as balance allows, what is
// free goes to those with the least. Where all subscribe to the same topics the result is as even as
// can be with as few moves as can be; where they do not, no single move would make it more even.
//
// Lives on: anywhere (pure).

import type { TopicPartition } from "../topic-partition.ts";
import { keyOf } from "../topic-partition.ts";
import type { Assignments, GroupMember } from "./assignor.ts";
import { compareMembers, partitionsOf, topicsToAssign } from "./assignor.ts";

/** What a member says it has. */
export type Claim = {
  readonly member: GroupMember;
  readonly owned: readonly TopicPartition[];
  readonly generationId: number;
};

type Share = {
  readonly memberId: string;
  readonly topics: ReadonlySet<string>;
  readonly partitions: Map<string, TopicPartition>;
};

export function shareOut(
  claims: readonly Claim[],
  partitionCounts: ReadonlyMap<string, number>,
): Assignments {
  const members = claims.map(({ member }) => member);
  const topics = topicsToAssign(members, partitionCounts);
  const all = partitionsOf(topics, partitionCounts);
  const shares = members.toSorted(compareMembers).map(({ memberId, topics: subscribed }) => ({
    memberId,
    topics: new Set(subscribed.filter((topic) => topics.includes(topic))),
    partitions: new Map<string, TopicPartition>(),
  }));
  const byId = new Map(shares.map((share) => [share.memberId, share]));
  const owners = ownersBy(claims);
  for (const partition of all) {
    const owner = byId.get(owners.get(keyOf(partition)) ?? "");
    if (owner?.topics.has(partition.topic) === true) {
      owner.partitions.set(keyOf(partition), partition);
    }
  }
  if (shares.every((share) => share.topics.size === topics.length)) shareEvenly(shares, all);
  else shareAsPossible(shares, all);
  return new Map(shares.map(({ memberId, partitions }) => [memberId, [...partitions.values()]]));
}

/** Of several claims that of the latest generation counts; of two in one generation, none. */
function ownersBy(claims: readonly Claim[]): ReadonlyMap<string, string> {
  const owners = new Map<string, { memberId: string; generationId: number; isSure: boolean }>();
  for (const { member, owned, generationId } of claims) {
    const { memberId } = member;
    for (const partition of owned) {
      const other = owners.get(keyOf(partition));
      if (other === undefined || other.generationId < generationId) {
        owners.set(keyOf(partition), { memberId, generationId, isSure: true });
      } else if (other.generationId === generationId && other.memberId !== memberId) {
        other.isSure = false;
      }
    }
  }
  const sure = [...owners].filter(([, { isSure }]) => isSure);
  return new Map(sure.map(([partition, { memberId }]) => [partition, memberId]));
}

/** Any member may have any partition: the sizes are known beforehand, and so is who keeps how many. */
function shareEvenly(shares: readonly Share[], all: readonly TopicPartition[]): void {
  if (shares.length === 0) return;
  const least = Math.floor(all.length / shares.length);
  let extras = all.length % shares.length;
  const quotas = new Map<Share, number>();
  // Whoever has enough for an extra one keeps it: that saves a move.
  for (const share of shares) {
    const hasExtra = extras > 0 && share.partitions.size > least;
    if (hasExtra) extras -= 1;
    quotas.set(share, least + (hasExtra ? 1 : 0));
  }
  for (const share of shares) {
    if (extras === 0) break;
    if (quotas.get(share) !== least) continue;
    quotas.set(share, least + 1);
    extras -= 1;
  }
  for (const share of shares) {
    for (const key of [...share.partitions.keys()].slice(quotas.get(share)!)) {
      share.partitions.delete(key);
    }
  }
  const free = freeOf(shares, all);
  for (const share of shares) {
    while (share.partitions.size < quotas.get(share)!) {
      const partition = free.pop()!;
      share.partitions.set(keyOf(partition), partition);
    }
  }
}

function freeOf(shares: readonly Share[], all: readonly TopicPartition[]): TopicPartition[] {
  const taken = new Set(shares.flatMap(({ partitions }) => [...partitions.keys()]));
  return all.filter((partition) => !taken.has(keyOf(partition))).reverse();
}

function shareAsPossible(shares: readonly Share[], all: readonly TopicPartition[]): void {
  const candidates = new Map<string, Share[]>();
  for (const { topic } of all) {
    if (!candidates.has(topic)) {
      candidates.set(
        topic,
        shares.filter(({ topics }) => topics.has(topic)),
      );
    }
  }
  // Those that few may have come first: the others can still even things out.
  const free = freeOf(shares, all).sort(
    (a, b) => candidates.get(a.topic)!.length - candidates.get(b.topic)!.length,
  );
  for (const partition of free) {
    leastLoaded(candidates.get(partition.topic)!).partitions.set(keyOf(partition), partition);
  }
  // Each move makes the sum of the squares of all loads smaller, so this ends.
  while (shares.some((share) => giveAway(share, candidates)));
}

function leastLoaded(shares: readonly Share[]): Share {
  return shares.reduce((a, b) => (b.partitions.size < a.partitions.size ? b : a));
}

/** One partition to somebody who has at least two less. */
function giveAway(from: Share, candidates: ReadonlyMap<string, readonly Share[]>): boolean {
  for (const [key, partition] of from.partitions) {
    const to = leastLoaded(candidates.get(partition.topic)!);
    if (to.partitions.size + 2 > from.partitions.size) continue;
    from.partitions.delete(key);
    to.partitions.set(key, partition);
    return true;
  }
  return false;
}
