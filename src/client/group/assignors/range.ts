// The range assignor: of each topic every subscriber gets one run of neighbouring partitions, so that
// topics with as many partitions are shared out alike and can be joined. The first get one more where
// it does not come out even. Where racks make a difference, each first takes what is in its rack, and of
// topics that can be joined the same numbers (Kafka's RangeAssignor).
//
// Lives on: anywhere (pure).

import type { TopicPartition } from "../topic-partition.ts";
import { comparePartitions } from "../topic-partition.ts";
import type { ClientAssignor, GroupMember } from "./assignor.ts";
import { compareMembers, partitionsOf, topicsToAssign } from "./assignor.ts";
import type { PartitionRacks, RackMatch } from "./racks.ts";
import { doRacksMatter, rackMatch, unknownRacks } from "./racks.ts";

export const rangeAssignor: ClientAssignor = {
  name: "range",
  isCooperative: false,

  assign(members, partitionCounts, racks = unknownRacks) {
    const ordered = members.toSorted(compareMembers);
    const topics = topicsToAssign(members, partitionCounts).map((topic) => {
      const subscribers = ordered.filter(({ topics: subscribed }) => subscribed.includes(topic));
      return new TopicShares(subscribers, partitionsOf([topic], partitionCounts), racks);
    });
    if (topics.some(({ isRackAware }) => isRackAware)) shareByRack(topics);
    for (const topic of topics) topic.share(() => true);
    const assigned = new Map(ordered.map(({ memberId }) => [memberId, [] as TopicPartition[]]));
    for (const { given } of topics) {
      for (const [member, partitions] of given) assigned.get(member.memberId)!.push(...partitions);
    }
    for (const partitions of assigned.values()) partitions.sort(comparePartitions);
    return assigned;
  },
};

/** One topic while it is shared out. */
class TopicShares {
  readonly subscribers: readonly GroupMember[];
  readonly match: RackMatch;
  readonly isRackAware: boolean;
  readonly given: ReadonlyMap<GroupMember, TopicPartition[]>;
  readonly count: number;
  private readonly least: number;
  /** Members that may still have one more than the least. */
  private extras: number;
  private free: readonly TopicPartition[];

  constructor(
    subscribers: readonly GroupMember[],
    partitions: readonly TopicPartition[],
    racks: PartitionRacks,
  ) {
    this.subscribers = subscribers;
    this.match = rackMatch(racks);
    this.isRackAware = doRacksMatter(subscribers, partitions, racks);
    this.given = new Map(subscribers.map((member) => [member, []]));
    this.count = partitions.length;
    this.least = Math.floor(partitions.length / subscribers.length);
    this.extras = partitions.length % subscribers.length;
    this.free = partitions;
  }

  roomOf(member: GroupMember): number {
    return this.least + (this.extras > 0 ? 1 : 0) - this.given.get(member)!.length;
  }

  /** To each in turn what it may have of what is free, as much as there is room for. */
  share(may: RackMatch): void {
    for (const member of this.subscribers) {
      const room = Math.max(0, this.roomOf(member));
      const taken = this.free.filter((partition) => may(member, partition)).slice(0, room);
      this.give(member, taken);
    }
  }

  give(member: GroupMember, partitions: readonly TopicPartition[]): void {
    if (partitions.length === 0) return;
    const given = this.given.get(member)!;
    given.push(...partitions);
    if (given.length > this.least) this.extras -= 1;
    this.free = this.free.filter((partition) => !partitions.includes(partition));
  }

  isFor(member: GroupMember, partition: number): boolean {
    const at = this.free.find((each) => each.partition === partition);
    return at !== undefined && this.roomOf(member) > 0 && this.match(member, at);
  }

  giveOne(member: GroupMember, partition: number): void {
    this.give(
      member,
      this.free.filter((each) => each.partition === partition),
    );
  }
}

function shareByRack(topics: readonly TopicShares[]): void {
  for (const alike of joinable(topics)) {
    const [first, ...others] = alike;
    if (others.length > 0) shareAlike(alike);
    else if (first!.isRackAware) first!.share(first!.match);
  }
}

/** Topics with the same subscribers and as many partitions. */
function joinable(topics: readonly TopicShares[]): TopicShares[][] {
  const groups = new Map<string, TopicShares[]>();
  for (const topic of topics) {
    const ids = topic.subscribers.map(({ memberId }) => memberId);
    const key = JSON.stringify([topic.count, ids]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [topic]);
    else group.push(topic);
  }
  return [...groups.values()];
}

/** A number goes to the first for whom it is in the rack in all of the topics. */
function shareAlike(topics: readonly TopicShares[]): void {
  const { count, subscribers } = topics[0]!;
  for (let partition = 0; partition < count; partition++) {
    const member = subscribers.find((each) =>
      topics.every((topic) => topic.isFor(each, partition)),
    );
    if (member !== undefined) for (const topic of topics) topic.giveOne(member, partition);
  }
}
