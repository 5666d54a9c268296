// What the leader of a classic group does for all: it reads everybody's subscription, looks the topics
// up, and lets the assignor that the group has agreed on share the partitions out. It goes on watching
// how many partitions there are, because nobody else will.
//
// Lives on: anywhere (ports passed in).

import type { Outcome } from "../../base/outcome.ts";
import { failure, success } from "../../base/outcome.ts";
import type { JoinGroupResponse } from "../../protocol/messages/11-join-group.ts";
import type { Cluster } from "../cluster.ts";
import type { ClientAssignor, GroupMember } from "./assignors/assignor.ts";
import { assignmentBytes, readSubscription } from "./consumer-protocol.ts";

type EncodedAssignments = readonly {
  readonly memberId: string;
  readonly assignment: Uint8Array;
}[];

export class GroupLeader {
  private readonly cluster: Cluster;
  private readonly assignors: readonly ClientAssignor[];
  /** What was last shared out; undefined: somebody else leads. */
  private counts: ReadonlyMap<string, number> | undefined;
  private topics: readonly string[] = [];

  constructor(cluster: Cluster, assignors: readonly ClientAssignor[]) {
    this.cluster = cluster;
    this.assignors = assignors;
  }

  resign(): void {
    this.counts = undefined;
    this.topics = [];
  }

  /** Of the group, beyond what this member subscribes to itself. */
  get watchedTopics(): readonly string[] {
    return this.topics;
  }

  /** There are other numbers of partitions than were shared out. */
  sawChange(): boolean {
    const { counts } = this;
    return (
      counts !== undefined && this.topics.some((topic) => this.count(topic) !== counts.get(topic))
    );
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
      const counts = new Map<string, number>();
      for (const topic of this.topics) {
        const count = this.count(topic);
        if (count !== undefined) counts.set(topic, count);
      }
      this.counts = counts;
      // A leader that has only been away for a moment leaves everything as it is (KIP-814).
      if (skipAssignment) return done(success([]));
      const assigned = assignor.assign(subscribed, counts);
      const encoded = [...assigned].map(([memberId, partitions]) => ({
        memberId,
        assignment: assignmentBytes(partitions),
      }));
      done(success(encoded));
    });
  }

  private count(topic: string): number | undefined {
    return this.cluster.topic(topic)?.partitions.size;
  }
}
