// A group's offsets: commits, one after the other so that none overtakes an earlier one, and what has
// been committed.
//
// Lives on: anywhere (ports passed in).

import type { Outcome } from "../../base/outcome.ts";
import { failure, success } from "../../base/outcome.ts";
import { ZERO_UUID } from "../../base/uuid.ts";
import { describeError, ErrorCode } from "../../protocol/error-codes.ts";
import {
  OffsetCommitRequest,
  OffsetCommitResponse,
} from "../../protocol/messages/08-offset-commit.ts";
import {
  OffsetFetchRequest,
  OffsetFetchResponse,
} from "../../protocol/messages/09-offset-fetch.ts";
import type { Draft } from "../../protocol/schema.ts";
import { ClientError } from "../client-error.ts";
import type { Cluster } from "../cluster.ts";
import type { CoordinatorLink } from "./coordinator-link.ts";
import { coordinatorMoved } from "./member-errors.ts";
import type { Identity } from "./membership.ts";
import type { TopicPartition } from "./topic-partition.ts";
import { byTopic, keyOf } from "./topic-partition.ts";

export type OffsetToCommit = TopicPartition & {
  /** Of the next record to be read. */
  readonly offset: number;
  /** Of the leader that wrote the record before it; -1 or left out: not known. */
  readonly leaderEpoch?: number;
  readonly metadata?: string;
};

export type CommitHow = {
  /** Tried again, up to a bound, where that may help. */
  readonly persistent: boolean;
  /** In whose name, now: it may change while the commit waits. */
  readonly identity: () => Identity;
  /** What the coordinator thinks of the member. */
  readonly refused: (errorCode: number, by: Identity) => void;
};

type Commit = CommitHow & {
  readonly offsets: readonly OffsetToCommit[];
  readonly done: (failure: ClientError | undefined) => void;
  readonly untilMs: number;
  attempts: number;
  /** An attempt without an answer may have been carried out. */
  maybeDone: boolean;
};

const commitApi = { request: OffsetCommitRequest, response: OffsetCommitResponse };
const fetchApi = { request: OffsetFetchRequest, response: OffsetFetchResponse };
const BATCHED_FROM_VERSION = 8;
const IDS_FROM_VERSION = 10;
const WAITING_MAX = 1_000;
/** As Kafka's `default.api.timeout.ms`. */
const GIVE_UP_AFTER_MS = 60_000;

const moved: ReadonlySet<number> = new Set([...coordinatorMoved, ErrorCode.REQUEST_TIMED_OUT]);
/** The coordinator may have stored it all the same, or may yet. */
const leavesOpen: ReadonlySet<number> = new Set([
  ...moved,
  ErrorCode.UNKNOWN_SERVER_ERROR,
  ErrorCode.KAFKA_STORAGE_ERROR,
]);
const passing: ReadonlySet<number> = new Set([
  ...moved,
  ErrorCode.COORDINATOR_LOAD_IN_PROGRESS,
  ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
  ErrorCode.UNKNOWN_TOPIC_ID,
  ErrorCode.UNSTABLE_OFFSET_COMMIT,
  ErrorCode.STALE_MEMBER_EPOCH,
]);

export class GroupOffsets {
  private readonly cluster: Cluster;
  private readonly link: CoordinatorLink;
  private readonly groupId: string;
  private readonly waiting: Commit[] = [];
  private isCommitting = false;

  constructor(cluster: Cluster, link: CoordinatorLink, groupId: string) {
    this.cluster = cluster;
    this.link = link;
    this.groupId = groupId;
  }

  commit(
    offsets: readonly OffsetToCommit[],
    how: CommitHow,
    done: (failure: ClientError | undefined) => void,
  ): void {
    if (offsets.length === 0) return done(undefined);
    if (this.waiting.length >= WAITING_MAX) {
      return done(new ClientError("refused", "too many commits wait", this.groupId));
    }
    const untilMs = this.cluster.ports.clock.monotonicMs() + GIVE_UP_AFTER_MS;
    this.waiting.push({ ...how, offsets, done, untilMs, attempts: 0, maybeDone: false });
    this.next();
  }

  private next(): void {
    const commit = this.waiting[0];
    if (this.isCommitting || commit === undefined) return;
    this.isCommitting = true;
    this.attempt(commit);
  }

  private attempt(commit: Commit): void {
    commit.attempts += 1;
    const identity = commit.identity();
    const { memberId, generationId, groupInstanceId } = identity;
    // Without a generation it would count as a commit from outside of the group, and be taken.
    if (generationId < 0) return this.settle(commit, "UNKNOWN_MEMBER_ID");
    const body = (version: number): Draft<typeof OffsetCommitRequest> => ({
      groupId: this.groupId,
      generationIdOrMemberEpoch: generationId,
      memberId,
      groupInstanceId,
      topics: this.topicsOf(commit.offsets, version),
    });
    this.link.call(commitApi, body, (outcome) => {
      if (!outcome.ok) {
        commit.maybeDone ||= outcome.fault === "timeout" || outcome.fault === "ECONNRESET";
        return this.maybeRetry(commit, outcome.fault);
      }
      const errorCode = worstOf(outcome.value);
      if (errorCode === ErrorCode.NONE) return this.settle(commit, undefined);
      this.refused(commit, errorCode, identity);
    });
  }

  private refused(commit: Commit, errorCode: number, identity: Identity): void {
    if (moved.has(errorCode)) this.link.forget();
    commit.maybeDone ||= leavesOpen.has(errorCode);
    const { name } = describeError(errorCode);
    if (passing.has(errorCode)) return this.maybeRetry(commit, name);
    this.settle(commit, name);
    commit.refused(errorCode, identity);
  }

  private maybeRetry(commit: Commit, code: string): void {
    const isLate = this.cluster.ports.clock.monotonicMs() >= commit.untilMs;
    if (!commit.persistent || isLate || this.cluster.isClosed) {
      return this.settle(commit, code);
    }
    this.cluster.backOff(commit.attempts, () => {
      const names = byTopic(commit.offsets).map(({ topic }) => topic);
      this.cluster.refresh(names, () => this.attempt(commit));
    });
  }

  private settle(commit: Commit, code: string | undefined): void {
    this.isCommitting = false;
    this.waiting.shift();
    const kind = commit.maybeDone ? "unknown" : "refused";
    commit.done(code === undefined ? undefined : new ClientError(kind, code, this.groupId));
    this.next();
  }

  private topicsOf(offsets: readonly OffsetToCommit[], version: number) {
    const byKey = new Map(offsets.map((each) => [keyOf(each), each]));
    return byTopic(offsets).map(({ topic, partitions }) => ({
      ...this.named(topic, version),
      partitions: partitions.map((partition) => {
        const chosen = byKey.get(keyOf({ topic, partition }))!;
        const { offset, leaderEpoch = -1, metadata = "" } = chosen;
        return {
          partitionIndex: partition,
          committedOffset: BigInt(offset),
          committedLeaderEpoch: leaderEpoch,
          committedMetadata: metadata,
        };
      }),
    }));
  }

  private named(topic: string, version: number) {
    if (version < IDS_FROM_VERSION) return { name: topic, topicId: ZERO_UUID };
    return { name: "", topicId: this.cluster.topic(topic)?.topicId ?? ZERO_UUID };
  }

  // ------------------------------------------------------------ what has been committed

  /**
   * Per partition by its key; one that nobody has committed is missing. Members of the classic
   * protocol are not named here: their generation counts for nothing.
   */
  committed(
    partitions: readonly TopicPartition[],
    identity: Identity | undefined,
    done: (outcome: Outcome<ReadonlyMap<string, OffsetToCommit>>) => void,
  ): void {
    const topics = byTopic(partitions);
    const body = (version: number): Draft<typeof OffsetFetchRequest> => {
      const asked = topics.map(({ topic, partitions: partitionIndexes }) => ({
        ...this.named(topic, version),
        partitionIndexes,
      }));
      if (version < BATCHED_FROM_VERSION) {
        return { groupId: this.groupId, topics: asked, requireStable: version >= 7 };
      }
      const member = identity === undefined ? {} : ofMember(identity);
      const groups = [{ groupId: this.groupId, ...member, topics: asked }];
      return { groups, requireStable: true };
    };
    this.link.call(fetchApi, body, (outcome) => {
      done(outcome.ok ? this.readCommitted(outcome.value, topics) : outcome);
    });
  }

  private readCommitted(
    response: OffsetFetchResponse,
    asked: readonly { readonly topic: string }[],
  ): Outcome<ReadonlyMap<string, OffsetToCommit>> {
    const { errorCode, topics } = response.groups[0] ?? response;
    if (moved.has(errorCode)) this.link.forget();
    if (errorCode !== ErrorCode.NONE) return failure("refused", describeError(errorCode).name);
    const names = new Map(
      asked.map(({ topic }) => [this.cluster.topic(topic)?.topicId ?? ZERO_UUID, topic]),
    );
    const committed = new Map<string, OffsetToCommit>();
    for (const told of topics) {
      const topic = told.name === "" && "topicId" in told ? names.get(told.topicId) : told.name;
      for (const { partitionIndex: partition, errorCode: error, ...rest } of told.partitions) {
        if (error !== ErrorCode.NONE) return failure("refused", describeError(error).name);
        if (topic === undefined || rest.committedOffset < 0n) continue;
        const offset = Number(rest.committedOffset);
        const metadata = rest.metadata ?? "";
        const leaderEpoch = rest.committedLeaderEpoch;
        const found = { topic, partition, offset, leaderEpoch, metadata };
        committed.set(keyOf({ topic, partition }), found);
      }
    }
    return success(committed);
  }
}

function ofMember({ memberId, generationId }: Identity) {
  return { memberId, memberEpoch: generationId };
}

/** An error that nothing mends counts more than one that passes. */
function worstOf({ topics }: OffsetCommitResponse): number {
  const codes = topics.flatMap(({ partitions }) => partitions.map(({ errorCode }) => errorCode));
  const errors = codes.filter((code) => code !== ErrorCode.NONE);
  return errors.find((code) => !passing.has(code)) ?? errors[0] ?? ErrorCode.NONE;
}
