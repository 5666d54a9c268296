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

type LogDirectoryReply = BrokerProtocol["describeLogDirectory"]["reply"];

/** What a broker tells itself. */
export type BrokerEvents = {
  joinDue: Cast<Record<string, never>>;
  checkpointsDue: Cast<Record<string, never>>;
  cleaningDue: Cast<Record<string, never>>;
  directoryRetired: Cast<{ outcome: Outcome<null>; context: ReplyTo<Outcome<null>> }>;
  spaceTold: Cast<{
    outcome: Outcome<{ totalBytes: number; freeBytes: number }>;
    context: ReplyTo<LogDirectoryReply>;
  }>;
};
export type Self = BrokerProtocol & BrokerEvents;
export type BrokerOutbox = Outbox<Self>;

/** A partition that lives on this host. */
export type OwnPartition = {
  /** `<topic id>-<index>`: the actor's key. */
  readonly key: string;
  readonly topicId: string;
  readonly index: number;
  /** `<topic>-<index>`. */
  readonly directory: string;
  readonly ref: ActorRef<PartitionProtocol>;
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
  /** Names of partition directories that are there. */
  readonly directories: Set<string>;
  /** What the checkpoint files said at start. */
  readonly book: CheckpointBook;
  /** On host 0 only. */
  readonly keeper: CheckpointKeeper | undefined;
  draining: boolean;
  /** Undefined until it begins. */
  cleaner: Cleaner | undefined;
};
