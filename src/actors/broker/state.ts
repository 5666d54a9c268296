// What the parts of a broker actor share.
//
// Lives on: host thread (part of the broker actor).

import type { Outcome } from "../../base/outcome.ts";
import type { BrokerSettings } from "../../config/broker-config.ts";
import type { TopicSettings } from "../../config/topic-config.ts";
import type { MetadataDelta, MetadataImage, MetadataSnapshot } from "../../metadata/image.ts";
import type { ActorRef, Cast, Outbox, ReplyTo, World } from "../../runtime/actor.ts";
import type { Lane } from "../../runtime/lane.ts";
import type { PartitionProtocol } from "../partition/messages.ts";
import type { Cleaner } from "./cleaner.ts";
import type { CheckpointBook } from "./checkpoint-book.ts";
import type { CheckpointKeeper } from "./checkpoint-keeper.ts";
import type { BrokerActorSettings, BrokerProtocol } from "./messages.ts";

type LogDirectoriesReply = BrokerProtocol["describeLogDirectories"]["reply"];

/** What a broker tells itself. */
export type BrokerEvents = {
  joinDue: Cast<Record<string, never>>;
  checkpointsDue: Cast<Record<string, never>>;
  cleaningDue: Cast<Record<string, never>>;
  directoryRetired: Cast<{ outcome: Outcome<null>; context: ReplyTo<Outcome<null>> }>;
  spaceTold: Cast<{
    outcome: Outcome<LogDirectoriesReply>;
    context: ReplyTo<LogDirectoriesReply>;
  }>;
};
export type Self = BrokerProtocol & BrokerEvents;
export type BrokerOutbox = Outbox<Self>;

/** One of the node's data directories (log dirs), as a host knows it. */
export type LogDirectory = {
  readonly path: string;
  /** "": it could not be read at the start. */
  readonly directoryId: string;
  readonly cleanStart: boolean;
  /** Why nothing in it is written any more; undefined: it is in order. */
  failure: string | undefined;
  /** It is being found out whether it has failed. */
  isProbed: boolean;
  /** Names of partition directories that are there. */
  readonly names: Set<string>;
  /** What its checkpoint files said at start. */
  readonly book: CheckpointBook;
  /** On host 0 only. */
  readonly keeper: CheckpointKeeper | undefined;
};

/** A partition that lives on this host. */
export type OwnPartition = {
  /** `<topic id>-<index>`: the actor's key. */
  readonly key: string;
  readonly topicId: string;
  readonly index: number;
  /** `<topic>-<index>`. */
  readonly directory: string;
  readonly ref: ActorRef<PartitionProtocol>;
  /** The id of the data directory that the metadata names. */
  readonly assignedTo: string;
  /** Where it lies; undefined: nowhere that can be read, and it is offline. */
  home: LogDirectory | undefined;
  config: TopicSettings;
  leaderEpoch: number;
  /** It is being removed: its checkpoint must not be reported any more. */
  leaving: boolean;
};

export type ImageUpdate =
  | { readonly image: MetadataSnapshot; readonly delta?: never }
  | { readonly delta: MetadataDelta; readonly image?: never };

export type BrokerState = {
  readonly settings: BrokerActorSettings;
  readonly out: BrokerOutbox;
  readonly world: World;
  /** With the dynamic configs of the image. */
  config: BrokerSettings;
  /** Undefined until the controller has sent one. */
  image: MetadataImage | undefined;
  readonly partitions: Map<string, OwnPartition>;
  /** Keys of the partitions whose groups are coordinated here. */
  readonly coordinators: Set<string>;
  /** Image changes are followed one after another. */
  readonly lane: Lane;
  readonly directories: readonly LogDirectory[];
  draining: boolean;
  /** Undefined until it begins. */
  cleaner: Cleaner | undefined;
};
