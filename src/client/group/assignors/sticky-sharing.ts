// How the sticky assignors share out: everybody keeps what they have as far as balance allows, what is
// free goes to those with the least. Where all subscribe to the same topics the result is as even as
// can be with as few moves as can be; where they do not, no single move would make it more even.
// Where racks make a difference, what is free goes to members of its rack first; where all subscribe to
// the same topics, what is out of its owner's rack moves to somebody in it who has room.
//
// Lives on: anywhere (pure).

import type { TopicPartition } from "../topic-partition.ts";
import { keyOf } from "../topic-partition.ts";
import type { Assignments, GroupMember } from "./assignor.ts";
import { compareMembers, partitionsOf, topicsToAssign } from "./assignor.ts";
import type { PartitionRacks, RackMatch } from "./racks.ts";
import { doRacksMatter, rackMatch } from "./racks.ts";

/** What a member says it has. */
export type Claim = {
  readonly member: GroupMember;
  readonly owned: readonly TopicPartition[];
  readonly generationId: number;
};

type Share = {
  readonly memberId: string;
  readonly member: GroupMember;
  readonly topics: ReadonlySet<string>;
  readonly partitions: Map<string, TopicPartition>;
};

export function shareOut(
  claims: readonly Claim[],
  partitionCounts: ReadonlyMap<string, number>,
  racks: PartitionRacks,
): Assignments {
  const members = claims.map(({ member }) => member);
  const topics = topicsToAssign(members, partitionCounts);
  const all = partitionsOf(topics, partitionCounts);
  const shares = members.toSorted(compareMembers).map((member) => ({
    memberId: member.memberId,
    member,
    topics: new Set(member.topics.filter((topic) => topics.includes(topic))),
    partitions: new Map<string, TopicPartition>(),
  }));
  const byId = new Map(shares.map((share) => [share.memberId, share]));
  const match = doRacksMatter(members, all, racks) ? rackMatch(racks) : undefined;
  const owners = ownersBy(claims);
  const ownerOf = (partition: TopicPartition): Share | undefined => {
    const owner = byId.get(owners.get(keyOf(partition)) ?? "");
    return owner?.topics.has(partition.topic) === true ? owner : undefined;
  };
  for (const partition of all) {
    const owner = ownerOf(partition);
    owner?.partitions.set(keyOf(partition), partition);
  }
  if (shares.every((share) => share.topics.size === topics.length)) {
    shareEvenly(shares, all, match, ownerOf);
  } else shareAsPossible(shares, all, match);
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
function shareEvenly(
  shares: readonly Share[],
  all: readonly TopicPartition[],
  match: RackMatch | undefined,
  ownerOf: (partition: TopicPartition) => Share | undefined,
): void {
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
  for (const { member, partitions } of match === undefined ? [] : shares) {
    for (const [key, partition] of [...partitions]) {
      if (!match!(member, partition)) partitions.delete(key);
    }
  }
  for (const share of shares) {
    for (const key of [...share.partitions.keys()].slice(quotas.get(share)!)) {
      share.partitions.delete(key);
    }
  }
  if (match !== undefined) {
    // Those without a rack leave the choice to those who have one.
    const isInRack: MayHave = ({ member }, partition) =>
      member.rackId !== null && match(member, partition);
    fill(shares, all, quotas, isInRack);
    // In nobody's rack: then it may as well stay where it was.
    fill(shares, all, quotas, (share, partition) => ownerOf(partition) === share);
  }
  fill(shares, all, quotas, () => true);
}

type MayHave = (share: Share, partition: TopicPartition) => boolean;

function fill(
  shares: readonly Share[],
  all: readonly TopicPartition[],
  quotas: ReadonlyMap<Share, number>,
  may: MayHave,
): void {
  let free = freeOf(shares, all);
  for (const share of shares) {
    const room = quotas.get(share)! - share.partitions.size;
    const taken = free.filter((partition) => may(share, partition)).slice(0, room);
    for (const partition of taken) share.partitions.set(keyOf(partition), partition);
    free = free.filter((partition) => !taken.includes(partition));
  }
}

function freeOf(shares: readonly Share[], all: readonly TopicPartition[]): TopicPartition[] {
  const taken = new Set(shares.flatMap(({ partitions }) => [...partitions.keys()]));
  return all.filter((partition) => !taken.has(keyOf(partition)));
}

function shareAsPossible(
  shares: readonly Share[],
  all: readonly TopicPartition[],
  match: RackMatch | undefined,
): void {
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
    const to = leastLoaded(candidates.get(partition.topic)!, partition, match);
    to.partitions.set(keyOf(partition), partition);
  }
  // Each move makes the sum of the squares of all loads smaller, so this ends.
  while (shares.some((share) => giveAway(share, candidates, match)));
}

/** Of several the first for whom the partition is in the rack. */
function leastLoaded(
  shares: readonly Share[],
  partition: TopicPartition,
  match: RackMatch | undefined,
): Share {
  const least = Math.min(...shares.map(({ partitions }) => partitions.size));
  const those = shares.filter(({ partitions }) => partitions.size === least);
  return those.find(({ member }) => match?.(member, partition) === true) ?? those[0]!;
}

/** One partition to somebody who has at least two less. */
function giveAway(
  from: Share,
  candidates: ReadonlyMap<string, readonly Share[]>,
  match: RackMatch | undefined,
): boolean {
  for (const [key, partition] of from.partitions) {
    const to = leastLoaded(candidates.get(partition.topic)!, partition, match);
    if (to.partitions.size + 2 > from.partitions.size) continue;
    from.partitions.delete(key);
    to.partitions.set(key, partition);
    return true;
  }
  return false;
}
