// What a ConsumerGroupHeartbeat says: everything at first and after a failure, later only what has
// changed (KIP-848; Kafka's HeartbeatState).
//
// Lives on: anywhere (part of the group consumer).

import { ZERO_UUID } from "../../base/uuid.ts";
import {
  ConsumerGroupHeartbeatRequest,
  ConsumerGroupHeartbeatResponse,
} from "../../protocol/messages/68-consumer-group-heartbeat.ts";
import type { Draft } from "../../protocol/schema.ts";
import type { Cluster } from "../cluster.ts";
import type { Identity } from "./membership.ts";
import type { TopicPartition } from "./topic-partition.ts";
import { byTopic, comparePartitions, keyOf } from "./topic-partition.ts";

export const heartbeatApi = {
  request: ConsumerGroupHeartbeatRequest,
  response: ConsumerGroupHeartbeatResponse,
};

type BodyOptions = {
  readonly groupId: string;
  readonly groupInstanceId: string | null;
  readonly serverAssignor: string | null;
  readonly rebalanceTimeoutMs: number;
  readonly rackId: string | null;
};

/** As texts, to be compared. */
type Said = { readonly topics: string; readonly pattern: string; readonly owned: string };
const nothing: Said = { topics: "", pattern: "", owned: "" };

/** Topics by name, or those whose names match, as the coordinator reads patterns (RE2/J). */
export type Wanted = { readonly topics: readonly string[]; readonly pattern: string | null };

export class HeartbeatBody {
  private readonly cluster: Cluster;
  private readonly options: BodyOptions;
  /** What the coordinator has answered to; undefined: it may know nothing. */
  private known: Said | undefined;
  private sent: Said = nothing;
  private hasHadPattern = false;

  constructor(cluster: Cluster, options: BodyOptions) {
    this.cluster = cluster;
    this.options = options;
  }

  tellEverything(): void {
    this.known = undefined;
  }

  hasNews(wanted: Wanted, owned: readonly TopicPartition[]): boolean {
    const said = saying(wanted, owned);
    const { known } = this;
    return (
      known?.topics !== said.topics || known.pattern !== said.pattern || known.owned !== said.owned
    );
  }

  /** The last one that was sent has been answered well. */
  answered(): void {
    this.known = this.sent;
  }

  next(
    { memberId, generationId }: Identity,
    wanted: Wanted,
    owned: readonly TopicPartition[],
  ): Draft<typeof ConsumerGroupHeartbeatRequest> {
    const { groupId, groupInstanceId, serverAssignor, rebalanceTimeoutMs, rackId } = this.options;
    const { known } = this;
    this.sent = saying(wanted, owned);
    const { topics, pattern } = this.sent;
    // Who has never had a pattern says nothing of it: coordinators of the first version know none.
    this.hasHadPattern ||= pattern !== "";
    const isPatternNews = known === undefined ? this.hasHadPattern : pattern !== known.pattern;
    const always = { groupId, memberId, memberEpoch: generationId };
    const partial = {
      ...always,
      ...(known?.topics === topics ? {} : { subscribedTopicNames: wanted.topics }),
      ...(isPatternNews ? { subscribedTopicRegex: pattern } : {}),
      ...(known?.owned === this.sent.owned ? {} : { topicPartitions: this.byId(owned) }),
    };
    // A static member gives its name whenever it speaks.
    const named = { ...partial, instanceId: groupInstanceId };
    return known === undefined ? { ...named, rebalanceTimeoutMs, serverAssignor, rackId } : named;
  }

  private byId(owned: readonly TopicPartition[]) {
    return byTopic(owned).map(({ topic, partitions }) => ({
      topicId: this.cluster.topic(topic)?.topicId ?? ZERO_UUID,
      partitions,
    }));
  }
}

function saying({ topics, pattern }: Wanted, owned: readonly TopicPartition[]): Said {
  const ownedText = [...owned].sort(comparePartitions).map(keyOf).join();
  return { topics: topics.join(), pattern: pattern ?? "", owned: ownedText };
}
