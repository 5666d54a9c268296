// What a front door hears: the public face of actors/front-door. There is one per host; its key is
// the host's index. It owns the host's listener and every connection accepted there.
//
// Lives on: anywhere (types and address helpers).

import type { ActorRef, Call, Cast, SocketCasts } from "../../runtime/actor.ts";
import { refTo } from "../../runtime/actor.ts";
import type { BrokerSettings } from "../../config/broker-config.ts";
import type { MetadataDelta, MetadataSnapshot } from "../../metadata/image.ts";
import type { ErrorCode } from "../../protocol/error-codes.ts";
import type { GroupSummary, Rebalance } from "../group/messages.ts";

export const frontDoorKind = "front-door";

export function frontDoorRef(hostIndex: number): ActorRef<FrontDoorProtocol> {
  return refTo(frontDoorKind, String(hostIndex));
}

export type FrontDoorSettings = {
  readonly nodeId: number;
  readonly clusterId: string;
  readonly config: BrokerSettings;
};

/** What is in memory on behalf of clients. Each has a bound; at rest those of requests are 0. */
export type FrontDoorCounters = {
  readonly connections: number;
  readonly requestsRunning: number;
  /** Of request frames, and the pool they come from. */
  readonly admittedBytes: number;
  readonly admittedBytesMax: number;
  readonly admissionsWaiting: number;
  /** Of responses that have not left yet. */
  readonly unsentBytes: number;
  readonly parkedFetches: number;
  readonly fetchBytesGranted: number;
  readonly fetchSessions: number;
  readonly fetchSessionsMax: number;
  readonly fetchSessionPartitions: number;
  readonly fetchWatches: number;
  readonly topicsBeingCreated: number;
};

/** How far a group is with one partition. */
export type GroupPartition = {
  readonly topic: string;
  readonly partition: number;
  /** The next offset to be read; null: none is committed. */
  readonly committedOffset: number | null;
  /** What was committed beside it. */
  readonly metadata: string;
  /** The end of what consumers can read; null: the partition is not there, or does not answer. */
  readonly logEndOffset: number | null;
  /** In records; null when either end is not known. */
  readonly lag: number | null;
  /** Who is assigned it; null: nobody, or it is not to be told. */
  readonly memberId: string | null;
};

export type GroupMember = {
  readonly memberId: string;
  readonly groupInstanceId: string | null;
  readonly clientId: string;
  /** As Kafka tells it: a slash and the address. */
  readonly clientHost: string;
};

export type GroupReport = GroupSummary & {
  /** The assignor; empty when there is none. */
  readonly protocolName: string;
  readonly members: readonly GroupMember[];
  /** Those that are committed or assigned. */
  readonly partitions: readonly GroupPartition[];
  /** The sum of those known. */
  readonly lag: number;
  /** The newest first. A bounded number since the node has started. */
  readonly rebalances: readonly Rebalance[];
};

export type FrontDoorProtocol = SocketCasts & {
  /** The whole image, at the host's start and whenever a controller takes over. */
  metadataReplaced: Call<{ image: MetadataSnapshot }, Record<string, never>>;
  /** A change of the image; told after the host's partitions have followed it. */
  metadataChanged: Call<{ delta: MetadataDelta }, Record<string, never>>;
  /** Starts listening; answered with the port, once partitions can be reached. */
  open: Call<
    { host: string; port: number; shared: boolean },
    { ok: true; port: number } | { ok: false; reason: string }
  >;
  /** A watched partition has more to read than when the watch was told last. */
  partitionReadable: Cast<{
    watchId: number;
    topicId: string;
    index: number;
    visibleEnd: number;
    /** Bytes appended since the watch was told last: what min.bytes counts. */
    bytes: number;
    errorCode: ErrorCode;
  }>;
  /** Stops accepting, answers what is in flight, closes all connections. */
  drain: Call<{ withinMs: number }, Record<string, never>>;
  counters: Call<Record<string, never>, FrontDoorCounters>;
  /** All groups that this node coordinates. */
  listGroups: Call<Record<string, never>, readonly GroupSummary[]>;
  /** null: there is no such group. */
  reportGroup: Call<{ groupId: string }, GroupReport | null>;
};
