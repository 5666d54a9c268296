// A member of a group by the consumer protocol (KIP-848; Kafka's ConsumerMembershipManager): heartbeats
// are all there is. They bring what the member is to own; it gives up what it must, tells so, and gets
// the rest when others have given that up.
//
//   heartbeat -> target -> give up what is not in it -> take over what is new -> heartbeat: owned now
//
// A heartbeat names only what has changed since the last that was answered. After one without an answer
// everything is told again: the coordinator may know less than we think.
//
// Lives on: anywhere (ports passed in).

import type { Outcome } from "../../base/outcome.ts";
import { describeError, ErrorCode } from "../../protocol/error-codes.ts";
import type { ConsumerGroupHeartbeatResponse } from "../../protocol/messages/68-consumer-group-heartbeat.ts";
import type { TimerHandle } from "../../runtime/ports.ts";
import type { Wanted } from "./consumer-heartbeat.ts";
import { heartbeatApi, HeartbeatBody } from "./consumer-heartbeat.ts";
import { coordinatorBusy, coordinatorMoved, memberExpelled } from "./member-errors.ts";
import type { MemberSurroundings } from "./member-base.ts";
import { MemberBase, NOT_IN_GROUP } from "./member-base.ts";
import type { Identity, Membership } from "./membership.ts";
import type { ReleaseKind } from "./membership.ts";
import { TargetAssignment } from "./target-assignment.ts";
import type { TopicPartition } from "./topic-partition.ts";
import { keyOf } from "./topic-partition.ts";

export type ConsumerOptions = {
  readonly groupId: string;
  readonly groupInstanceId: string | null;
  readonly memberId: string;
  /** null: the coordinator chooses. */
  readonly serverAssignor: string | null;
  readonly rebalanceTimeoutMs: number;
  readonly rackId: string | null;
};

const JOIN_EPOCH = 0;
const LEAVE_EPOCH = -1;
/** A static member that will be back: nobody else gets its partitions meanwhile. */
const STATIC_LEAVE_EPOCH = -2;

export class ConsumerMembership extends MemberBase<ConsumerOptions> implements Membership {
  readonly watchedTopics: readonly string[] = [];
  private readonly body: HeartbeatBody;
  private readonly target: TargetAssignment;
  private waitsForApplication = false;
  private heartbeatIntervalMs = 0;
  private timer: TimerHandle | undefined;
  /** A heartbeat is under way; `wantsBeat`: another is to follow at once. */
  private isBeating = false;
  private wantsBeat = false;
  private failures = 0;
  /** Answers of earlier lives in the group are of no interest. */
  private life = 0;

  constructor(around: MemberSurroundings, options: ConsumerOptions) {
    super(around, options, options.memberId);
    this.body = new HeartbeatBody(around.cluster, options);
    this.target = new TargetAssignment(around.cluster, () => this.advance());
  }

  get isSettled(): boolean {
    const isIn = this.identity.generationId > JOIN_EPOCH && !this.isExpelled;
    return isIn && !this.waitsForApplication && !this.target.isOpen && !this.isNewsOpen();
  }

  refreshed(): void {
    if (this.target.isOpen) this.advance();
    if (this.identity.generationId > JOIN_EPOCH && this.isNewsOpen()) this.beatSoon();
  }

  commitRefused(errorCode: number, by: Identity): void {
    if (by.generationId !== this.identity.generationId || this.isOver) return;
    if (errorCode === ErrorCode.STALE_MEMBER_EPOCH) this.beatSoon();
    else if (memberExpelled.has(errorCode)) this.expel();
    else if (errorCode === ErrorCode.FENCED_INSTANCE_ID) this.refused(errorCode, null);
  }

  suspend(): void {
    if (this.isSuspended) return;
    this.isSuspended = true;
    this.sayGoodbye(() => {});
    this.expel();
  }

  resume(): void {
    if (!this.isSuspended) return;
    this.isSuspended = false;
    this.advance();
  }

  leave(done: () => void): void {
    const wasIn = !this.isOver;
    this.end();
    if (wasIn) this.sayGoodbye(done);
    else done();
    this.identity = { ...this.identity, generationId: NOT_IN_GROUP };
  }

  // ------------------------------------------------------------ what is owned

  private advance(): void {
    if (this.isOver || this.waitsForApplication || this.isSuspended) return;
    if (this.isExpelled) {
      this.isExpelled = false;
      if (this.owned.size > 0) return this.release([...this.owned.values()], "lost");
    }
    if (this.identity.generationId === NOT_IN_GROUP) return this.join();
    const partitions = this.target.take();
    if (partitions !== undefined) this.reconcile(partitions);
    else if (this.isNewsOpen()) this.beatSoon();
  }

  private reconcile(partitions: readonly TopicPartition[]): void {
    const wanted = new Map(partitions.map((partition) => [keyOf(partition), partition]));
    const taken = [...this.owned].filter(([key]) => !wanted.has(key));
    if (taken.length > 0) {
      this.target.putBack();
      return this.release(
        taken.map(([, partition]) => partition),
        "revoked",
      );
    }
    const added = [...wanted].filter(([key]) => !this.owned.has(key));
    for (const [key, partition] of added) this.owned.set(key, partition);
    this.waitsForApplication = true;
    this.events.granted(
      added.map(([, partition]) => partition),
      () => this.applicationDone(),
    );
  }

  private release(partitions: readonly TopicPartition[], kind: ReleaseKind): void {
    this.waitsForApplication = true;
    this.events.release(partitions, kind, () => {
      for (const partition of partitions) this.owned.delete(keyOf(partition));
      this.applicationDone();
    });
  }

  private applicationDone(): void {
    this.waitsForApplication = false;
    this.advance();
  }

  /** Something that the coordinator has not been told. */
  private isNewsOpen(): boolean {
    return this.body.hasNews(this.wanted(), [...this.owned.values()]);
  }

  private wanted(): Wanted {
    return { topics: this.subscription(), pattern: this.pattern() };
  }

  // ------------------------------------------------------------ heartbeats

  private join(): void {
    this.identity = { ...this.identity, generationId: JOIN_EPOCH };
    this.body.tellEverything();
    this.beatSoon();
  }

  private beatSoon(): void {
    if (this.isBeating) this.wantsBeat = true;
    else this.beat();
  }

  private beat(): void {
    this.stopTimer();
    this.isBeating = true;
    this.wantsBeat = false;
    const { life } = this;
    const askedAtMs = this.cluster.ports.clock.monotonicMs();
    // What is waiting to be given up is still ours, and what is new to us is so only when we say so.
    const body = this.body.next(this.identity, this.wanted(), [...this.owned.values()]);
    this.link.call(heartbeatApi, body, (outcome) => {
      if (life !== this.life) return;
      this.isBeating = false;
      this.heard(outcome, askedAtMs);
    });
  }

  private heard(outcome: Outcome<ConsumerGroupHeartbeatResponse>, askedAtMs: number): void {
    if (!outcome.ok) {
      if (outcome.fault === "refused" && !this.link.isKnown) return this.retryLater();
      if (outcome.fault === "refused") return this.fail("UNSUPPORTED_VERSION", outcome.detail);
      return this.retryLater();
    }
    const { errorCode, memberId, memberEpoch, assignment, errorMessage } = outcome.value;
    if (coordinatorMoved.has(errorCode)) this.link.forget();
    if (coordinatorBusy.has(errorCode)) return this.retryLater();
    if (memberExpelled.has(errorCode)) return this.expel();
    if (errorCode !== ErrorCode.NONE) return this.refused(errorCode, errorMessage);
    this.failures = 0;
    this.body.answered();
    this.heartbeatIntervalMs = outcome.value.heartbeatIntervalMs;
    const id = memberId ?? this.identity.memberId;
    this.identity = { ...this.identity, memberId: id, generationId: memberEpoch };
    this.observer.alive?.(this.identity, askedAtMs);
    if (assignment !== null) {
      this.target.set(assignment.topicPartitions);
      this.tellDecided(askedAtMs);
    }
    if (this.wantsBeat) this.beat();
    else this.wait(this.heartbeatIntervalMs);
    this.advance();
  }

  private tellDecided(askedAtMs: number): void {
    const assigned = this.target.known();
    this.observer.decided?.(this.identity, [...this.owned.values()], assigned, askedAtMs);
  }

  private wait(delayMs: number): void {
    this.stopTimer();
    this.timer = this.cluster.ports.clock.startTimer(delayMs, () => this.beatSoon());
  }

  private stopTimer(): void {
    if (this.timer !== undefined) this.cluster.ports.clock.stopTimer(this.timer);
    this.timer = undefined;
  }

  private retryLater(): void {
    this.failures += 1;
    this.body.tellEverything();
    // Sooner than the next one would be due, however often it has failed: the session goes on.
    const { retryBackoffMs } = this.cluster.options;
    const longestMs = this.heartbeatIntervalMs === 0 ? Infinity : this.heartbeatIntervalMs;
    const delayMs = Math.min(retryBackoffMs * 2 ** (this.failures - 1), longestMs, 1_000);
    this.wait(delayMs);
  }

  private sayGoodbye(done: () => void): void {
    const { groupId, groupInstanceId } = this.options;
    const { memberId, generationId } = this.identity;
    if (generationId === NOT_IN_GROUP) return done();
    const memberEpoch = groupInstanceId === null ? LEAVE_EPOCH : STATIC_LEAVE_EPOCH;
    const body = { groupId, memberId, memberEpoch, instanceId: groupInstanceId };
    this.link.call(heartbeatApi, body, () => done());
  }

  // ------------------------------------------------------------ the end of it

  private expel(): void {
    this.stopBeating();
    this.target.forget();
    this.identity = { ...this.identity, generationId: NOT_IN_GROUP };
    this.isExpelled = true;
    this.observer.expelled?.();
    this.advance();
  }

  private refused(errorCode: number, errorMessage: string | null): void {
    const about = errorMessage ?? "the group does not take this member";
    this.fail(describeError(errorCode).name, about);
  }

  protected end(): void {
    this.isOver = true;
    this.stopBeating();
  }

  private stopBeating(): void {
    this.life += 1;
    this.isBeating = false;
    this.wantsBeat = false;
    this.stopTimer();
  }
}
