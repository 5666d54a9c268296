// What a group hears: the public face of actors/group. A group's key is that of its coordinator, a
// slash and the group id; it lives where its coordinator lives. Clients' requests reach it through
// the coordinator, which passes the calls on, and are answered straight to whoever asked.
//
// Lives on: anywhere (types and address helpers).

import type { GroupSettings } from "../../config/group-config.ts";
import type { ErrorCode } from "../../protocol/error-codes.ts";
import type {
  ConsumerGroupHeartbeatRequest,
  ConsumerGroupHeartbeatResponse,
} from "../../protocol/messages/68-consumer-group-heartbeat.ts";
import type { ActorRef, Call, Cast, Spawnable } from "../../runtime/actor.ts";
import { refTo } from "../../runtime/actor.ts";
import { placePartition } from "../partition/messages.ts";

export const groupKind = "group";

export function groupRef(coordinatorKey: string, groupId: string): ActorRef<GroupProtocol> {
  return refTo(groupKind, `${coordinatorKey}/${groupId}`);
}

/** With its coordinator: `<topic id>-<index>` is what stands before the first slash. */
export function placeGroup(key: string, hostCount: number): number {
  return placePartition(key.slice(0, key.indexOf("/")), hostCount);
}

/** One record of the group as it stands in the offsets topic; its newest value. */
export type StoredRecord = { readonly key: Uint8Array; readonly value: Uint8Array };

export type GroupActorSettings = {
  readonly groupId: string;
  /** Of the offsets topic. */
  readonly topicId: string;
  readonly index: number;
  readonly config: GroupSettings;
  /** In the order in which the group wrote them. */
  readonly records: readonly StoredRecord[];
};

/** For the coordinator, which creates the groups. */
export const spawnableGroup: Spawnable<GroupActorSettings> = { kind: groupKind };

export type CatalogTopic = {
  readonly name: string;
  readonly topicId: string;
  readonly partitionCount: number;
};

/** The topics of the cluster, which members are assigned partitions of. Never changed in place. */
export type TopicList = {
  /** Grows with every change. */
  readonly version: number;
  readonly topics: readonly CatalogTopic[];
};

export const noTopics: TopicList = { version: -1, topics: [] };

/** The request was not looked at, or came to nothing as a whole. */
export type Refused = { readonly refused: ErrorCode; readonly why?: string };

export function isRefused(reply: object): reply is Refused {
  return "refused" in reply;
}

// ------------------------------------------------------------ the classic protocol

export type JoinProtocol = { readonly name: string; readonly metadata: Uint8Array };

/** Bytes are the group's from now on. */
export type JoinArgs = {
  readonly groupId: string;
  /** Empty: a new member. */
  readonly memberId: string;
  readonly groupInstanceId: string | null;
  readonly clientId: string;
  readonly clientHost: string;
  readonly sessionTimeoutMs: number;
  readonly rebalanceTimeoutMs: number;
  readonly protocolType: string;
  readonly protocols: readonly JoinProtocol[];
  /** KIP-394: a new member is told its id and has to come again with it. */
  readonly requiresKnownMemberId: boolean;
  /** KIP-814: a static leader that returns may be told to leave the assignment as it is. */
  readonly supportsSkippingAssignment: boolean;
  /** KIP-800. */
  readonly reason: string | null;
};

export type JoinedMember = {
  readonly memberId: string;
  readonly groupInstanceId: string | null;
  readonly metadata: Uint8Array;
};

export type JoinReply = {
  readonly errorCode: ErrorCode;
  readonly generationId: number;
  readonly protocolType: string | null;
  readonly protocolName: string | null;
  readonly leader: string;
  readonly skipAssignment: boolean;
  readonly memberId: string;
  /** For the leader only. */
  readonly members: readonly JoinedMember[];
};

/** A join that came to nothing. */
export function noJoin(errorCode: ErrorCode, memberId: string): JoinReply {
  return {
    errorCode,
    generationId: -1,
    protocolType: null,
    protocolName: null,
    leader: "",
    skipAssignment: false,
    memberId,
    members: [],
  };
}

type MemberOfGeneration = {
  readonly groupId: string;
  readonly generationId: number;
  readonly memberId: string;
  readonly groupInstanceId: string | null;
};

export type SyncArgs = MemberOfGeneration & {
  readonly protocolType: string | null;
  readonly protocolName: string | null;
  /** The leader's; bytes are the group's from now on. */
  readonly assignments: readonly { readonly memberId: string; readonly assignment: Uint8Array }[];
};

export type SyncReply = {
  readonly errorCode: ErrorCode;
  readonly protocolType: string | null;
  readonly protocolName: string | null;
  readonly assignment: Uint8Array;
};

export type LeavingMember = {
  readonly memberId: string;
  readonly groupInstanceId: string | null;
  readonly reason: string | null;
};

export type LeftMember = {
  readonly memberId: string;
  readonly groupInstanceId: string | null;
  readonly errorCode: ErrorCode;
};

export type DescribedMember = {
  readonly memberId: string;
  readonly groupInstanceId: string | null;
  readonly clientId: string;
  readonly clientHost: string;
  readonly metadata: Uint8Array;
  readonly assignment: Uint8Array;
};

export type DescribedGroup = {
  readonly state: string;
  readonly protocolType: string;
  readonly protocolName: string;
  readonly members: readonly DescribedMember[];
};

// ------------------------------------------------------------ the consumer protocol (KIP-848)

/** What a member says in one ConsumerGroupHeartbeat, and who it is. */
export type ConsumerHeartbeatArgs = ConsumerGroupHeartbeatRequest & {
  readonly apiVersion: number;
  readonly clientId: string;
  readonly clientHost: string;
};

export type ConsumerHeartbeatReply = Omit<ConsumerGroupHeartbeatResponse, "throttleTimeMs">;

export type AssignedTopic = { readonly topicId: string; readonly partitions: readonly number[] };

export type DescribedConsumer = {
  readonly memberId: string;
  readonly instanceId: string | null;
  readonly rackId: string | null;
  readonly memberEpoch: number;
  readonly clientId: string;
  readonly clientHost: string;
  readonly subscribedTopicNames: readonly string[];
  readonly subscribedTopicRegex: string;
  readonly assigned: readonly AssignedTopic[];
  readonly target: readonly AssignedTopic[];
  /** It speaks the classic protocol. */
  readonly isClassic: boolean;
};

export type DescribedConsumerGroup = {
  readonly state: string;
  readonly groupEpoch: number;
  readonly assignmentEpoch: number;
  readonly assignorName: string;
  readonly members: readonly DescribedConsumer[];
};

// ------------------------------------------------------------ offsets

export type CommittedPartition = {
  readonly partitionIndex: number;
  readonly offset: bigint;
  readonly leaderEpoch: number;
  readonly metadata: string;
};

export type CommitArgs = {
  readonly groupId: string;
  /** -1: not as a member. */
  readonly generationIdOrMemberEpoch: number;
  readonly memberId: string;
  readonly groupInstanceId: string | null;
  /** -1: as the broker is configured. */
  readonly retentionTimeMs: number;
  readonly apiVersion: number;
  readonly topics: readonly {
    readonly name: string;
    readonly topicId: string;
    readonly partitions: readonly CommittedPartition[];
  }[];
};

/** An error per partition, in the order asked. */
export type PartitionErrors = { readonly errorCodes: readonly ErrorCode[] };

export type TopicPartitions = { readonly name: string; readonly partitions: readonly number[] };

export type FetchOffsetsArgs = {
  readonly groupId: string;
  readonly memberId: string | null;
  readonly memberEpoch: number;
  readonly requireStable: boolean;
  /** null: all that the group has. A topic id other than the zero one must be that committed to. */
  readonly topics: readonly (TopicPartitions & { readonly topicId: string })[] | null;
};

export type FetchedPartition = CommittedPartition & { readonly errorCode: ErrorCode };

export type FetchOffsetsReply = {
  readonly topics: readonly {
    readonly name: string;
    readonly partitions: readonly FetchedPartition[];
  }[];
};

// ------------------------------------------------------------ why it rebalanced

export type RebalanceCause =
  | "member joined"
  | "member rejoined"
  | "member left"
  | "session expired"
  | "join not repeated in time"
  | "subscription changed"
  | "leader rejoined"
  | "static member returned"
  | "no assignment asked for in time"
  | "assignment not stored"
  | "too many members"
  | "partitions not given up in time"
  | "topics changed";

/** 0 partitions: it is not there. */
export type ChangedTopic = {
  readonly name: string;
  readonly partitionsBefore: number;
  readonly partitions: number;
};

export type Rebalance = {
  readonly atMs: number;
  /** The generation, or the group's epoch, that it ended. */
  readonly generationId: number;
  readonly cause: RebalanceCause;
  /** Empty when it was no single member's doing. */
  readonly memberId: string;
  readonly clientId: string;
  readonly groupInstanceId: string | null;
  /** What the client itself gave as its reason (KIP-800). */
  readonly reason: string | null;
  /** Of the topics that the group reads, those that have changed since it last shared. */
  readonly changedTopics: readonly ChangedTopic[];
};

// ------------------------------------------------------------ the protocol

/** What clients ask of a group, by way of its coordinator. */
export type GroupRequests = {
  joinGroup: Call<JoinArgs, JoinReply | Refused>;
  syncGroup: Call<SyncArgs, SyncReply | Refused>;
  heartbeat: Call<MemberOfGeneration, { readonly errorCode: ErrorCode } | Refused>;
  leaveGroup: Call<
    { readonly groupId: string; readonly members: readonly LeavingMember[] },
    { readonly members: readonly LeftMember[] } | Refused
  >;
  describeGroup: Call<{ readonly groupId: string }, DescribedGroup | Refused>;
  consumerHeartbeat: Call<ConsumerHeartbeatArgs, ConsumerHeartbeatReply | Refused>;
  describeConsumerGroup: Call<{ readonly groupId: string }, DescribedConsumerGroup | Refused>;
  deleteGroup: Call<{ readonly groupId: string }, { readonly errorCode: ErrorCode } | Refused>;
  commitOffsets: Call<CommitArgs, PartitionErrors | Refused>;
  fetchOffsets: Call<FetchOffsetsArgs, FetchOffsetsReply | Refused>;
  deleteOffsets: Call<
    { readonly groupId: string; readonly topics: readonly TopicPartitions[] },
    PartitionErrors | Refused
  >;
  /** The newest first. */
  rebalances: Call<
    { readonly groupId: string },
    { readonly rebalances: readonly Rebalance[] } | Refused
  >;
};

/** Another one may have its name by now. */
export type DeletedTopic = { readonly name: string; readonly topicId: string };

export type GroupProtocol = GroupRequests & {
  configure: Cast<{ readonly config: GroupSettings }>;
  topicsChanged: Cast<{ readonly topics: TopicList }>;
  /** Their offsets mean nothing any more. */
  topicsDeleted: Cast<{ readonly topics: readonly DeletedTopic[] }>;
  expireOffsets: Cast<Record<string, never>>;
  /** Answers all who wait for something that may take long: the node is going down. */
  drain: Cast<Record<string, never>>;
};

/** What a group tells of itself, for lists of groups. */
export type GroupSummary = {
  readonly groupId: string;
  readonly state: string;
  readonly protocolType: string;
  readonly groupType: "classic" | "consumer";
};
