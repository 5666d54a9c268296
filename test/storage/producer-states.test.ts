import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { BatchInfo } from "../../src/storage/batch-info.ts";
import {
  INVALID_PRODUCER_EPOCH,
  INVALID_TXN_STATE,
  OUT_OF_ORDER_SEQUENCE_NUMBER,
  ProducerStates,
} from "../../src/storage/producer-states.ts";

const DAY_MS = 86_400_000;
const LAST_SEQUENCE = 0x7fff_ffff;

type Draft = Partial<BatchInfo> & { readonly count?: number };

function infoOf(baseOffset: number, baseSequence: number, draft: Draft = {}): BatchInfo {
  const { count = 1, ...rest } = draft;
  return {
    sizeBytes: 100,
    baseOffset,
    lastOffset: baseOffset + count - 1,
    leaderEpoch: 0,
    maxTimestamp: 1000 + baseOffset,
    producerId: 9,
    producerEpoch: 0,
    baseSequence,
    lastSequence: (baseSequence + count - 1) % (LAST_SEQUENCE + 1),
    isTransactional: false,
    isControl: false,
    ...rest,
  };
}

/** What the check of a batch comes to, in one word. */
function verdict(states: ProducerStates, info: BatchInfo, nowMs = 0): string | number {
  const check = states.check(info, nowMs);
  if (check.kind === "error") return check.code;
  return check.kind === "duplicate" ? `duplicate of ${check.baseOffset}` : "append";
}

function statesWith(...infos: readonly BatchInfo[]): ProducerStates {
  const states = new ProducerStates(DAY_MS);
  for (const info of infos) {
    assert.equal(verdict(states, info), "append");
    states.update(info, 0);
  }
  return states;
}

describe("producer states", () => {
  it("takes what has no producer id, whatever it says", () => {
    const states = new ProducerStates(DAY_MS);
    const plain = infoOf(0, -1, { producerId: -1, producerEpoch: -1 });
    assert.equal(verdict(states, plain), "append");
    states.update(plain, 0);
    assert.equal(states.size, 0);
    assert.equal(states.endOffset, 1);
  });

  it("recognises the last five batches, and tells their first offsets", () => {
    const infos = [0, 1, 2, 3, 4, 5].map((at) => infoOf(at * 10, at * 3, { count: 3 }));
    const states = statesWith(...infos);
    for (const info of infos.slice(1)) {
      assert.equal(verdict(states, { ...info, baseOffset: 99 }), `duplicate of ${info.baseOffset}`);
    }
    assert.equal(verdict(states, infos[0]!), OUT_OF_ORDER_SEQUENCE_NUMBER);
    // Same first sequence, another last one: not the same batch.
    const longer = infoOf(99, 15, { count: 4 });
    assert.equal(verdict(states, longer), OUT_OF_ORDER_SEQUENCE_NUMBER);
  });

  it("wants sequences without gaps", () => {
    const states = statesWith(infoOf(0, 0, { count: 3 }));
    assert.equal(verdict(states, infoOf(3, 3)), "append");
    assert.equal(verdict(states, infoOf(3, 4)), OUT_OF_ORDER_SEQUENCE_NUMBER);
    assert.equal(verdict(states, infoOf(3, 2)), OUT_OF_ORDER_SEQUENCE_NUMBER);
  });

  it("goes on at 0 after the largest sequence", () => {
    const states = statesWith(infoOf(0, LAST_SEQUENCE));
    assert.equal(verdict(states, infoOf(1, 0)), "append");
    const over = statesWith(infoOf(0, LAST_SEQUENCE - 1, { count: 4 }));
    assert.equal(verdict(over, infoOf(4, 2)), "append");
    assert.equal(verdict(over, infoOf(4, 0)), OUT_OF_ORDER_SEQUENCE_NUMBER);
    assert.equal(verdict(over, infoOf(4, LAST_SEQUENCE - 1, { count: 4 })), "duplicate of 0");
  });

  it("takes any sequence from a producer it does not know", () => {
    assert.equal(verdict(new ProducerStates(DAY_MS), infoOf(0, 1234)), "append");
  });

  it("fences older epochs, and begins newer ones at 0", () => {
    const states = statesWith(infoOf(0, 0, { producerEpoch: 3 }));
    assert.equal(verdict(states, infoOf(1, 1, { producerEpoch: 2 })), INVALID_PRODUCER_EPOCH);
    assert.equal(verdict(states, infoOf(1, 1, { producerEpoch: 4 })), OUT_OF_ORDER_SEQUENCE_NUMBER);
    const next = infoOf(1, 0, { producerEpoch: 4 });
    assert.equal(verdict(states, next), "append");
    states.update(next, 0);
    // Sequence 0 of the epoch before is not a duplicate of this one's.
    assert.equal(verdict(states, infoOf(2, 0, { producerEpoch: 3 })), INVALID_PRODUCER_EPOCH);
    assert.equal(verdict(states, infoOf(2, 0, { producerEpoch: 4 })), "duplicate of 1");
  });

  it("forgets producers that are idle too long, by the wall clock and not by record time", () => {
    const states = new ProducerStates(DAY_MS);
    states.update(infoOf(0, 0, { maxTimestamp: 5 }), 1_000);
    const late = infoOf(1, 77);
    assert.equal(verdict(states, late, 1_000 + DAY_MS - 1), OUT_OF_ORDER_SEQUENCE_NUMBER);
    assert.equal(verdict(states, late, 1_000 + DAY_MS), "append");
    assert.equal(states.removeExpired(1_000 + DAY_MS - 1), 0);
    assert.equal(states.removeExpired(1_000 + DAY_MS), 1);
    assert.equal(states.size, 0);
  });

  it("knows where the oldest open transaction began", () => {
    const open = { isTransactional: true };
    const states = statesWith(
      infoOf(0, 0, { ...open, producerId: 1 }),
      infoOf(1, 0, { ...open, producerId: 2 }),
      infoOf(2, 1, { ...open, producerId: 1 }),
    );
    assert.equal(states.firstOpenOffset(), 0);
    assert.equal(verdict(states, infoOf(3, 2, { producerId: 1 })), INVALID_TXN_STATE);
    const marker = { isControl: true, isTransactional: true, baseSequence: -1, lastSequence: -1 };
    states.update(infoOf(3, -1, { ...marker, producerId: 1 }), 0);
    assert.equal(states.firstOpenOffset(), 1);
    states.update(infoOf(4, -1, { ...marker, producerId: 2 }), 0);
    assert.equal(states.firstOpenOffset(), null);
    assert.equal(verdict(states, infoOf(5, 2, { producerId: 1 })), "append");
    // A transaction that is open keeps its producer from being forgotten.
    states.update(infoOf(5, 2, { ...open, producerId: 1 }), 0);
    assert.equal(states.removeExpired(10 * DAY_MS), 1);
    assert.equal(states.firstOpenOffset(), 5);
  });

  it("comes back from a snapshot with the last batch of each producer", () => {
    const states = statesWith(
      infoOf(0, 0, { count: 2 }),
      infoOf(2, 2, { count: 3 }),
      infoOf(5, 0, { producerId: 4, producerEpoch: 6, isTransactional: true }),
    );
    const loaded = new ProducerStates(DAY_MS);
    assert.ok(loaded.load(states.snapshot(), 6, 0).ok);
    assert.equal(loaded.endOffset, 6);
    assert.equal(loaded.firstOpenOffset(), 5);
    assert.equal(verdict(loaded, infoOf(6, 2, { count: 3 })), "duplicate of 2");
    assert.equal(verdict(loaded, infoOf(6, 5)), "append");
    assert.deepEqual(loaded.describe(0), states.describe(0));
    assert.deepEqual(loaded.snapshot(), states.snapshot());
  });

  it("refuses a snapshot of another log, and keeps what it had", () => {
    const states = statesWith(infoOf(0, 0));
    const other = statesWith(infoOf(50, 0));
    assert.ok(!states.load(other.snapshot(), 10, 0).ok);
    assert.ok(!states.load(new Uint8Array(3), 10, 0).ok);
    assert.equal(verdict(states, infoOf(1, 0)), "duplicate of 0");
  });

  it("takes each batch of a producer that retries exactly once, in order", () => {
    // A client with five in flight sends any of them again, at any time.
    fc.assert(
      fc.property(fc.array(fc.nat(4), { maxLength: 200 }), fc.nat(3), (choices, wrap) => {
        const states = new ProducerStates(DAY_MS);
        const first = wrap === 0 ? LAST_SEQUENCE - 5 : 0;
        const sequenceOf = (number: number): number => (first + number * 2) % (LAST_SEQUENCE + 1);
        const log: number[] = [];
        for (const ahead of choices) {
          const number = Math.max(0, log.length - 4) + ahead;
          const info = infoOf(log.length * 2, sequenceOf(number), { count: 2 });
          const check = states.check(info, 0);
          if (number === log.length) {
            assert.equal(check.kind, "append");
            states.update(info, 0);
            log.push(number);
          } else if (number < log.length) {
            assert.ok(check.kind === "duplicate" && check.baseOffset === number * 2);
          } else if (log.length > 0) {
            assert.ok(check.kind === "error" && check.code === OUT_OF_ORDER_SEQUENCE_NUMBER);
          }
        }
      }),
    );
  });
});
