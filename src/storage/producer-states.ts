// What a log remembers of the producers that wrote to it: per producer id the epoch and the last five
// batches, so that a batch sent again is recognised and one out of order is refused
// (`ProducerStateManager`, `ProducerStateEntry` and `ProducerAppendInfo` of Kafka; KIP-98, KIP-360).
//
// Built from the newest snapshot and the batches after it; `check` before an append, `update` after.
//
// Lives on: anywhere (pure; one per log). Hot: once per idempotent batch.

import { failure, success } from "../base/outcome.ts";
import type { Outcome } from "../base/outcome.ts";
import type { BatchInfo } from "./batch-info.ts";
import type { ProducerSnapshotEntry } from "./producer-snapshot.ts";
import { decodeProducerSnapshot, encodeProducerSnapshot } from "./producer-snapshot.ts";

/** A client may have five batches in flight; `NUM_BATCHES_TO_RETAIN` of Kafka. */
export const BATCHES_REMEMBERED = 5;

const SEQUENCE_MAX = 0x7fff_ffff;
const NO_SEQUENCE = -1;
const NO_EPOCH = -1;

/** Values of Kafka's error codes; storage does not know the whole table. */
export const OUT_OF_ORDER_SEQUENCE_NUMBER = 45;
export const INVALID_PRODUCER_EPOCH = 47;
export const INVALID_TXN_STATE = 48;

export type ProducerErrorCode =
  | typeof OUT_OF_ORDER_SEQUENCE_NUMBER
  | typeof INVALID_PRODUCER_EPOCH
  | typeof INVALID_TXN_STATE;

export type ProducerCheck =
  | { readonly kind: "append" }
  /** The very same batch is in the log already: the answer is that of its first append. */
  | {
      readonly kind: "duplicate";
      readonly baseOffset: number;
      readonly lastOffset: number;
      readonly timestamp: number;
    }
  | { readonly kind: "error"; readonly code: ProducerErrorCode; readonly detail: string };

const APPEND: ProducerCheck = { kind: "append" };

type RememberedBatch = {
  readonly firstSequence: number;
  readonly lastSequence: number;
  readonly firstOffset: number;
  readonly lastOffset: number;
  readonly timestamp: number;
};

type ProducerState = {
  epoch: number;
  coordinatorEpoch: number;
  /** The largest timestamp of the last batch or marker: record time, not the wall clock. */
  lastTimestamp: number;
  /** -1: no transaction is open. */
  transactionFirstOffset: number;
  /** By the wall clock of this process: record time may be of any year. */
  heardOfMs: number;
  /** Oldest first, at most `BATCHES_REMEMBERED`. */
  readonly batches: RememberedBatch[];
};

/** What DescribeProducers tells. */
export type ActiveProducer = {
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly lastSequence: number;
  readonly lastTimestampMs: number;
  readonly coordinatorEpoch: number;
  readonly currentTransactionStartOffset: number;
};

export class ProducerStates {
  private readonly byId = new Map<number, ProducerState>();
  private openTransactions = 0;
  private end = 0;
  expirationMs: number;

  constructor(expirationMs: number) {
    this.expirationMs = expirationMs;
  }

  get size(): number {
    return this.byId.size;
  }

  /** The states tell of every batch below this offset. */
  get endOffset(): number {
    return this.end;
  }

  /** Whether the batch may be appended, has been already, or breaks the producer's order. */
  check(info: BatchInfo, nowMs: number): ProducerCheck {
    if (info.producerId < 0) return APPEND;
    const state = this.byId.get(info.producerId);
    if (state === undefined || this.isExpired(state, nowMs)) return APPEND;
    const same = findSame(state, info);
    if (same !== undefined) {
      const { firstOffset, lastOffset, timestamp } = same;
      return { kind: "duplicate", baseOffset: firstOffset, lastOffset, timestamp };
    }
    if (info.producerEpoch < state.epoch) {
      return refuse(INVALID_PRODUCER_EPOCH, `epoch ${info.producerEpoch} is below ${state.epoch}`);
    }
    if (info.isControl) return APPEND;
    // Commits of offsets inside a transaction come from the coordinator, without sequences.
    if (info.baseSequence >= 0 && !isInOrder(state, info)) {
      const expected = state.batches.at(-1)?.lastSequence ?? NO_SEQUENCE;
      return refuse(
        OUT_OF_ORDER_SEQUENCE_NUMBER,
        `sequence ${info.baseSequence} at epoch ${info.producerEpoch} after sequence ${expected} ` +
          `at epoch ${state.epoch}`,
      );
    }
    if (state.transactionFirstOffset >= 0 && !info.isTransactional) {
      return refuse(INVALID_TXN_STATE, "a batch outside the transaction that is open");
    }
    return APPEND;
  }

  /** Takes a batch that is now in the log, in log order. What was checked is not checked again. */
  update(info: BatchInfo, nowMs: number): void {
    this.end = info.lastOffset + 1;
    if (info.producerId < 0) return;
    const state = this.stateOf(info, nowMs);
    if (info.producerEpoch !== state.epoch) {
      state.epoch = info.producerEpoch;
      state.batches.length = 0;
    }
    state.heardOfMs = nowMs;
    state.lastTimestamp = info.maxTimestamp;
    if (info.isControl) this.endTransaction(state);
    else this.remember(state, info);
  }

  /** Forgets producers that have been idle for too long. For now and then, not for every batch. */
  removeExpired(nowMs: number): number {
    let removed = 0;
    for (const [producerId, state] of this.byId) {
      if (!this.isExpired(state, nowMs)) continue;
      this.byId.delete(producerId);
      removed += 1;
    }
    return removed;
  }

  /** The offset of the oldest record whose transaction is open; null when there is none. */
  firstOpenOffset(): number | null {
    if (this.openTransactions === 0) return null;
    let first = Infinity;
    for (const { transactionFirstOffset } of this.byId.values()) {
      if (transactionFirstOffset >= 0) first = Math.min(first, transactionFirstOffset);
    }
    return first;
  }

  describe(nowMs: number): ActiveProducer[] {
    const active: ActiveProducer[] = [];
    for (const [producerId, state] of this.byId) {
      if (this.isExpired(state, nowMs)) continue;
      active.push({
        producerId,
        producerEpoch: state.epoch,
        lastSequence: state.batches.at(-1)?.lastSequence ?? NO_SEQUENCE,
        lastTimestampMs: state.lastTimestamp,
        coordinatorEpoch: state.coordinatorEpoch,
        currentTransactionStartOffset: state.transactionFirstOffset,
      });
    }
    return active;
  }

  /** By producer: the offset of its last record. The batch that ends there has its last sequence. */
  lastOffsets(nowMs: number): Map<number, number> {
    const offsets = new Map<number, number>();
    for (const [producerId, state] of this.byId) {
      const last = state.batches.at(-1);
      if (last === undefined || this.isExpired(state, nowMs)) continue;
      offsets.set(producerId, last.lastOffset);
    }
    return offsets;
  }

  /** Forgets everything; the log starts anew at `endOffset`. */
  clear(endOffset: number): void {
    this.byId.clear();
    this.openTransactions = 0;
    this.end = endOffset;
  }

  /** Offsets below `endOffset` need not be told any more: nothing of them is in the log. */
  skipTo(endOffset: number): void {
    this.end = Math.max(this.end, endOffset);
  }

  /** Kafka's snapshot of the states as they are. It holds one batch per producer, as Kafka's does. */
  snapshot(): Uint8Array {
    const entries: ProducerSnapshotEntry[] = [];
    for (const [producerId, state] of this.byId) {
      const last = state.batches.at(-1);
      entries.push({
        producerId,
        producerEpoch: state.epoch,
        lastSequence: last?.lastSequence ?? NO_SEQUENCE,
        lastOffset: last?.lastOffset ?? -1,
        offsetDelta: last === undefined ? 0 : last.lastOffset - last.firstOffset,
        timestamp: state.lastTimestamp,
        coordinatorEpoch: state.coordinatorEpoch,
        currentTransactionFirstOffset: state.transactionFirstOffset,
      });
    }
    return encodeProducerSnapshot(entries);
  }

  /** Replaces everything by a snapshot taken at `offset`; nothing is changed when it is corrupt. */
  load(bytes: Uint8Array, offset: number, nowMs: number): Outcome<null> {
    const decoded = decodeProducerSnapshot(bytes);
    if (!decoded.ok) return decoded;
    if (decoded.value.some((entry) => entry.lastOffset >= offset)) {
      return failure("corrupt", `it tells of offsets from ${offset} on`);
    }
    this.clear(offset);
    for (const entry of decoded.value) {
      const transactionFirstOffset = entry.currentTransactionFirstOffset;
      if (transactionFirstOffset >= 0) this.openTransactions += 1;
      this.byId.set(entry.producerId, {
        epoch: entry.producerEpoch,
        coordinatorEpoch: entry.coordinatorEpoch,
        lastTimestamp: entry.timestamp,
        transactionFirstOffset,
        heardOfMs: nowMs,
        batches: entry.lastOffset < 0 ? [] : [lastBatchOf(entry)],
      });
    }
    return success(null);
  }

  private stateOf(info: BatchInfo, nowMs: number): ProducerState {
    let state = this.byId.get(info.producerId);
    if (state !== undefined && !this.isExpired(state, nowMs)) return state;
    state = {
      epoch: info.producerEpoch,
      coordinatorEpoch: -1,
      lastTimestamp: -1,
      transactionFirstOffset: -1,
      heardOfMs: nowMs,
      batches: [],
    };
    this.byId.set(info.producerId, state);
    return state;
  }

  private remember(state: ProducerState, info: BatchInfo): void {
    if (state.batches.length >= BATCHES_REMEMBERED) state.batches.shift();
    state.batches.push({
      firstSequence: info.baseSequence,
      lastSequence: info.lastSequence,
      firstOffset: info.baseOffset,
      lastOffset: info.lastOffset,
      timestamp: info.maxTimestamp,
    });
    if (info.isTransactional && state.transactionFirstOffset < 0) {
      state.transactionFirstOffset = info.baseOffset;
      this.openTransactions += 1;
    }
  }

  private endTransaction(state: ProducerState): void {
    if (state.transactionFirstOffset < 0) return;
    state.transactionFirstOffset = -1;
    this.openTransactions -= 1;
  }

  private isExpired(state: ProducerState, nowMs: number): boolean {
    return state.transactionFirstOffset < 0 && nowMs - state.heardOfMs >= this.expirationMs;
  }
}

function findSame(state: ProducerState, info: BatchInfo): RememberedBatch | undefined {
  if (info.producerEpoch !== state.epoch || info.baseSequence < 0) return undefined;
  return state.batches.find(
    (batch) =>
      batch.firstSequence === info.baseSequence && batch.lastSequence === info.lastSequence,
  );
}

function isInOrder(state: ProducerState, info: BatchInfo): boolean {
  if (info.producerEpoch !== state.epoch) {
    return info.baseSequence === 0 || state.epoch === NO_EPOCH;
  }
  if (state.epoch === NO_EPOCH) return true;
  const last = state.batches.at(-1)?.lastSequence ?? NO_SEQUENCE;
  return info.baseSequence === (last === SEQUENCE_MAX ? 0 : last + 1);
}

function lastBatchOf(entry: ProducerSnapshotEntry): RememberedBatch {
  const { lastSequence, lastOffset, offsetDelta, timestamp } = entry;
  const firstSequence = lastSequence - offsetDelta;
  return {
    // Sequences wrap: 0 follows 2^31 - 1.
    firstSequence: firstSequence < 0 ? firstSequence + SEQUENCE_MAX + 1 : firstSequence,
    lastSequence,
    firstOffset: lastOffset - offsetDelta,
    lastOffset,
    timestamp,
  };
}

function refuse(code: ProducerErrorCode, detail: string): ProducerCheck {
  return { kind: "error", code, detail };
}
