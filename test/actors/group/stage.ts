// A group actor between two puppets: its coordinator, and the partition that keeps its records. What it
// writes is answered at once, or when the test says so, and can be replayed into a new group.
//
// Lives on: tests.

import { strict as assert } from "node:assert";
import { inspect } from "node:util";
import { groupActor } from "../../../src/actors/group/group.ts";
import type {
  CommitArgs,
  DescribedGroup,
  FetchOffsetsReply,
  JoinArgs,
  JoinReply,
  LeavingMember,
  LeftMember,
  PartitionErrors,
  Rebalance,
  Refused,
  StoredRecord,
  SyncReply,
} from "../../../src/actors/group/messages.ts";
import { groupRef, isRefused } from "../../../src/actors/group/messages.ts";
import { Replay } from "../../../src/actors/group-coordinator/replay.ts";
import { resolveBrokerSettings } from "../../../src/config/broker-config.ts";
import type { GroupSettings } from "../../../src/config/group-config.ts";
import { ConsumerProtocolSubscription } from "../../../src/protocol/records/consumer-protocol/consumer-protocol-subscription.ts";
import { ErrorCode } from "../../../src/protocol/error-codes.ts";
import { ZERO_UUID } from "../../../src/base/uuid.ts";
import { Writer } from "../../../src/protocol/wire.ts";
import type { Asked } from "../../support/actor-harness.ts";
import { ActorHarness } from "../../support/actor-harness.ts";

export const COORDINATOR_KEY = "OOOOOOOOOOOOOOOOOOOOOA-0";
export const DELETED_TOPIC_ID = "DDDDDDDDDDDDDDDDDDDDDA";
export const GROUP_ID = "readers";
export const group = groupRef(COORDINATOR_KEY, GROUP_ID);

const broker = resolveBrokerSettings({ "node.id": "1", "log.dirs": "/data" });
assert.ok("settings" in broker);

/** Kafka's defaults, without the delay of the first rebalance. */
export const groupConfig: GroupSettings = {
  ...broker.settings.group,
  initialRebalanceDelayMs: 0,
};

const utf8 = new TextEncoder();

export function bytes(text: string): Uint8Array {
  return utf8.encode(text);
}

export function text(of: Uint8Array): string {
  return new TextDecoder().decode(of);
}

/** What a consumer says that it reads. */
export function subscription(...topics: readonly string[]): Uint8Array {
  const writer = new Writer();
  writer.int16(0);
  ConsumerProtocolSubscription.at(0).encode(writer, { topics, userData: null });
  return writer.finish();
}

export type Protocols = Readonly<Record<string, Uint8Array>>;
type JoinOptions = Partial<Omit<JoinArgs, "protocols">> & { readonly protocols?: Protocols };

/** Of one call, once it is answered. */
export function answerOf<R>(asked: Asked<R | Refused>): R {
  const { value } = asked;
  assert.ok(!isRefused(value as object), `refused: ${inspect(value)}`);
  return value as R;
}

export function refusalOf(asked: Asked<unknown>): ErrorCode {
  const value = asked.value as object;
  assert.ok(isRefused(value), `not refused: ${inspect(value)}`);
  return value.refused;
}

export type StageOptions = {
  readonly config?: Partial<GroupSettings>;
  /** What the group finds in its log. */
  readonly replay?: Replay;
  readonly seed?: number;
};

export class GroupStage {
  readonly harness: ActorHarness;
  /** The group's log. */
  readonly replay: Replay;
  /** Writes wait for `settle`. */
  isHeld = false;
  config: GroupSettings;

  constructor({ config = {}, replay = new Replay(), seed = 1 }: StageOptions = {}) {
    this.config = { ...groupConfig, ...config };
    this.replay = replay;
    this.harness = new ActorHarness({
      kinds: [groupActor],
      puppets: [
        ["group-coordinator", COORDINATOR_KEY],
        ["partition", COORDINATOR_KEY],
      ],
      seed,
    });
    this.harness.spawn(groupActor, group.key, {
      groupId: GROUP_ID,
      topicId: COORDINATOR_KEY.slice(0, -2),
      index: 0,
      config: this.config,
      records: this.stored(),
    });
    this.#soon();
  }

  /** The same group after a restart of its node. */
  restart(options: Omit<StageOptions, "replay"> = {}): GroupStage {
    return new GroupStage({ config: this.config, ...options, replay: this.replay });
  }

  /** What is in the log of the group. */
  stored(): readonly StoredRecord[] {
    const [records] = [...this.replay.groups()].map(([, each]) => each);
    return records ?? [];
  }

  /** Answers what the group writes, until it writes nothing more. */
  settle(errorCode: ErrorCode = ErrorCode.NONE): void {
    for (let [write] = this.writes(); write !== undefined; [write] = this.writes()) {
      if (errorCode === ErrorCode.NONE) this.replay.add(write.args["batch"] as Uint8Array, 0);
      this.harness.answer("produce", {
        errorCode,
        baseOffset: 0,
        logAppendTimeMs: -1,
        logStartOffset: 0,
        recordErrors: [],
        errorMessage: null,
      });
      if (this.isHeld) return;
    }
  }

  /** The batches that wait for an answer. */
  writes() {
    return this.harness.unanswered("produce");
  }

  #soon(): void {
    if (!this.isHeld) this.settle();
  }

  advance(byMs: number): void {
    // In steps, so that what is written on the way is answered on the way.
    for (let left = byMs; left > 0; left -= Math.min(left, 500)) {
      this.harness.advance(Math.min(left, 500));
      this.#soon();
    }
  }

  tell(kind: "expireOffsets" | "drain"): void {
    this.harness.tell(group, kind, {});
    this.#soon();
  }

  deleteTopics(...names: readonly string[]): void {
    const topics = names.map((name) => ({ name, topicId: DELETED_TOPIC_ID }));
    this.harness.tell(group, "topicsDeleted", { topics });
    this.#soon();
  }

  configure(config: Partial<GroupSettings>): void {
    this.config = { ...this.config, ...config };
    this.harness.tell(group, "configure", { config: this.config });
  }

  // ------------------------------------------------------------ requests

  join(options: JoinOptions = {}): Asked<JoinReply> {
    const asked = this.joinAtOnce(options);
    // Without a delay the first rebalance waits for those who come at the same moment.
    if (this.config.initialRebalanceDelayMs === 0) this.harness.advance(0);
    this.#soon();
    return asked;
  }

  /** The moment is not over yet. */
  joinAtOnce({ protocols = { range: subscription("t") }, ...more }: JoinOptions = {}) {
    const asked = this.harness.ask(group, "joinGroup", {
      groupId: GROUP_ID,
      memberId: "",
      groupInstanceId: null,
      clientId: "client",
      clientHost: "/127.0.0.1",
      sessionTimeoutMs: 10_000,
      rebalanceTimeoutMs: 30_000,
      protocolType: "consumer",
      protocols: Object.entries(protocols).map(([name, metadata]) => ({ name, metadata })),
      requiresKnownMemberId: false,
      supportsSkippingAssignment: true,
      reason: null,
      ...more,
    });
    this.#soon();
    return asked as Asked<JoinReply>;
  }

  sync(
    { memberId, generationId }: Pick<JoinReply, "memberId" | "generationId">,
    assignments: Readonly<Record<string, string>> = {},
    more: Partial<{ groupInstanceId: string; protocolType: string; protocolName: string }> = {},
  ): Asked<SyncReply> {
    const asked = this.harness.ask(group, "syncGroup", {
      groupId: GROUP_ID,
      memberId,
      generationId,
      groupInstanceId: null,
      protocolType: null,
      protocolName: null,
      assignments: Object.entries(assignments).map(([id, assignment]) => ({
        memberId: id,
        assignment: bytes(assignment),
      })),
      ...more,
    });
    this.#soon();
    return asked as Asked<SyncReply>;
  }

  heartbeat(
    { memberId, generationId }: Pick<JoinReply, "memberId" | "generationId">,
    groupInstanceId: string | null = null,
  ): ErrorCode {
    const args = { groupId: GROUP_ID, memberId, generationId, groupInstanceId };
    const asked = this.harness.ask(group, "heartbeat", args);
    return answerOf(asked as Asked<{ errorCode: ErrorCode } | Refused>).errorCode;
  }

  leave(...members: readonly Partial<LeavingMember>[]): ErrorCode[] {
    const leaving = members.map((member) => ({
      memberId: "",
      groupInstanceId: null,
      reason: null,
      ...member,
    }));
    const asked = this.harness.ask(group, "leaveGroup", { groupId: GROUP_ID, members: leaving });
    this.#soon();
    const reply = asked.value as { members: readonly LeftMember[] } | Refused;
    return isRefused(reply) ? [reply.refused] : reply.members.map(({ errorCode }) => errorCode);
  }

  /** `{ "t-0": 5 }`: the offsets to commit. */
  commit(
    offsets: Readonly<Record<string, number>>,
    more: Partial<Omit<CommitArgs, "topics">> & { metadata?: string; topicId?: string } = {},
  ): Asked<PartitionErrors | Refused> {
    const { metadata = "", topicId = ZERO_UUID, ...rest } = more;
    const asked = this.harness.ask(group, "commitOffsets", {
      groupId: GROUP_ID,
      generationIdOrMemberEpoch: -1,
      memberId: "",
      groupInstanceId: null,
      retentionTimeMs: -1,
      apiVersion: 8,
      topics: Object.entries(offsets).map(([key, offset]) => {
        const [name, partition] = key.split("-");
        const partitionIndex = Number(partition);
        const committed = { partitionIndex, offset: BigInt(offset), leaderEpoch: 1, metadata };
        return { name: name!, topicId, partitions: [committed] };
      }),
      ...rest,
    });
    this.#soon();
    return asked as Asked<PartitionErrors | Refused>;
  }

  /** Everything that is committed: `{ "t-0": 5 }`. */
  offsets(): Record<string, number> {
    const asked = this.harness.ask(group, "fetchOffsets", {
      groupId: GROUP_ID,
      memberId: null,
      memberEpoch: -1,
      requireStable: false,
      topics: null,
    });
    const { topics } = answerOf(asked as Asked<FetchOffsetsReply | Refused>);
    return Object.fromEntries(
      topics.flatMap(({ name, partitions }) =>
        partitions.map(({ partitionIndex, offset }) => [
          `${name}-${partitionIndex}`,
          Number(offset),
        ]),
      ),
    );
  }

  describe(): DescribedGroup | Refused {
    return this.harness.ask(group, "describeGroup", { groupId: GROUP_ID }).value as
      | DescribedGroup
      | Refused;
  }

  /** "unknown" when there is no such group. */
  get state(): string {
    const described = this.describe();
    return isRefused(described) ? "unknown" : described.state;
  }

  delete(): Asked<{ errorCode: ErrorCode } | Refused> {
    const asked = this.harness.ask(group, "deleteGroup", { groupId: GROUP_ID });
    this.#soon();
    return asked as Asked<{ errorCode: ErrorCode } | Refused>;
  }

  deleteOffsets(topics: Readonly<Record<string, readonly number[]>>) {
    const asked = this.harness.ask(group, "deleteOffsets", {
      groupId: GROUP_ID,
      topics: Object.entries(topics).map(([name, partitions]) => ({ name, partitions })),
    });
    this.#soon();
    return asked as Asked<PartitionErrors | Refused>;
  }

  rebalances(): readonly Rebalance[] {
    const asked = this.harness.ask(group, "rebalances", { groupId: GROUP_ID });
    return answerOf(asked as Asked<{ rebalances: readonly Rebalance[] } | Refused>).rebalances;
  }

  // ------------------------------------------------------------ whole stories

  /** So many members of a stable group; the first one leads. Each is assigned its own number. */
  stable(count: number, options: JoinOptions = {}): JoinReply[] {
    const first = this.join(options);
    const known: JoinReply[] = [first.value];
    const leader = first.value;
    this.sync(leader, { [leader.memberId]: "0" });
    for (let i = 1; i < count; i++) {
      const joining = [this.join(options)];
      joining.push(...known.map(({ memberId }) => this.join({ ...options, memberId })));
      const replies = joining.map((asked) => asked.value);
      known.splice(0, Infinity, ...replies.slice(1), replies[0]!);
      const assignments = known.map(({ memberId }, index) => [memberId, String(index)] as const);
      const leads = known.find(({ memberId, leader: id }) => memberId === id)!;
      for (const member of known) {
        this.sync(member, member === leads ? Object.fromEntries(assignments) : {});
      }
    }
    assert.equal(this.state, "Stable");
    return known;
  }
}
