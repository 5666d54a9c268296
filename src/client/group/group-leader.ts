// What the leader of a classic group does for all: it reads everybody's subscription, looks the topics
// up, and lets the assignor that the group has agreed on share the partitions out. It goes on watching
// how many partitions there are and where, because nobody else will.
//
// Lives on: anywhere (ports passed in).

import type { Outcome } from "../../base/outcome.ts";
import { failure, success } from "../../base/outcome.ts";
import type { JoinGroupResponse } from "../../protocol/messages/11-join-group.ts";
import type { Cluster } from "../cluster.ts";
import type { ClientAssignor, GroupMember } from "./assignors/assignor.ts";
import { assignmentBytes, readSubscription } from "./consumer-protocol.ts";
import { keyOf } from "./topic-partition.ts";

type EncodedAssignments = readonly {
  readonly memberId: string;
  readonly assignment: Uint8Array;
}[];

export class GroupLeader {
  private readonly cluster: Cluster;
  private readonly assignors: readonly ClientAssignor[];
  /** What was last shared out; undefined: somebody else leads. */
  private sharedOut: string | undefined;
  private topics: readonly string[] = [];

  constructor(cluster: Cluster, assignors: readonly ClientAssignor[]) {
    this.cluster = cluster;
    this.assignors = assignors;
  }

  resign(): void {
    this.sharedOut = undefined;
    this.topics = [];
  }

  /** Of the group, beyond what this member subscribes to itself. */
  get watchedTopics(): readonly string[] {
    return this.topics;
  }

  /** There are other numbers of partitions than were shared out, or their replicas have moved. */
  sawChange(): boolean {
    return this.sharedOut !== undefined && this.sharedOut !== this.picture();
  }

  /** `refused`: it cannot be done at all. */
  lead(
    { protocolName, members, skipAssignment }: JoinGroupResponse,
    done: (outcome: Outcome<EncodedAssignments>) => void,
  ): void {
    const assignor = this.assignors.find(({ name }) => name === protocolName);
    if (assignor === undefined) {
      return done(failure("refused", `the group has agreed on ${protocolName}`));
    }
    const subscribed: GroupMember[] = [];
    for (const member of members) {
      const read = readSubscription(member, member.metadata);
      if (!read.ok) return done(failure("refused", `${member.memberId}: ${read.detail}`));
      subscribed.push(read.value);
    }
    this.topics = [...new Set(subscribed.flatMap(({ topics }) => topics))].sort();
    this.cluster.refresh(this.topics, (refreshed) => {
      if (!refreshed.ok) return done(failure("timeout", refreshed.detail));
      this.sharedOut = this.picture();
      // A leader that has only been away for a moment leaves everything as it is (KIP-814).
      if (skipAssignment) return done(success([]));
      const { counts, racks } = this.known();
      const assigned = assignor.assign(subscribed, counts, racks);
      const encoded = [...assigned].map(([memberId, partitions]) => ({
        memberId,
        assignment: assignmentBytes(partitions),
      }));
      done(success(encoded));
    });
  }

  private known(): { counts: Map<string, number>; racks: Map<string, ReadonlySet<string>> } {
    const counts = new Map<string, number>();
    const racks = new Map<string, ReadonlySet<string>>();
    for (const topic of this.topics) {
      const partitions = this.cluster.topic(topic)?.partitions;
      if (partitions === undefined) continue;
      counts.set(topic, partitions.size);
      for (const [partition, info] of partitions) {
        racks.set(keyOf({ topic, partition }), info.racks);
      }
    }
    return { counts, racks };
  }

  /** To be compared. */
  private picture(): string {
    const { counts, racks } = this.known();
    const withRacks = [...racks].filter(([, { size }]) => size > 0);
    return JSON.stringify([
      [...counts],
      withRacks.map(([key, each]) => [key, ...[...each].sort()]),
    ]);
  }
}
