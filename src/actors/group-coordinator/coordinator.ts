// The coordinator of one partition of the offsets topic. It reads the partition once, brings the groups
// that it finds there to life, and from then on passes each request on to its group, which answers. A
// group that nobody has heard of begins with the first request that names it, and ends when there is
// nothing left of it.
//
// Lives on: host thread, on the host of its partition.

import type { Outcome } from "../../base/outcome.ts";
import type { GroupSettings } from "../../config/group-config.ts";
import { withGroupOverrides } from "../../config/group-overrides.ts";
import { ErrorCode } from "../../protocol/error-codes.ts";
import type { ActorKind, ActorRef, Cast, Handlers, Outbox, ReplyTo } from "../../runtime/actor.ts";
import type {
  DeletedTopic,
  GroupProtocol,
  GroupRequests,
  GroupSummary,
  StoredRecord,
  TopicList,
} from "../group/messages.ts";
import { groupRef, noTopics, spawnableGroup } from "../group/messages.ts";
import { partitionRef, placePartition } from "../partition/messages.ts";
import { load } from "./loading.ts";
import type {
  GroupCoordinatorProtocol,
  GroupCoordinatorSettings,
  GroupOverrides,
} from "./messages.ts";
import { groupCoordinatorKind } from "./messages.ts";
import type { Replay } from "./replay.ts";

/** What a timer can hold. */
const TIMER_MS_MAX = 0x7fff_ffff;

type Self = GroupCoordinatorProtocol & {
  loaded: Cast<{ outcome: Outcome<Replay>; context: null }>;
  expirationDue: Cast<Record<string, never>>;
};
type Args<K extends keyof Self> = Self[K]["args"];
type Reply<K extends keyof Self> = ReplyTo<Self[K]["reply"]>;

type LiveGroup = {
  readonly ref: ActorRef<GroupProtocol>;
  /** Requests passed on to it. */
  passed: number;
  /** Undefined while there is nothing to it. */
  summary: GroupSummary | undefined;
  /** The topics that it knows of. */
  topics: TopicList;
};

/** What a group answers by the topics that there are. */
const needTopics: ReadonlySet<keyof GroupRequests> = new Set([
  "consumerHeartbeat",
  "joinGroup",
  "leaveGroup",
]);

class GroupCoordinator implements Handlers<Self> {
  readonly #out: Outbox<Self>;
  readonly #settings: GroupCoordinatorSettings;
  readonly #groups = new Map<string, LiveGroup>();
  #config: GroupSettings;
  #topics = noTopics;
  #overrides: GroupOverrides;
  /** While the log was read: their offsets may be in it. */
  #deletedMeanwhile: DeletedTopic[] = [];
  /** Why requests are not passed on; undefined when they are. */
  #refusal: ErrorCode | undefined = ErrorCode.COORDINATOR_LOAD_IN_PROGRESS;

  constructor(settings: GroupCoordinatorSettings, out: Outbox<Self>) {
    this.#out = out;
    this.#settings = settings;
    this.#config = settings.config;
    this.#overrides = settings.overrides;
    const partition = partitionRef(settings.topicId, settings.index);
    const reading = load(partition, settings.config.offsetsLoadBufferBytes);
    out.run(reading, { context: null, into: "loaded" });
  }

  onLoaded({ outcome }: Args<"loaded">): void {
    const { index } = this.#settings;
    if (this.#refusal === ErrorCode.NOT_COORDINATOR) return;
    if (!outcome.ok) {
      const { fault, detail } = outcome;
      this.#refusal = ErrorCode.NOT_COORDINATOR;
      return this.#out.log("error", "groups cannot be loaded", { index, fault, detail });
    }
    this.#refusal = undefined;
    const { records, unreadable } = outcome.value;
    for (const [groupId, stored] of outcome.value.groups()) this.#bringToLife(groupId, stored);
    if (unreadable > 0) {
      this.#out.log("warn", "records of no group in the offsets topic", { index, unreadable });
    }
    const deleted = this.#deletedMeanwhile.splice(0);
    if (deleted.length > 0) this.onTopicsDeleted({ topics: deleted });
    const groups = this.#groups.size;
    if (records > 0) this.#out.log("info", "groups loaded", { index, groups, records });
    this.#startExpiration();
  }

  // ------------------------------------------------------------ requests

  onJoinGroup(args: Args<"joinGroup">, replyTo: Reply<"joinGroup">): void {
    this.#pass("joinGroup", args, replyTo);
  }
  onSyncGroup(args: Args<"syncGroup">, replyTo: Reply<"syncGroup">): void {
    this.#pass("syncGroup", args, replyTo);
  }
  onHeartbeat(args: Args<"heartbeat">, replyTo: Reply<"heartbeat">): void {
    this.#pass("heartbeat", args, replyTo);
  }
  onLeaveGroup(args: Args<"leaveGroup">, replyTo: Reply<"leaveGroup">): void {
    this.#pass("leaveGroup", args, replyTo);
  }
  onConsumerHeartbeat(args: Args<"consumerHeartbeat">, replyTo: Reply<"consumerHeartbeat">): void {
    this.#pass("consumerHeartbeat", args, replyTo);
  }
  onDescribeConsumerGroup(
    args: Args<"describeConsumerGroup">,
    replyTo: Reply<"describeConsumerGroup">,
  ): void {
    this.#pass("describeConsumerGroup", args, replyTo);
  }
  onDescribeGroup(args: Args<"describeGroup">, replyTo: Reply<"describeGroup">): void {
    this.#pass("describeGroup", args, replyTo);
  }
  onDeleteGroup(args: Args<"deleteGroup">, replyTo: Reply<"deleteGroup">): void {
    this.#pass("deleteGroup", args, replyTo);
  }
  onCommitOffsets(args: Args<"commitOffsets">, replyTo: Reply<"commitOffsets">): void {
    this.#pass("commitOffsets", args, replyTo);
  }
  onFetchOffsets(args: Args<"fetchOffsets">, replyTo: Reply<"fetchOffsets">): void {
    this.#pass("fetchOffsets", args, replyTo);
  }
  onDeleteOffsets(args: Args<"deleteOffsets">, replyTo: Reply<"deleteOffsets">): void {
    this.#pass("deleteOffsets", args, replyTo);
  }
  onRebalances(args: Args<"rebalances">, replyTo: Reply<"rebalances">): void {
    this.#pass("rebalances", args, replyTo);
  }

  #pass<K extends keyof GroupRequests>(
    kind: K,
    args: GroupRequests[K]["args"],
    replyTo: ReplyTo<GroupRequests[K]["reply"]>,
  ): void {
    if (this.#refusal !== undefined) {
      const refused = { refused: this.#refusal };
      return this.#out.reply(replyTo as ReplyTo<typeof refused>, refused);
    }
    const group = this.#groups.get(args.groupId) ?? this.#bringToLife(args.groupId, []);
    if (needTopics.has(kind)) this.#tellTopics(group, this.#topics);
    group.passed += 1;
    this.#out.pass<GroupRequests, K>(group.ref, kind, args, replyTo);
  }

  #bringToLife(groupId: string, records: readonly StoredRecord[]): LiveGroup {
    const { topicId, index } = this.#settings;
    const ref = groupRef(this.#out.self.key, groupId);
    const settings = { groupId, topicId, index, config: this.#configOf(groupId), records };
    this.#out.spawn(spawnableGroup, ref.key, settings);
    const group: LiveGroup = { ref, passed: 0, summary: undefined, topics: noTopics };
    this.#groups.set(groupId, group);
    return group;
  }

  onListGroups({ states, types }: Args<"listGroups">, replyTo: Reply<"listGroups">): void {
    if (this.#refusal !== undefined) {
      return this.#out.reply(replyTo, { errorCode: this.#refusal, groups: [] });
    }
    const among = (list: readonly string[], text: string): boolean =>
      list.length === 0 || list.some((each) => each.toLowerCase() === text.toLowerCase());
    const groups: GroupSummary[] = [];
    for (const { summary } of this.#groups.values()) {
      if (summary === undefined) continue;
      if (among(states, summary.state) && among(types, summary.groupType)) groups.push(summary);
    }
    this.#out.reply(replyTo, { errorCode: ErrorCode.NONE, groups });
  }

  // ------------------------------------------------------------ what the groups tell

  onGroupChanged(summary: Args<"groupChanged">): void {
    const group = this.#groups.get(summary.groupId);
    if (group === undefined) return;
    group.summary = summary;
    // It needs none, and a list once given stays in memory.
    if (summary.state === "Empty") this.#tellTopics(group, noTopics);
  }

  onGroupIdle({ groupId, heard }: Args<"groupIdle">): void {
    const group = this.#groups.get(groupId);
    if (group === undefined) return;
    group.summary = undefined;
    if (group.passed !== heard) return;
    this.#out.stopActor(group.ref);
    this.#groups.delete(groupId);
  }

  // ------------------------------------------------------------ what the broker tells

  onConfigure({ config }: Args<"configure">): void {
    this.#config = config;
    this.#configureAll();
    if (this.#refusal === undefined) this.#startExpiration();
  }

  onConfigureGroups({ overrides }: Args<"configureGroups">): void {
    this.#overrides = overrides;
    this.#configureAll();
  }

  #configureAll(): void {
    for (const [groupId, { ref }] of this.#groups) {
      this.#out.tell(ref, "configure", { config: this.#configOf(groupId) });
    }
  }

  #configOf(groupId: string): GroupSettings {
    const overrides = Object.hasOwn(this.#overrides, groupId)
      ? this.#overrides[groupId]
      : undefined;
    return overrides === undefined ? this.#config : withGroupOverrides(this.#config, overrides);
  }

  /** A group hears of it with the next request that needs it. */
  onTopicsChanged({ topics }: Args<"topicsChanged">): void {
    this.#topics = topics;
  }

  #tellTopics(group: LiveGroup, topics: TopicList): void {
    if (group.topics === topics) return;
    group.topics = topics;
    this.#out.tell(group.ref, "topicsChanged", { topics });
  }

  onTopicsDeleted({ topics }: Args<"topicsDeleted">): void {
    if (this.#refusal === ErrorCode.COORDINATOR_LOAD_IN_PROGRESS) {
      this.#deletedMeanwhile.push(...topics);
    }
    for (const { ref } of this.#groups.values()) this.#out.tell(ref, "topicsDeleted", { topics });
  }

  #startExpiration(): void {
    const intervalMs = this.#config.offsetsRetentionCheckIntervalMs;
    this.#out.startTimer("expiration", Math.min(intervalMs, TIMER_MS_MAX), "expirationDue", {});
  }

  onExpirationDue(): void {
    for (const { ref } of this.#groups.values()) this.#out.tell(ref, "expireOffsets", {});
    this.#startExpiration();
  }

  onDrain(): void {
    this.#refusal = ErrorCode.NOT_COORDINATOR;
    this.#out.stopTimer("expiration");
    for (const { ref } of this.#groups.values()) this.#out.tell(ref, "drain", {});
  }

  onResign(_: Args<"resign">, replyTo: Reply<"resign">): void {
    this.#refusal = ErrorCode.NOT_COORDINATOR;
    this.#out.stopTimer("expiration");
    for (const { ref } of this.#groups.values()) this.#out.stopActor(ref);
    this.#groups.clear();
    this.#out.reply(replyTo, {});
  }
}

export const groupCoordinatorActor: ActorKind<Self, GroupCoordinatorSettings> = {
  kind: groupCoordinatorKind,
  create: (settings, out) => new GroupCoordinator(settings, out),
  placeOn: placePartition,
  mailbox: { messagesMax: 100_000, bytesMax: 256 * 1024 * 1024 },
};
