// A consumer that shares topics with the other members of its group. Callbacks and no promises, so that
// the simulator alone decides what happens when; promising-group-consumer.ts is the face for people.
//
//   subscription.ts       which topics
//   membership.ts         the group: what is ours
//   start-positions.ts    where to begin in it
//   assigned-reader.ts    what has been fetched of it
//   group-offsets.ts      how far it has been read
//
// The application works on what a poll gave it until it polls again. So partitions are given up, taken
// over and told to the listener only while it is in a poll: nobody else reads a partition, nor commits
// for it, while the application still works on its records.
//
// Lives on: anywhere (ports passed in).

import type { TimerHandle } from "../../runtime/ports.ts";
import type { ClientError } from "../client-error.ts";
import type { Cluster } from "../cluster.ts";
import type { ConsumedRecord } from "../consumer.ts";
import type { AssignedPartition } from "./assigned-reader.ts";
import { AssignedReader } from "./assigned-reader.ts";
import { CoordinatorLink } from "./coordinator-link.ts";
import type { GroupConsumerOptions, ResolvedOptions } from "./group-consumer-options.ts";
import { joinGroupAs, resolveOptions } from "./group-consumer-options.ts";
import type { OffsetToCommit } from "./group-offsets.ts";
import { GroupOffsets } from "./group-offsets.ts";
import type { Identity, Membership, MembershipObserver, ReleaseKind } from "./membership.ts";
import { StartPositions } from "./start-positions.ts";
import { Subscription } from "./subscription.ts";
import type { SubscriptionChoice } from "./subscription.ts";
import type { TopicPartition } from "./topic-partition.ts";
import { keyOf } from "./topic-partition.ts";

/** Each is called within a poll, which goes on when `done` is. */
export type RebalanceListener = {
  /** They came to what was owned before. */
  assigned?(partitions: readonly TopicPartition[], done: () => void): void;
  /** They are still ours: the last moment to commit for them. */
  revoked?(partitions: readonly TopicPartition[], done: () => void): void;
  /** They may be others' already. */
  lost?(partitions: readonly TopicPartition[], done: () => void): void;
};

/** For those who watch. `committing`: asked before each commit; what it answers hears what came of it. */
export type ConsumerObserver = MembershipObserver & {
  committing?(offsets: readonly OffsetToCommit[]): CommitDone;
};

type Polled = (records: readonly ConsumedRecord[], failure: ClientError | undefined) => void;
type Pending = { readonly done: Polled; timer: TimerHandle | undefined; isLate: boolean };
type CommitDone = (failure: ClientError | undefined) => void;

export class GroupConsumer {
  private readonly cluster: Cluster;
  private readonly options: ResolvedOptions;
  private readonly listener: RebalanceListener;
  private readonly observer: ConsumerObserver;
  private readonly link: CoordinatorLink;
  private readonly subscription: Subscription;
  private readonly membership: Membership;
  private readonly offsets: GroupOffsets;
  private readonly reader: AssignedReader;
  private readonly starts: StartPositions;
  private pending: Pending | undefined;
  /** What waits for the application to be in a poll. */
  private readonly gated: ((finished: () => void) => void)[] = [];
  private listenerWorks = false;
  private pollDue: TimerHandle | undefined;
  private autoCommitDueMs = 0;
  private failure: ClientError | undefined;
  private isClosed = false;

  constructor(
    cluster: Cluster,
    options: GroupConsumerOptions,
    listener: RebalanceListener = {},
    observer: ConsumerObserver = {},
  ) {
    this.cluster = cluster;
    this.observer = observer;
    this.options = resolveOptions(options);
    this.listener = listener;
    this.link = new CoordinatorLink(cluster, options.groupId);
    this.offsets = new GroupOffsets(cluster, this.link, options.groupId);
    this.reader = new AssignedReader(cluster, options, {
      available: () => this.maybeSettle(),
      failed: (failure) => this.fail(failure),
      outOfRange: (partition) => this.starts.reset(partition),
    });
    this.membership = joinGroupAs(this.options, {
      cluster,
      link: this.link,
      subscription: () => this.subscription.topics,
      pattern: () => this.subscription.serverPattern,
      events: {
        release: (partitions, kind, done) => this.release(partitions, kind, done),
        granted: (partitions, done) => this.takeOver(partitions, done),
        failed: (failure) => this.failed(failure),
      },
      observer,
    });
    this.subscription = new Subscription(
      cluster,
      this.options.metadataMaxAgeMs,
      () => this.membership.watchedTopics,
      () => this.membership.refreshed(),
    );
    this.starts = new StartPositions(cluster, this.offsets, this.reader, this.options.offsetReset, {
      identity: () => this.namedWhenFetching(),
      failed: (failure) => this.fail(failure),
    });
  }

  // ------------------------------------------------------------ the application's side

  /** Takes the place of an earlier one. The group is entered with the next poll. */
  subscribe(choice: SubscriptionChoice): void {
    if ("serverPattern" in choice && this.options.protocol !== "consumer") {
      throw new RangeError("only the consumer protocol has patterns for the coordinator");
    }
    this.subscription.choose(choice);
    this.membership.refreshed();
  }

  /** Up to `maxPollRecords`, as soon as there are any; none when the time is up. One at a time. */
  poll(maxWaitMs: number, done: Polled): void {
    if (this.pending !== undefined) throw new RangeError("a poll is under way already");
    const { clock } = this.cluster.ports;
    if (this.pollDue !== undefined) clock.stopTimer(this.pollDue);
    this.pollDue = undefined;
    this.maybeAutoCommit();
    const pending: Pending = { done, timer: undefined, isLate: this.isClosed || maxWaitMs <= 0 };
    this.pending = pending;
    if (!this.isClosed) this.membership.resume();
    this.runGated();
    if (this.maybeSettle() || pending.isLate) return;
    pending.timer = clock.startTimer(maxWaitMs, () => {
      pending.isLate = true;
      this.maybeSettle();
    });
  }

  get identity(): Identity {
    return this.membership.identity;
  }

  /** In the group, and every change of what is owned has been told. */
  get isSettled(): boolean {
    return this.membership.isSettled && this.gated.length === 0 && !this.listenerWorks;
  }

  assignment(): TopicPartition[] {
    return this.held().map(({ topic, partition }) => ({ topic, partition }));
  }

  pause(partitions: readonly TopicPartition[]): void {
    for (const partition of this.heldOf(partitions)) this.reader.pause(partition);
  }

  resume(partitions: readonly TopicPartition[]): void {
    for (const partition of this.heldOf(partitions)) this.reader.resume(partition);
  }

  paused(): TopicPartition[] {
    return this.assignment().filter((each) => this.partition(each)?.isPaused === true);
  }

  /** False when the partition is not ours. */
  seek(partition: TopicPartition, offset: number): boolean {
    const held = this.partition(partition);
    if (held !== undefined) this.reader.seek(held, offset);
    return held !== undefined;
  }

  /** Of the next record that a poll will give; undefined: not ours, or not known yet. */
  position(partition: TopicPartition): number | undefined {
    return this.partition(partition)?.position;
  }

  /**
   * Commits these offsets, or where all owned partitions stand. `persistent`: tried again where that
   * may help. `done` hears why it was not done.
   */
  commit(
    offsets: readonly OffsetToCommit[] | undefined,
    { persistent }: { readonly persistent: boolean },
    done: CommitDone,
  ): void {
    const chosen = offsets ?? this.uncommitted();
    const { identity } = this.membership;
    const held = chosen.map((each) => this.partition(each));
    // In a later generation only as long as they have been ours without a break.
    const areStillHeld = (): boolean =>
      held.every((each) => each !== undefined && this.reader.isHeld(each));
    const how = {
      persistent,
      identity: () => (areStillHeld() ? this.membership.identity : identity),
      refused: (errorCode: number, by: Identity) => this.membership.commitRefused(errorCode, by),
    };
    const observed = chosen.length === 0 ? undefined : this.observer.committing?.(chosen);
    this.offsets.commit(chosen, how, (failure) => {
      observed?.(failure);
      chosen.forEach(({ offset }, index) => {
        const partition = held[index];
        if (failure === undefined && partition !== undefined) partition.committed = offset;
      });
      done(failure);
    });
  }

  /** What the group has committed, by the key of the partition. */
  committed(
    partitions: readonly TopicPartition[],
    done: Parameters<GroupOffsets["committed"]>[2],
  ): void {
    this.offsets.committed(partitions, this.namedWhenFetching(), done);
  }

  /** Gives everything up and leaves the group. What was read and not committed is, if that is wanted. */
  close(done: () => void): void {
    if (this.isClosed) return done();
    this.isClosed = true;
    this.subscription.stop();
    const { clock } = this.cluster.ports;
    if (this.pollDue !== undefined) clock.stopTimer(this.pollDue);
    this.gated.length = 0;
    this.settle([]);
    const isMember = this.membership.identity.generationId >= 0;
    const leave = (): void => {
      this.reader.close();
      this.membership.leave(() => {
        this.link.close();
        done();
      });
    };
    const partitions = this.assignment();
    if (partitions.length === 0) return leave();
    this.giveUp(partitions, isMember ? "revoked" : "lost", leave);
  }

  // ------------------------------------------------------------ what the membership tells

  private release(
    partitions: readonly TopicPartition[],
    kind: ReleaseKind,
    done: () => void,
  ): void {
    // What is lost is not read any further, even before the application hears of it.
    if (kind === "lost") for (const partition of partitions) this.reader.remove(partition);
    this.whenPolled((finished) => {
      // The group may have gone on without us while the application took its time.
      const isLost = this.membership.identity.generationId < 0;
      this.giveUp(partitions, isLost ? "lost" : kind, () => {
        for (const partition of partitions) this.reader.remove(partition);
        done();
        finished();
      });
    });
  }

  private giveUp(partitions: readonly TopicPartition[], kind: ReleaseKind, done: () => void): void {
    if (kind === "lost") {
      if (this.listener.lost === undefined) return done();
      return this.listener.lost(partitions, done);
    }
    const tell = (): void => {
      if (this.listener.revoked === undefined) return done();
      this.listener.revoked(partitions, done);
    };
    if (!this.options.autoCommit) return tell();
    this.commit(undefined, { persistent: false }, tell);
  }

  private takeOver(partitions: readonly TopicPartition[], done: () => void): void {
    this.whenPolled((finished) => {
      const added = partitions.map((partition) => this.reader.add(partition));
      const begin = (): void => {
        // The listener may have sought: what has a position keeps it.
        this.starts.find(added);
        done();
        finished();
      };
      if (this.listener.assigned === undefined) return begin();
      this.listener.assigned(partitions, begin);
    });
  }

  private failed(failure: ClientError): void {
    this.fail(failure);
    const partitions = this.assignment();
    if (partitions.length > 0) this.release(partitions, "lost", () => {});
  }

  private fail(failure: ClientError): void {
    this.failure ??= failure;
    this.maybeSettle();
  }

  // ------------------------------------------------------------ polls

  private whenPolled(run: (finished: () => void) => void): void {
    this.gated.push(run);
    this.runGated();
  }

  private runGated(): void {
    if (this.pending === undefined || this.listenerWorks || this.isClosed) return;
    const run = this.gated.shift();
    if (run === undefined) return;
    this.listenerWorks = true;
    run(() => {
      this.listenerWorks = false;
      this.runGated();
      this.maybeSettle();
    });
  }

  /** True when the poll that is under way has been answered. */
  private maybeSettle(): boolean {
    const { pending } = this;
    if (pending === undefined || this.listenerWorks || this.gated.length > 0) return false;
    if (this.failure === undefined && !this.reader.hasRecords && !pending.isLate) return false;
    this.settle(this.failure === undefined ? this.reader.hand(this.options.maxPollRecords) : []);
    return true;
  }

  private settle(records: readonly ConsumedRecord[]): void {
    const { pending, failure } = this;
    if (pending === undefined) return;
    const { clock } = this.cluster.ports;
    if (pending.timer !== undefined) clock.stopTimer(pending.timer);
    this.pending = undefined;
    if (!this.isClosed) {
      this.pollDue = clock.startTimer(this.options.maxPollIntervalMs, () => {
        this.membership.suspend();
      });
    }
    // Not within the call, or an application that polls again at once would never come back.
    clock.soon(() => pending.done(records, failure));
  }

  private maybeAutoCommit(): void {
    if (!this.options.autoCommit || this.isClosed) return;
    const nowMs = this.cluster.ports.clock.monotonicMs();
    if (nowMs < this.autoCommitDueMs) return;
    this.autoCommitDueMs = nowMs + this.options.autoCommitIntervalMs;
    this.commit(undefined, { persistent: false }, () => {});
  }

  // ------------------------------------------------------------ partitions

  private namedWhenFetching(): Identity | undefined {
    return this.options.protocol === "consumer" ? this.membership.identity : undefined;
  }

  private partition(partition: TopicPartition): AssignedPartition | undefined {
    return this.reader.partitions.get(keyOf(partition));
  }

  private held(): AssignedPartition[] {
    return [...this.reader.partitions.values()];
  }

  private heldOf(partitions: readonly TopicPartition[]): AssignedPartition[] {
    return partitions.flatMap((partition) => this.partition(partition) ?? []);
  }

  private uncommitted(): OffsetToCommit[] {
    return this.held().flatMap(({ topic, partition, position, leaderEpoch, committed }) =>
      position === undefined || position === committed
        ? []
        : [{ topic, partition, offset: position, leaderEpoch }],
    );
  }
}
