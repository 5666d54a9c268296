// A member of a group by the classic protocol (KIP-62; Kafka's AbstractCoordinator and
// ConsumerCoordinator): it joins, the leader among the members shares partitions out, each fetches its
// share, and heartbeats tell when to join again.
//
//   what must be given up is given up -> join -> (the leader: assign) -> sync -> take over -> heartbeats
//
// Eager members give up everything before they join. Cooperative ones keep what they own and give up,
// after the sync, what was taken from them; then they join once more so that it can go to others
// (KIP-429). One step is under way at a time; what comes up meanwhile is noted and comes next.
//
// Lives on: anywhere (ports passed in).

import type { Outcome } from "../../base/outcome.ts";
import { describeError, ErrorCode } from "../../protocol/error-codes.ts";
import { JoinGroupRequest, JoinGroupResponse } from "../../protocol/messages/11-join-group.ts";
import { SyncGroupRequest, SyncGroupResponse } from "../../protocol/messages/14-sync-group.ts";
import type { Draft, Infer, Message, Shape } from "../../protocol/schema.ts";
import type { ApiPair } from "../connection.ts";
import type { ClientAssignor, LastAssignment } from "./assignors/assignor.ts";
import { ClassicHeart } from "./classic-heart.ts";
import { leaveClassicGroup } from "./classic-leave.ts";
import { CONSUMER, readAssignment, subscriptionBytes } from "./consumer-protocol.ts";
import { GroupLeader } from "./group-leader.ts";
import { coordinatorBusy, coordinatorMoved, memberExpelled } from "./member-errors.ts";
import type { MemberSurroundings } from "./member-base.ts";
import { MemberBase, NOT_IN_GROUP } from "./member-base.ts";
import type { Identity, Membership } from "./membership.ts";
import type { ReleaseKind } from "./membership.ts";
import type { TopicPartition } from "./topic-partition.ts";
import { keyOf } from "./topic-partition.ts";

export type ClassicOptions = {
  readonly groupId: string;
  readonly groupInstanceId: string | null;
  readonly assignors: readonly ClientAssignor[];
  readonly sessionTimeoutMs: number;
  readonly heartbeatIntervalMs: number;
  readonly rebalanceTimeoutMs: number;
  readonly rackId: string | null;
};

const joinApi = { request: JoinGroupRequest, response: JoinGroupResponse };
const syncApi = { request: SyncGroupRequest, response: SyncGroupResponse };

/** Beyond the rebalance itself, which a join waits for. */
const ANSWER_WITHIN_MS = 5_000;
const nothing: LastAssignment = { partitions: [], generationId: NOT_IN_GROUP };

export class ClassicMembership extends MemberBase<ClassicOptions> implements Membership {
  private readonly heart: ClassicHeart;
  private readonly leader: GroupLeader;
  private readonly isCooperative: boolean;
  /** Of the last generation that was completed; it outlives what is owned. */
  private last: LastAssignment | undefined;
  /** From the last sync, still to be taken over. */
  private assigned: ReadonlyMap<string, TopicPartition> | undefined;
  private rejoinReason: string | undefined;
  /** On whom the step waits that is under way. */
  private waitsFor: "application" | "coordinator" | undefined;
  private joinedTopics: readonly string[] = [];
  private attempts = 0;
  /** Answers of earlier turns are of no interest. */
  private turn = 0;

  constructor(around: MemberSurroundings, options: ClassicOptions) {
    super(around, options, "");
    const { cluster, link, observer } = around;
    this.isCooperative = options.assignors.every((assignor) => assignor.isCooperative);
    this.leader = new GroupLeader(cluster, options.assignors);
    this.heart = new ClassicHeart(cluster, link, options, {
      identity: () => this.identity,
      refused: (errorCode) => this.heartbeatRefused(errorCode),
      alive: (askedAtMs) => observer.alive?.(this.identity, askedAtMs),
    });
  }

  get isSettled(): boolean {
    const isIn = this.identity.generationId !== NOT_IN_GROUP && this.assigned === undefined;
    return (
      isIn && this.waitsFor === undefined && !this.isExpelled && this.rejoinReason === undefined
    );
  }

  get watchedTopics(): readonly string[] {
    return this.leader.watchedTopics;
  }

  refreshed(): void {
    if (this.identity.generationId === NOT_IN_GROUP) return this.advance();
    if (!isSameList(this.subscription(), this.joinedTopics)) this.rejoin("subscription changed");
    else if (this.leader.sawChange()) this.rejoin("partitions of a topic changed");
  }

  commitRefused(errorCode: number, by: Identity): void {
    // While it joins, the answer to that tells more, and this one may be about the generation before.
    const isCurrent = by.generationId === this.identity.generationId;
    if (!isCurrent || this.waitsFor === "coordinator" || this.isOver) return;
    if (errorCode === ErrorCode.REBALANCE_IN_PROGRESS) this.rejoin("the group rebalances");
    else if (memberExpelled.has(errorCode) || errorCode === ErrorCode.FENCED_INSTANCE_ID) {
      this.memberRefused(errorCode);
    }
  }

  suspend(): void {
    if (this.isSuspended) return;
    this.isSuspended = true;
    this.turn += 1;
    if (this.waitsFor === "coordinator") this.waitsFor = undefined;
    const { identity } = this;
    this.expel("the application did not ask for records in time", "");
    leaveClassicGroup(this.link, this.options.groupId, identity, "poll timeout", () => {});
  }

  resume(): void {
    if (!this.isSuspended) return;
    this.isSuspended = false;
    this.rejoinReason ??= "";
    this.advance();
  }

  leave(done: () => void): void {
    this.end();
    const reason = "the consumer is closed";
    leaveClassicGroup(this.link, this.options.groupId, this.identity, reason, done);
    this.identity = { ...this.identity, generationId: NOT_IN_GROUP };
  }

  // ------------------------------------------------------------ one step after another

  private rejoin(reason: string): void {
    this.rejoinReason ??= reason;
    this.advance();
  }

  private advance(): void {
    if (this.isOver || this.waitsFor !== undefined || this.isSuspended) return;
    if (this.isExpelled) {
      this.isExpelled = false;
      if (this.owned.size > 0) return this.release([...this.owned.values()], "lost");
    }
    if (this.assigned !== undefined) return this.takeOver(this.assigned);
    if (this.rejoinReason === undefined) return;
    const toGiveUp = [...this.owned.values()].filter((each) => this.mustGoBeforeJoin(each));
    if (toGiveUp.length > 0) return this.release(toGiveUp, "revoked");
    this.join();
  }

  private mustGoBeforeJoin({ topic }: TopicPartition): boolean {
    return !this.isCooperative || !this.subscription().includes(topic);
  }

  private release(partitions: readonly TopicPartition[], kind: ReleaseKind): void {
    this.waitsFor = "application";
    this.events.release(partitions, kind, () => {
      for (const partition of partitions) this.owned.delete(keyOf(partition));
      this.waitsFor = undefined;
      this.advance();
    });
  }

  private takeOver(assigned: ReadonlyMap<string, TopicPartition>): void {
    const taken = [...this.owned].filter(([key]) => !assigned.has(key));
    if (taken.length > 0) {
      // Nobody gets them before we have joined again without them.
      this.rejoinReason ??= "partitions were given up";
      return this.release(
        taken.map(([, partition]) => partition),
        "revoked",
      );
    }
    const added = [...assigned].filter(([key]) => !this.owned.has(key));
    this.assigned = undefined;
    for (const [key, partition] of added) this.owned.set(key, partition);
    this.waitsFor = "application";
    this.events.granted(
      added.map(([, partition]) => partition),
      () => {
        this.waitsFor = undefined;
        this.advance();
      },
    );
  }

  // ------------------------------------------------------------ join and sync

  private join(): void {
    const { groupId, groupInstanceId, sessionTimeoutMs, rebalanceTimeoutMs } = this.options;
    this.waitsFor = "coordinator";
    const turn = ++this.turn;
    this.heart.stop();
    const reason = this.rejoinReason === "" ? null : (this.rejoinReason ?? null);
    this.joinedTopics = [...this.subscription()];
    const body = {
      groupId,
      sessionTimeoutMs,
      rebalanceTimeoutMs,
      memberId: this.identity.memberId,
      groupInstanceId,
      protocolType: CONSUMER,
      protocols: this.options.assignors.map((assignor) => ({
        name: assignor.name,
        metadata: this.metadataFor(assignor),
      })),
      reason,
    };
    this.ask(joinApi, body, turn, (answer) => {
      const { errorCode, memberId } = answer;
      if (errorCode === ErrorCode.MEMBER_ID_REQUIRED) {
        this.identity = { ...this.identity, memberId };
        this.waitsFor = undefined;
        return this.advance();
      }
      if (errorCode !== ErrorCode.NONE) return this.refused(errorCode);
      this.rejoinReason = undefined;
      this.identity = { ...this.identity, memberId, generationId: answer.generationId };
      this.joined(answer, turn);
    });
  }

  private metadataFor(assignor: ClientAssignor): Uint8Array {
    const owned = {
      partitions: [...this.owned.values()],
      generationId: this.last?.generationId ?? NOT_IN_GROUP,
    };
    const userData = assignor.userDataFor?.(this.last) ?? null;
    return subscriptionBytes(
      this.joinedTopics,
      owned.partitions.length > 0 ? owned : nothing,
      userData,
      this.options.rackId,
    );
  }

  private joined(answer: JoinGroupResponse, turn: number): void {
    if (answer.leader !== answer.memberId) {
      this.leader.resign();
      return this.sync(answer, [], turn);
    }
    this.leader.lead(answer, (outcome) => {
      if (turn !== this.turn) return;
      if (outcome.ok) return this.sync(answer, outcome.value, turn);
      if (outcome.fault === "refused") return this.fail("refused", outcome.detail);
      this.rejoinReason ??= "the leader could not look at the topics";
      this.retryLater();
    });
  }

  private sync(
    { generationId, memberId, protocolName }: JoinGroupResponse,
    assignments: readonly { readonly memberId: string; readonly assignment: Uint8Array }[],
    turn: number,
  ): void {
    const { groupId, groupInstanceId } = this.options;
    const generation = { groupId, generationId, memberId, groupInstanceId };
    const body = { ...generation, protocolType: CONSUMER, protocolName, assignments };
    const askedAtMs = this.cluster.ports.clock.monotonicMs();
    this.ask(syncApi, body, turn, ({ errorCode, assignment }) => {
      if (errorCode !== ErrorCode.NONE) {
        this.rejoinReason ??= "the sync was refused";
        return this.refused(errorCode);
      }
      const read = readAssignment(assignment);
      if (!read.ok) return this.fail("corrupt", read.detail);
      this.synced(read.value, askedAtMs);
    });
  }

  private synced(partitions: readonly TopicPartition[], askedAtMs: number): void {
    const { generationId } = this.identity;
    this.attempts = 0;
    this.last = { partitions, generationId };
    this.assigned = new Map(partitions.map((partition) => [keyOf(partition), partition]));
    if (!isSameList(this.subscription(), this.joinedTopics)) {
      this.rejoinReason ??= "subscription changed";
    }
    this.observer.decided?.(this.identity, [...this.owned.values()], partitions, askedAtMs);
    this.waitsFor = undefined;
    this.heart.start();
    this.advance();
  }

  private ask<Q extends Shape, R extends Shape>(
    api: ApiPair<Q, R>,
    body: Draft<Message<Q>>,
    turn: number,
    hear: (answer: Infer<Message<R>>) => void,
  ): void {
    const { requestTimeoutMs } = this.cluster.options;
    const { rebalanceTimeoutMs } = this.options;
    const timeoutMs = Math.max(requestTimeoutMs, rebalanceTimeoutMs + ANSWER_WITHIN_MS);
    const done = (outcome: Outcome<Infer<Message<R>>>): void => {
      if (turn !== this.turn || this.isOver) return;
      if (outcome.ok) return hear(outcome.value);
      this.rejoinReason ??= "no answer from the coordinator";
      this.retryLater();
    };
    this.link.call(api, body, done, { timeoutMs, parked: true });
  }

  // ------------------------------------------------------------ what goes wrong

  /** A join or a sync. */
  private refused(errorCode: number): void {
    if (coordinatorMoved.has(errorCode)) this.link.forget();
    if (isPassing(errorCode)) return this.retryLater();
    this.waitsFor = undefined;
    this.memberRefused(errorCode);
  }

  private memberRefused(errorCode: number): void {
    const { name } = describeError(errorCode);
    if (errorCode === ErrorCode.ILLEGAL_GENERATION) return this.expel(name, this.identity.memberId);
    if (memberExpelled.has(errorCode)) return this.expel(name, "");
    if (!isPassing(errorCode)) this.fail(name, "the group does not take this member");
  }

  private heartbeatRefused(errorCode: number): void {
    if (coordinatorMoved.has(errorCode)) this.link.forget();
    if (errorCode === ErrorCode.REBALANCE_IN_PROGRESS) this.rejoin("the group rebalances");
    else this.memberRefused(errorCode);
  }

  /** The group has gone on without us: what we owned may be others' already. */
  private expel(reason: string, memberId: string): void {
    this.heart.stop();
    this.leader.resign();
    this.identity = { ...this.identity, memberId, generationId: NOT_IN_GROUP };
    this.assigned = undefined;
    this.isExpelled = true;
    this.observer.expelled?.();
    this.rejoin(reason);
  }

  private retryLater(): void {
    const { turn } = this;
    this.attempts += 1;
    this.cluster.backOff(this.attempts, () => {
      if (turn !== this.turn || this.isOver) return;
      this.waitsFor = undefined;
      this.advance();
    });
  }

  protected end(): void {
    this.isOver = true;
    this.turn += 1;
    this.heart.stop();
  }
}

function isPassing(errorCode: number): boolean {
  return coordinatorBusy.has(errorCode) || errorCode === ErrorCode.REBALANCE_IN_PROGRESS;
}

function isSameList(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((each, index) => each === b[index]);
}
