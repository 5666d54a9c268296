// A group of consumers: its members, their generation, and what they have committed. Requests come by
// way of the coordinator and are answered from here.
//
//   classic/    the classic protocol, one file per message
//   consumer/   the consumer protocol (KIP-848): a group speaks one of them
//   offsets/    commits, fetches, and what makes offsets go
//   journal.ts  into the offsets topic; records.ts: in which form
//
// A change counts when it is durable, and its answer waits until then; what is not durable is seen by
// nobody. A new start finds in the log exactly what has been answered.
//
// Lives on: host thread, on the host of its coordinator.

import { ErrorCode } from "../../protocol/error-codes.ts";
import type { ActorKind, Handlers, Outbox, World } from "../../runtime/actor.ts";
import { groupCoordinatorRef } from "../group-coordinator/messages.ts";
import { partitionRef } from "../partition/messages.ts";
import { CONSUMER_PROTOCOL_TYPE, ClassicGroup } from "./classic/classic-group.ts";
import { expireSessions } from "./classic/departures.ts";
import { describeGroup } from "./classic/describe.ts";
import { drainMembers } from "./classic/drain.ts";
import { heartbeat } from "./classic/heartbeat.ts";
import { joinGroup } from "./classic/join.ts";
import { leaveGroup } from "./classic/leave.ts";
import { completeJoin, initialJoinDue, rebalance, syncDue } from "./classic/rebalance.ts";
import { syncGroup } from "./classic/sync.ts";
import { stateOf } from "./consumer/consumer-group.ts";
import { consumerFetchError } from "./consumer/offset-fencing.ts";
import { expireConsumers, serveDescribe, serveHeartbeat } from "./consumer/serve.ts";
import {
  serveClassicHeartbeat,
  serveClassicJoin,
  serveClassicLeave,
  serveClassicSync,
} from "./consumer/serve-classic.ts";
import { requestMetadataRefresh } from "./consumer/subscription.ts";
import { Journal } from "./journal.ts";
import type { GroupActorSettings, GroupRequests, GroupSummary } from "./messages.ts";
import { groupKind, noTopics, placeGroup } from "./messages.ts";
import { commitOffsets, isUnknown } from "./offsets/commit.ts";
import { fetchOffsets } from "./offsets/fetch.ts";
import { OffsetStore } from "./offsets/offset-store.ts";
import { deleteGroup, deleteOffsets, expireOffsets, forgetTopics } from "./offsets/removal.ts";
import { noteTopics } from "./rebalances.ts";
import { restore } from "./restore.ts";
import type { Args, GroupEvents, GroupSelf, GroupState, Reply } from "./state.ts";
import { refuse } from "./state.ts";

class Group implements Handlers<GroupSelf> {
  readonly #g: GroupState;
  /** Messages that the coordinator has sent. */
  #heard = 0;
  #told: GroupSummary | undefined;

  constructor(settings: GroupActorSettings, out: Outbox<GroupSelf>, world: World) {
    const { groupId, topicId, index, config, records } = settings;
    this.#g = {
      groupId,
      out,
      world,
      coordinator: groupCoordinatorRef(topicId, index),
      journal: new Journal(out, world, partitionRef(topicId, index)),
      classic: new ClassicGroup(),
      consumer: undefined,
      unsettled: [],
      topics: noTopics,
      offsets: new OffsetStore(),
      config,
      isStored: false,
      isDeleting: false,
      isDraining: false,
      sessionsDueMs: Infinity,
      rebalances: [],
      partitionCounts: new Map(),
    };
    restore(this.#g, records);
    if (this.#g.classic.members.size > config.membersMax) {
      rebalance(this.#g, "too many members", undefined, null);
    }
    this.#tellSummary();
  }

  // ------------------------------------------------------------ members

  onJoinGroup(args: Args<"joinGroup">, replyTo: Reply<"joinGroup">): void {
    this.#serve<"joinGroup">(replyTo, ({ consumer }) => {
      if (consumer === undefined) joinGroup(this.#g, args, replyTo);
      else serveClassicJoin(this.#g, consumer, args, replyTo);
    });
  }

  onSyncGroup(args: Args<"syncGroup">, replyTo: Reply<"syncGroup">): void {
    this.#serve<"syncGroup">(replyTo, ({ consumer }) => {
      if (consumer === undefined) syncGroup(this.#g, args, replyTo);
      else serveClassicSync(this.#g, consumer, args, replyTo);
    });
  }

  onHeartbeat(args: Args<"heartbeat">, replyTo: Reply<"heartbeat">): void {
    this.#serve<"heartbeat">(replyTo, ({ consumer, out }) => {
      if (consumer === undefined) out.reply(replyTo, { errorCode: heartbeat(this.#g, args) });
      else serveClassicHeartbeat(this.#g, consumer, args, replyTo);
    });
  }

  onLeaveGroup(args: Args<"leaveGroup">, replyTo: Reply<"leaveGroup">): void {
    this.#serve<"leaveGroup">(replyTo, ({ consumer, out }) => {
      if (consumer === undefined) {
        return out.reply(replyTo, { members: leaveGroup(this.#g, args.members) });
      }
      serveClassicLeave(this.#g, consumer, args, replyTo);
    });
  }

  onConsumerHeartbeat(args: Args<"consumerHeartbeat">, replyTo: Reply<"consumerHeartbeat">): void {
    this.#serve<"consumerHeartbeat">(replyTo, () => serveHeartbeat(this.#g, args, replyTo));
  }

  // ------------------------------------------------------------ offsets

  onCommitOffsets(args: Args<"commitOffsets">, replyTo: Reply<"commitOffsets">): void {
    this.#serve<"commitOffsets">(replyTo, () => commitOffsets(this.#g, args, replyTo));
  }

  onFetchOffsets(args: Args<"fetchOffsets">, replyTo: Reply<"fetchOffsets">): void {
    this.#serve<"fetchOffsets">(replyTo, () => {
      const { consumer, offsets, out } = this.#g;
      const error = consumer ? consumerFetchError(consumer, args) : ErrorCode.NONE;
      if (error !== ErrorCode.NONE) return refuse<"fetchOffsets">(this.#g, replyTo, error);
      out.reply(replyTo, fetchOffsets(offsets, args));
    });
  }

  onDeleteOffsets({ topics }: Args<"deleteOffsets">, replyTo: Reply<"deleteOffsets">): void {
    this.#serve<"deleteOffsets">(replyTo, () => deleteOffsets(this.#g, topics, replyTo));
  }

  // ------------------------------------------------------------ the group as a whole

  onDescribeGroup(_: Args<"describeGroup">, replyTo: Reply<"describeGroup">): void {
    this.#serve<"describeGroup">(replyTo, () => {
      const { out, groupId, classic, consumer } = this.#g;
      if (consumer === undefined && !isUnknown(this.#g)) {
        return out.reply(replyTo, describeGroup(classic));
      }
      const why = `Group ${groupId} ${consumer ? "is not a classic group" : "not found"}.`;
      out.reply(replyTo, { refused: ErrorCode.GROUP_ID_NOT_FOUND, why });
    });
  }

  onDescribeConsumerGroup(
    _: Args<"describeConsumerGroup">,
    replyTo: Reply<"describeConsumerGroup">,
  ): void {
    this.#serve<"describeConsumerGroup">(replyTo, () => serveDescribe(this.#g, replyTo));
  }

  onDeleteGroup(_: Args<"deleteGroup">, replyTo: Reply<"deleteGroup">): void {
    this.#serve<"deleteGroup">(replyTo, () => deleteGroup(this.#g, replyTo));
  }

  onRebalances(_: Args<"rebalances">, replyTo: Reply<"rebalances">): void {
    this.#serve<"rebalances">(replyTo, () =>
      this.#g.out.reply(replyTo, { rebalances: this.#g.rebalances.toReversed() }),
    );
  }

  onConfigure({ config }: GroupSelf["configure"]["args"]): void {
    this.#g.config = config;
  }

  onTopicsChanged({ topics }: GroupSelf["topicsChanged"]["args"]): void {
    const isFirst = this.#g.topics.version < 0;
    this.#g.topics = topics;
    if (isFirst) noteTopics(this.#g);
    if (this.#g.consumer !== undefined) requestMetadataRefresh(this.#g.consumer);
  }

  onTopicsDeleted({ topics }: GroupSelf["topicsDeleted"]["args"]): void {
    this.#g.classic.findSubscribedTopics();
    forgetTopics(this.#g, topics);
    this.#turnOver();
  }

  onExpireOffsets(): void {
    expireOffsets(this.#g);
    this.#turnOver();
  }

  onDrain(): void {
    this.#g.isDraining = true;
    drainMembers(this.#g);
  }

  // ------------------------------------------------------------ from itself

  onAppended({ outcome }: GroupEvents["appended"]["args"]): void {
    this.#g.journal.appended(outcome);
    this.#turnOver();
  }

  onJournalDue(): void {
    this.#g.journal.due();
    this.#turnOver();
  }

  onSessionsDue(): void {
    const { consumer } = this.#g;
    if (consumer === undefined) expireSessions(this.#g);
    else expireConsumers(this.#g, consumer);
    this.#turnOver();
  }

  onInitialJoinDue(args: GroupEvents["initialJoinDue"]["args"]): void {
    initialJoinDue(this.#g, args);
    this.#turnOver();
  }

  onJoinDue(): void {
    completeJoin(this.#g);
    this.#turnOver();
  }

  onSyncDue({ generationId }: GroupEvents["syncDue"]["args"]): void {
    syncDue(this.#g, generationId);
    this.#turnOver();
  }

  // ------------------------------------------------------------ around every request

  #serve<K extends keyof GroupRequests>(replyTo: Reply<K>, request: (g: GroupState) => void): void {
    this.#heard += 1;
    if (this.#g.isDraining) refuse<K>(this.#g, replyTo, ErrorCode.NOT_COORDINATOR);
    else if (this.#g.isDeleting) {
      refuse<K>(this.#g, replyTo, ErrorCode.COORDINATOR_LOAD_IN_PROGRESS);
    } else request(this.#g);
    this.#turnOver();
  }

  /** Keeps the coordinator's list right, and tells it when nothing of the group is left. */
  #turnOver(): void {
    const { out, coordinator, groupId, journal } = this.#g;
    if (isUnknown(this.#g) && journal.isIdle) {
      this.#told = undefined;
      return out.tell(coordinator, "groupIdle", { groupId, heard: this.#heard });
    }
    this.#tellSummary();
  }

  #tellSummary(): void {
    const { out, coordinator, unsettled } = this.#g;
    // What is not durable is told when it is.
    if (isUnknown(this.#g) || unsettled.length > 0) return;
    const summary = summaryOf(this.#g);
    const { state, protocolType, groupType } = summary;
    const told = this.#told;
    if (
      told?.state === state &&
      told.protocolType === protocolType &&
      told.groupType === groupType
    ) {
      return;
    }
    this.#told = summary;
    out.tell(coordinator, "groupChanged", summary);
  }
}

function summaryOf({ groupId, classic, consumer }: GroupState): GroupSummary {
  return consumer === undefined
    ? {
        groupId,
        state: classic.state,
        protocolType: classic.protocolType ?? "",
        groupType: "classic",
      }
    : {
        groupId,
        state: stateOf(consumer),
        protocolType: CONSUMER_PROTOCOL_TYPE,
        groupType: "consumer",
      };
}

export const groupActor: ActorKind<GroupSelf, GroupActorSettings> = {
  kind: groupKind,
  create: (settings, out, world) => new Group(settings, out, world),
  placeOn: placeGroup,
  mailbox: { messagesMax: 100_000, bytesMax: 256 * 1024 * 1024 },
};
