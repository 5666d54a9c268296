// A group actor on a host of its own. The offsets topic is played: what the group writes is kept, and
// answered at once or when the test says so, so that a group can be started anew from it.
//
// Lives on: tests.

import { strict as assert } from "node:assert";
import { inspect } from "node:util";
import { groupActor } from "../../../../src/actors/group/group.ts";
import type {
  CatalogTopic,
  ConsumerHeartbeatArgs,
  ConsumerHeartbeatReply,
  GroupProtocol,
  GroupRequests,
  GroupSummary,
  JoinArgs,
  JoinReply,
  Refused,
  StoredRecord,
  SyncArgs,
} from "../../../../src/actors/group/messages.ts";
import { groupRef, isRefused } from "../../../../src/actors/group/messages.ts";
import { readAssignment } from "../../../../src/actors/group/embedded-protocol.ts";
import { Replay } from "../../../../src/actors/group-coordinator/replay.ts";
import { fnv1a32 } from "../../../../src/base/hash.ts";
import { uuidText } from "../../../../src/base/uuid.ts";
import type { GroupSettings } from "../../../../src/config/group-config.ts";
import { ErrorCode } from "../../../../src/protocol/error-codes.ts";
import { resolveBrokerSettings } from "../../../../src/config/broker-config.ts";
import { ConsumerProtocolAssignment } from "../../../../src/protocol/records/consumer-protocol/consumer-protocol-assignment.ts";
import { ConsumerProtocolSubscription } from "../../../../src/protocol/records/consumer-protocol/consumer-protocol-subscription.ts";
import { Writer } from "../../../../src/protocol/wire.ts";
import { ActorHarness } from "../../../support/actor-harness.ts";
import type { Asked } from "../../../support/actor-harness.ts";

export const GROUP = "g";
const COORDINATOR = "offsets-0";

export type Config = Readonly<Record<string, string>>;

export function groupSettingsOf(config: Config = {}): GroupSettings {
  const resolved = resolveBrokerSettings({
    "group.consumer.assignment.interval.ms": "0",
    ...config,
  });
  assert.ok("settings" in resolved, JSON.stringify(resolved));
  return resolved.settings.group;
}

/** Of a name always the same. */
export function topicIdOf(name: string): string {
  const bytes = new Uint8Array(16);
  new DataView(bytes.buffer).setUint32(0, fnv1a32(name));
  return uuidText(bytes);
}

export function topicsOf(counts: Readonly<Record<string, number>>): CatalogTopic[] {
  return Object.entries(counts).map(([name, partitionCount]) => ({
    name,
    topicId: topicIdOf(name),
    partitionCount,
  }));
}

export type StageOptions = {
  readonly config?: Config;
  readonly topics?: Readonly<Record<string, number>>;
  readonly records?: readonly StoredRecord[];
  readonly seed?: number;
};

type GroupCasts = Omit<GroupProtocol, keyof GroupRequests>;

export class GroupStage {
  readonly harness: ActorHarness;
  readonly ref = groupRef(COORDINATOR, GROUP);
  /** Whether what the group writes is durable at once. */
  stores = true;
  /** The batches that were stored. */
  readonly batches: Uint8Array[] = [];
  #topicVersion = 0;

  constructor({ config, topics = {}, records = [], seed = 1 }: StageOptions = {}) {
    this.harness = new ActorHarness({
      kinds: [groupActor],
      puppets: [
        ["partition", COORDINATOR],
        ["group-coordinator", COORDINATOR],
      ],
      seed,
    });
    const settings = { groupId: GROUP, topicId: "offsets", index: 0, records };
    this.harness.spawn(groupActor, this.ref.key, { ...settings, config: groupSettingsOf(config) });
    this.haveTopics(topics);
  }

  /** These and no others exist from now on. */
  haveTopics(counts: Readonly<Record<string, number>>): void {
    this.#topicVersion += 1;
    const topics = { version: this.#topicVersion, topics: topicsOf(counts) };
    this.harness.tell(this.ref, "topicsChanged", { topics });
  }

  ask<K extends keyof GroupRequests>(
    kind: K,
    args: GroupRequests[K]["args"],
  ): Asked<GroupRequests[K]["reply"]> {
    const asked = this.harness.ask<GroupRequests, K>(this.ref, kind, args);
    this.#storeAll();
    return asked;
  }

  /** What is asked is answered at once. */
  answer<K extends keyof GroupRequests>(
    kind: K,
    args: GroupRequests[K]["args"],
  ): Exclude<GroupRequests[K]["reply"], Refused> {
    const reply = this.ask(kind, args).value as object;
    assert.ok(!isRefused(reply), `refused: ${inspect(reply)}`);
    return reply as Exclude<GroupRequests[K]["reply"], Refused>;
  }

  tell<K extends keyof GroupCasts>(kind: K, args: GroupCasts[K]["args"]): void {
    this.harness.tell<GroupProtocol, K>(this.ref, kind, args);
    this.#storeAll();
  }

  advance(byMs: number): void {
    this.harness.advance(byMs);
    this.#storeAll();
  }

  #storeAll(): void {
    while (this.stores && this.store()) {
      // Whatever waited for it may write next.
    }
  }

  /** Makes the oldest batch durable; false: there is none. */
  store(): boolean {
    const [call] = this.harness.unanswered("produce");
    if (call === undefined) return false;
    this.batches.push((call.args["batch"] as Uint8Array).slice());
    this.#answer(ErrorCode.NONE);
    return true;
  }

  refuse(errorCode: ErrorCode): void {
    this.#answer(errorCode);
    this.#storeAll();
  }

  /** Everything that waits, and what comes of that. */
  refuseAll(): void {
    while (this.harness.unanswered("produce").length > 0) {
      this.#answer(ErrorCode.NOT_ENOUGH_REPLICAS);
    }
  }

  #answer(errorCode: ErrorCode): void {
    this.harness.answer("produce", { errorCode, baseOffset: 0, logAppendTimeMs: -1 });
  }

  /** The newest record of every key, as a coordinator finds them. */
  records(): readonly StoredRecord[] {
    const replay = new Replay();
    for (const batch of this.batches) replay.add(batch, 0);
    for (const [groupId, records] of replay.groups()) if (groupId === GROUP) return records;
    return [];
  }

  /** What the coordinator was last told of the group. */
  get summary(): GroupSummary | undefined {
    const told = this.harness.heard.findLast(({ message }) => message === "groupChanged");
    return told?.args as GroupSummary | undefined;
  }

  get state(): string | undefined {
    return this.summary?.state;
  }

  get groupType(): string | undefined {
    return this.summary?.groupType;
  }
}

/** A member that says what a real one would, and takes what it is given. */
export class Member {
  stage: GroupStage;
  readonly memberId: string;
  epoch = 0;
  /** Topic -> partitions. */
  owned = new Map<string, readonly number[]>();
  readonly #base: Partial<ConsumerHeartbeatArgs>;

  constructor(stage: GroupStage, memberId: string, base: Partial<ConsumerHeartbeatArgs> = {}) {
    this.stage = stage;
    this.memberId = memberId;
    this.#base = base;
  }

  args(more: Partial<ConsumerHeartbeatArgs> = {}): ConsumerHeartbeatArgs {
    return {
      groupId: GROUP,
      memberId: this.memberId,
      memberEpoch: this.epoch,
      instanceId: null,
      rackId: null,
      rebalanceTimeoutMs: -1,
      subscribedTopicNames: null,
      subscribedTopicRegex: null,
      serverAssignor: null,
      topicPartitions: null,
      apiVersion: 1,
      clientId: "client",
      clientHost: "/127.0.0.1",
      ...(this.#base.instanceId === undefined ? {} : { instanceId: this.#base.instanceId }),
      ...more,
    };
  }

  joinArgs(more: Partial<ConsumerHeartbeatArgs> = {}): ConsumerHeartbeatArgs {
    return this.args({
      memberEpoch: 0,
      rebalanceTimeoutMs: 60_000,
      subscribedTopicNames: [],
      topicPartitions: [],
      ...this.#base,
      ...more,
    });
  }

  send(args: ConsumerHeartbeatArgs): ConsumerHeartbeatReply {
    return this.stage.answer("consumerHeartbeat", args);
  }

  join(more: Partial<ConsumerHeartbeatArgs> = {}): ConsumerHeartbeatReply {
    this.owned.clear();
    return this.take(this.send(this.joinArgs(more)));
  }

  /** Tells all that it owns, as clients do when that has changed. */
  beat(more: Partial<ConsumerHeartbeatArgs> = {}): ConsumerHeartbeatReply {
    return this.take(this.send(this.args({ topicPartitions: this.listed, ...more })));
  }

  leave(memberEpoch = -1): ConsumerHeartbeatReply {
    return this.send(this.args({ memberEpoch }));
  }

  get listed() {
    return [...this.owned].map(([topicId, partitions]) => ({ topicId, partitions }));
  }

  take(reply: ConsumerHeartbeatReply): ConsumerHeartbeatReply {
    if (reply.errorCode !== ErrorCode.NONE) return reply;
    this.epoch = reply.memberEpoch;
    if (reply.assignment !== null) {
      this.owned = new Map(
        reply.assignment.topicPartitions.map(({ topicId, partitions }) => [topicId, partitions]),
      );
    }
    return reply;
  }

  /** `topic-partition`, sorted. */
  owns(...topics: readonly string[]): string[] {
    return topics.flatMap((topic) =>
      (this.owned.get(topicIdOf(topic)) ?? []).map((partition) => `${topic}-${partition}`),
    );
  }
}

/** A member of the classic protocol whose leader shares nothing out: the coordinator does. */
export class ClassicClient {
  readonly stage: GroupStage;
  memberId = "";
  generation = -1;
  assignment: readonly { topic: string; partitions: readonly number[] }[] = [];
  readonly topics: readonly string[];
  readonly instanceId: string | null;

  constructor(stage: GroupStage, topics: readonly string[], instanceId: string | null = null) {
    this.stage = stage;
    this.topics = topics;
    this.instanceId = instanceId;
  }

  /** What it subscribes to, as a cooperative client says it. */
  get metadata(): Uint8Array {
    const writer = new Writer();
    writer.int16(1);
    ConsumerProtocolSubscription.at(1).encode(writer, {
      topics: this.topics,
      ownedPartitions: this.assignment,
    });
    return writer.finish();
  }

  joinArgs(more: Partial<JoinArgs> = {}): JoinArgs {
    return {
      groupId: GROUP,
      memberId: this.memberId,
      groupInstanceId: this.instanceId,
      clientId: "classic",
      clientHost: "/127.0.0.1",
      sessionTimeoutMs: 10_000,
      rebalanceTimeoutMs: 30_000,
      protocolType: "consumer",
      protocols: [{ name: "cooperative-sticky", metadata: this.metadata }],
      requiresKnownMemberId: false,
      supportsSkippingAssignment: true,
      reason: null,
      ...more,
    };
  }

  askToJoin(more: Partial<JoinArgs> = {}): Asked<GroupRequests["joinGroup"]["reply"]> {
    const asked = this.stage.ask("joinGroup", this.joinArgs(more));
    // The first rebalance waits for those who come at the same moment.
    this.stage.harness.advance(0);
    return asked;
  }

  /** Takes over what it was told. */
  joined(reply: GroupRequests["joinGroup"]["reply"]): JoinReply {
    assert.ok(!isRefused(reply));
    this.memberId = reply.memberId;
    this.generation = reply.generationId;
    return reply;
  }

  join(): JoinReply {
    return this.joined(this.askToJoin().value);
  }

  get inGeneration() {
    const { memberId, generation: generationId, instanceId: groupInstanceId } = this;
    return { groupId: GROUP, memberId, generationId, groupInstanceId };
  }

  /** As a leader with these assignments; as anyone else without. */
  sync(assignments: SyncArgs["assignments"] = []): ErrorCode {
    const args = { ...this.inGeneration, protocolType: "consumer", assignments };
    const reply = this.stage.answer("syncGroup", { ...args, protocolName: "cooperative-sticky" });
    if (reply.errorCode === ErrorCode.NONE) this.take(reply.assignment);
    return reply.errorCode;
  }

  take(assignment: Uint8Array): void {
    this.assignment = readAssignment(assignment)!;
  }

  heartbeat(): ErrorCode {
    return this.stage.answer("heartbeat", this.inGeneration).errorCode;
  }

  leave(): ErrorCode {
    const { memberId, instanceId: groupInstanceId } = this;
    const members = [{ memberId, groupInstanceId, reason: null }];
    return this.stage.answer("leaveGroup", { groupId: GROUP, members }).members[0]!.errorCode;
  }

  get owns(): string[] {
    return this.assignment.flatMap(({ topic, partitions }) =>
      partitions.map((partition) => `${topic}-${partition}`),
    );
  }
}

export function assignmentBytes(topic: string, partitions: readonly number[]): Uint8Array {
  const writer = new Writer();
  writer.int16(1);
  const assignedPartitions = [{ topic, partitions }];
  ConsumerProtocolAssignment.at(1).encode(writer, { assignedPartitions });
  return writer.finish();
}
