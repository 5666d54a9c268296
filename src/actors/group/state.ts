// What the rooms of a group actor share.
//
// Lives on: host thread (part of the group actor).

import type { Outcome } from "../../base/outcome.ts";
import type { GroupSettings } from "../../config/group-config.ts";
import type { ErrorCode } from "../../protocol/error-codes.ts";
import type { ActorRef, Cast, Outbox, ReplyTo, World } from "../../runtime/actor.ts";
import type { GroupCoordinatorProtocol } from "../group-coordinator/messages.ts";
import type { ProduceReply } from "../partition/messages.ts";
import type { ClassicGroup } from "./classic/classic-group.ts";
import type { ConsumerGroup } from "./consumer/consumer-group.ts";
import type { Unsettled } from "./consumer/unsettled.ts";
import type { Journal } from "./journal.ts";
import type { GroupProtocol, GroupRequests, Rebalance, TopicList } from "./messages.ts";
import type { OffsetStore } from "./offsets/offset-store.ts";

/** What a group tells itself. */
export type GroupEvents = {
  appended: Cast<{ outcome: Outcome<ProduceReply>; context: null }>;
  /** The journal waits no longer. */
  journalDue: Cast<Record<string, never>>;
  /** A member's time may be up. */
  sessionsDue: Cast<Record<string, never>>;
  /** The first rebalance has waited for more members; `patienceMs` is for those who have an id. */
  initialJoinDue: Cast<{ delayMs: number; remainingMs: number; patienceMs: number }>;
  /** Those who have not joined again by now are left behind. */
  joinDue: Cast<Record<string, never>>;
  /** Those who have not asked for their assignment by now are out. */
  syncDue: Cast<{ generationId: number }>;
};
export type GroupSelf = GroupProtocol & GroupEvents;

export type Args<K extends keyof GroupRequests> = GroupRequests[K]["args"];
export type Reply<K extends keyof GroupRequests> = ReplyTo<GroupRequests[K]["reply"]>;

export type GroupState = {
  readonly groupId: string;
  readonly out: Outbox<GroupSelf>;
  readonly world: World;
  readonly coordinator: ActorRef<GroupCoordinatorProtocol>;
  readonly journal: Journal;
  /** Empty while it is a consumer group. */
  classic: ClassicGroup;
  /** Undefined: it is a classic group. */
  consumer: ConsumerGroup | undefined;
  /** Changes of the consumer group that are not durable yet, in their order. */
  readonly unsettled: Unsettled[];
  /** As last told by the coordinator. */
  topics: TopicList;
  readonly offsets: OffsetStore;
  config: GroupSettings;
  /** The log holds a record of the classic group itself, beside its offsets. */
  isStored: boolean;
  /** Its end is being written: who asks now is to come again. */
  isDeleting: boolean;
  isDraining: boolean;
  /** When the timer `sessions` will look at the members; Infinity: it does not run. */
  sessionsDueMs: number;
  /** Of the topics that the group reads, as of its last rebalance. */
  partitionCounts: ReadonlyMap<string, number>;
  /** The newest last; so many are kept. */
  readonly rebalances: Rebalance[];
};

export function refuse<K extends keyof GroupRequests>(
  g: GroupState,
  replyTo: ReplyTo<GroupRequests[K]["reply"]>,
  errorCode: ErrorCode,
): void {
  g.out.reply(replyTo as ReplyTo<{ refused: ErrorCode }>, { refused: errorCode });
}
