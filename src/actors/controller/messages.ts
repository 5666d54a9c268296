// What the controller hears: the public face of actors/controller. It is the state machine on the
// metadata log: topics by id, partitions, configs, features, producer-id blocks. One per node.
//
// Lives on: anywhere (types and address helpers).

import type { ActorRef, Call, Cast } from "../../runtime/actor.ts";
import { refTo } from "../../runtime/actor.ts";
import type { BrokerSettings } from "../../config/broker-config.ts";
import type { ErrorCode } from "../../protocol/error-codes.ts";
import type { BrokerState } from "../../metadata/image.ts";
import type { QuorumDescription, VoterChange, VoterChangeResult } from "../raft-node/messages.ts";
import type { LogDirectoryFacts } from "../log-directory/messages.ts";
import type { CommittedEntry } from "../raft-node/messages.ts";

export const controllerKind = "controller";

export function controllerRef(): ActorRef<ControllerProtocol> {
  return refTo(controllerKind, "0");
}

export type ControllerSettings = {
  readonly nodeId: number;
  readonly clusterId: string;
  readonly directories: readonly LogDirectoryFacts[];
  /** The node stopped in good order before this start: no acknowledged record can be missing. */
  readonly cleanStart: boolean;
  readonly config: BrokerSettings;
};

export type ConfigEntry = { readonly name: string; readonly value: string | null };

/** Numeric type as on the wire: 2 topic, 4 broker (`ConfigResource.Type`). */
export type ConfigResource = { readonly type: number; readonly name: string };

export type NewTopic = {
  readonly name: string;
  readonly partitionCount: number;
  readonly replicationFactor: number;
  readonly assignments: readonly { index: number; brokerIds: readonly number[] }[];
  readonly configs: readonly ConfigEntry[];
};

export type NewTopicResult = {
  readonly name: string;
  readonly topicId: string;
  readonly errorCode: ErrorCode;
  readonly errorMessage: string | null;
  readonly partitionCount: number;
  readonly replicationFactor: number;
};

/** 0 SET, 1 DELETE, 2 APPEND, 3 SUBTRACT (KIP-339). */
export type ConfigChange = {
  readonly name: string;
  readonly operation: number;
  readonly value: string | null;
};

export type ResourceResult = {
  readonly resource: ConfigResource;
  readonly errorCode: ErrorCode;
  readonly errorMessage: string | null;
};

/** One of the two: a name, or the id of a topic without its name. The zero id is none. */
export type TopicNameOrId = { readonly name: string | null; readonly topicId: string };

export type DeletedTopicResult = TopicNameOrId & {
  readonly errorCode: ErrorCode;
  readonly errorMessage: string | null;
};

export type MorePartitions = {
  readonly name: string;
  /** How many there are to be in all. */
  readonly count: number;
  /** The brokers of each added partition; null: the controller chooses. */
  readonly assignments: readonly (readonly number[])[] | null;
};

export type TopicResult = {
  readonly name: string;
  readonly errorCode: ErrorCode;
  readonly errorMessage: string | null;
};

/** The whole set of a resource's configs. */
export type ConfigReplacement = {
  readonly resource: ConfigResource;
  readonly configs: readonly ConfigEntry[];
};

/** Single edits of a resource's configs. */
export type ConfigEdits = {
  readonly resource: ConfigResource;
  readonly changes: readonly ConfigChange[];
};

/** `FeatureUpdate.UpgradeType`: 1 upgrade, 2 safe downgrade, 3 unsafe downgrade. */
export type FeatureUpdate = {
  readonly feature: string;
  readonly level: number;
  readonly upgradeType: number;
};

/** `ElectionType`: 0 the preferred replica, 1 any. Null: all topics. */
export type LeaderElection = {
  readonly electionType: number;
  readonly topics:
    | readonly { readonly name: string; readonly partitionIds: readonly number[] }[]
    | null;
};

export type ElectionResult = {
  readonly name: string;
  readonly partitions: readonly {
    readonly partitionId: number;
    readonly errorCode: ErrorCode;
    readonly errorMessage: string | null;
  }[];
};

export type ControllerProtocol = {
  /** One of this node's data directories has failed. */
  directoryFailed: Cast<{ directoryId: string }>;

  // Requests of front doors. Each is answered when every live host has applied the change.
  createTopics: Call<
    { topics: readonly NewTopic[]; validateOnly: boolean },
    { results: readonly NewTopicResult[] }
  >;
  deleteTopics: Call<
    { topics: readonly TopicNameOrId[] },
    { results: readonly DeletedTopicResult[] }
  >;
  createPartitions: Call<
    { topics: readonly MorePartitions[]; validateOnly: boolean },
    { results: readonly TopicResult[] }
  >;
  /** AlterConfigs. */
  replaceConfigs: Call<
    { resources: readonly ConfigReplacement[]; validateOnly: boolean },
    { results: readonly ResourceResult[] }
  >;
  /** IncrementalAlterConfigs. */
  changeConfigs: Call<
    { resources: readonly ConfigEdits[]; validateOnly: boolean },
    { results: readonly ResourceResult[] }
  >;
  /** A block of producer ids that nobody else will ever get. */
  allocateProducerIds: Call<
    { brokerId: number; brokerEpoch: number },
    { errorCode: ErrorCode; firstProducerId: number; count: number }
  >;

  /** A broker of this or another node is there; its epoch is given by where it is registered. */
  registerBroker: Call<{ broker: BrokerState; cleanStart: boolean }, { errorCode: ErrorCode }>;
  /** It stops in good order: nobody is to come to it any more. */
  stopBroker: Call<{ brokerId: number; brokerEpoch: number }, { errorCode: ErrorCode }>;
  unregisterBroker: Call<
    { brokerId: number },
    { errorCode: ErrorCode; errorMessage: string | null }
  >;
  updateFeatures: Call<
    { updates: readonly FeatureUpdate[]; validateOnly: boolean },
    { errorCode: ErrorCode; errorMessage: string | null }
  >;
  electLeaders: Call<LeaderElection, { results: readonly ElectionResult[] }>;
  /** Of this node, as it stops: answered when it is fenced, when nobody is there to do it, or in time. */
  leave: Call<{ withinMs: number }, Record<string, never>>;

  // Of the quorum: the Raft node that leads answers.
  describeQuorum: Call<Record<string, never>, QuorumDescription>;
  changeVoters: Call<VoterChange, { result: VoterChangeResult }>;

  // Facts from the Raft node.
  /** Null: nobody, as far as is known. Told where there are several nodes. */
  leaderIs: Cast<{ leaderId: number | null }>;
  becameLeader: Cast<{ term: number }>;
  lostLeadership: Cast<{ term: number }>;
  /** In log order. `snapshot`: the entries are a whole image; forget everything before. */
  committed: Cast<{ snapshot: boolean; entries: readonly CommittedEntry[]; lastOffset: number }>;

  // Facts from the brokers of this node's hosts.
  /** A host (again) has no image: it is sent the whole one. */
  hostJoined: Cast<{ hostIndex: number }>;
  /** The host has applied everything up to `offset`. */
  hostApplied: Cast<{ hostIndex: number; offset: number }>;
  /** Asked by the node's start: answered when all hosts have applied the first image. */
  ready: Call<Record<string, never>, { ok: boolean; reason: string }>;
};
