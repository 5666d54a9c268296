// Reads the partitions of a fetch within its byte limits (KIP-74, ReplicaManager.readFromLog): in
// order, each up to its own limit and to what the request has left; the first partition that has
// anything gives its first batch whole, however large, and from then on the limits are hard.
//
// Kafka reads one partition after another. Here as many are asked at once as the limits allow even if
// each gives all it may; what they did not use is left for the next wave. With a single partition, or
// with nothing to read, that is one round of questions.
//
// Lives on: anywhere (part of the front door).

import { ErrorCode } from "../../../protocol/error-codes.ts";
import type { Outcome } from "../../../base/outcome.ts";
import type { Effect, Routine } from "../../../runtime/routine.ts";
import { askAll } from "../../../runtime/routine.ts";
import type { FetchReply } from "../../partition/messages.ts";
import type { FetchPartition } from "./fetch-partition.ts";

export const noRecords = new Uint8Array(0);

/**
 * The answer of a partition that cannot be read (`FetchResponse.partitionResponse`). Kafka tells of no
 * aborted transactions where it has not got as far as the log, and of none being known where it has.
 */
export function failedRead(
  errorCode: ErrorCode,
  abortedTransactions: FetchReply["abortedTransactions"] = null,
): FetchReply {
  return {
    errorCode,
    highWatermark: -1,
    lastStableOffset: -1,
    logStartOffset: -1,
    records: noRecords,
    divergingEpoch: null,
    abortedTransactions,
  };
}

export type WaveOptions = {
  readonly bytesMax: number;
  readonly readCommitted: boolean;
  /** How to ask a partition for up to so many bytes, or for its first batch whole. */
  readonly question: (partition: FetchPartition, maxBytes: number, wholeFirst: boolean) => Effect;
};

/** Replies in the order of the partitions. */
export function* readInWaves(
  partitions: readonly FetchPartition[],
  options: WaveOptions,
): Routine<FetchReply[]> {
  const replies: FetchReply[] = [];
  const left = { bytes: options.bytesMax, foundRecords: false };
  while (replies.length < partitions.length) {
    const wave = nextWave(partitions, replies.length, left.bytes);
    const questions = wave.map((partition, place) =>
      options.question(partition, limitOf(partition, left.bytes), isFirst(place, left)),
    );
    const answers = yield* askAll<FetchReply>(questions);
    for (const [place, partition] of wave.entries()) {
      let reply = replyOf(answers[place]!);
      if (!left.foundRecords && place > 0 && hasMoreThanItGave(reply, partition, options)) {
        // The first partition with records, and its first batch is larger than its limit.
        const [again] = yield* askAll<FetchReply>([
          options.question(partition, limitOf(partition, left.bytes), true),
        ]);
        reply = replyOf(again!);
      }
      replies.push(within(left, reply));
    }
  }
  return replies;
}

/** The partitions that may all give as much as they may; at least one. */
function nextWave(
  partitions: readonly FetchPartition[],
  from: number,
  bytesLeft: number,
): readonly FetchPartition[] {
  let bytes = 0;
  let to = from;
  do {
    bytes += limitOf(partitions[to]!, bytesLeft);
    to += 1;
  } while (to < partitions.length && bytes + limitOf(partitions[to]!, bytesLeft) <= bytesLeft);
  return from === 0 && to === partitions.length ? partitions : partitions.slice(from, to);
}

type Left = { bytes: number; foundRecords: boolean };

function isFirst(place: number, left: Left): boolean {
  return place === 0 && !left.foundRecords;
}

function limitOf({ position }: FetchPartition, bytesLeft: number): number {
  return Math.max(0, Math.min(position.maxBytes, bytesLeft));
}

function hasMoreThanItGave(
  reply: FetchReply,
  { position }: FetchPartition,
  { readCommitted }: WaveOptions,
): boolean {
  return (
    reply.errorCode === ErrorCode.NONE &&
    reply.divergingEpoch === null &&
    reply.records.length === 0 &&
    visibleEndOf(reply, readCommitted) > position.fetchOffset
  );
}

export function visibleEndOf(reply: FetchReply, readCommitted: boolean): number {
  return readCommitted ? reply.lastStableOffset : reply.highWatermark;
}

/** What a batch larger than its limit took from the others is not given twice. */
function within(left: Left, reply: FetchReply): FetchReply {
  const bytes = reply.records.length;
  if (bytes === 0) return reply;
  if (left.foundRecords && bytes > left.bytes) return { ...reply, records: noRecords };
  left.foundRecords = true;
  left.bytes = Math.max(0, left.bytes - bytes);
  return reply;
}

/**
 * A partition that does not answer is being moved, recovered or removed: the client looks for its
 * leader again. Consumers take no other retriable code for it (FetchCollector).
 */
function replyOf(answer: Outcome<FetchReply>): FetchReply {
  return answer.ok ? answer.value : failedRead(ErrorCode.NOT_LEADER_OR_FOLLOWER);
}
