import { strict as assert } from "node:assert";
import { test } from "node:test";
import { Journal } from "../../../src/actors/group/journal.ts";
import type { GroupRecord } from "../../../src/actors/group/records.ts";
import { partitionRef } from "../../../src/actors/partition/messages.ts";
import { failure, success } from "../../../src/base/outcome.ts";
import { ErrorCode } from "../../../src/protocol/error-codes.ts";
import { recordsOf } from "../../../src/protocol/record-batch.ts";
import { bytes, text } from "./stage.ts";

const record = (name: string, size = 0): GroupRecord => ({
  key: bytes(name),
  value: new Uint8Array(size),
});

/** A journal whose batches the test answers one by one. */
function stage() {
  const batches: string[][] = [];
  const settled: string[] = [];
  const timers: number[] = [];
  let nowMs = 0;
  const world = {
    wallMs: () => 1_700_000_000_000,
    monotonicMs: () => nowMs,
    uint32: () => 0,
    bytes: (length: number) => new Uint8Array(length),
  };
  const out = {
    ask: (_to: unknown, _kind: unknown, { batch }: { batch: Uint8Array }) => {
      batches.push([...recordsOf(batch, 0)].map(({ key }) => text(key!)));
    },
    startTimer: (_name: unknown, delayMs: number) => void timers.push(delayMs),
    stopTimer: () => void timers.pop(),
  };
  const journal = new Journal(out, world, partitionRef("T", 0));
  const reply = {
    baseOffset: 0,
    logAppendTimeMs: -1,
    logStartOffset: 0,
    recordErrors: [],
    errorMessage: null,
  };
  const heard =
    (name: string) =>
    (errorCode: ErrorCode): void => {
      settled.push(errorCode === ErrorCode.NONE ? name : `${name} failed ${errorCode}`);
    };
  return {
    journal,
    batches,
    settled,
    timers,
    heard,
    pass: (ms: number) => {
      nowMs += ms;
    },
    append: (name: string, size = 0) => journal.append([record(name, size)], heard(name)),
    alone: (name: string, make: () => readonly GroupRecord[] = () => [record(name)]) =>
      journal.appendAlone(make, heard(name)),
    answer: (errorCode: ErrorCode = ErrorCode.NONE) =>
      journal.appended(success({ ...reply, errorCode })),
  };
}

test("what comes while a batch is under way leaves together as the next, in order", () => {
  const { append, answer, batches, settled, journal } = stage();
  for (const name of ["a", "b", "c"]) append(name);
  assert.deepEqual(batches, [["a"]]);
  answer();
  assert.deepEqual([batches, settled], [[["a"], ["b", "c"]], ["a"]]);
  assert.ok(!journal.isIdle);
  answer();
  assert.deepEqual(settled, ["a", "b", "c"]);
  assert.ok(journal.isIdle);
});

test("an entry that is alone is made when all before it are settled", () => {
  const { append, alone, answer, batches, settled } = stage();
  append("a");
  append("b");
  let seen: string[] = [];
  alone("alone", () => {
    seen = [...settled];
    return [record("alone")];
  });
  append("c");
  answer();
  answer();
  assert.deepEqual(seen, ["a", "b"]);
  assert.deepEqual(batches, [["a"], ["b"], ["alone"]]);
  answer();
  assert.deepEqual(batches.at(-1), ["c"]);
});

test("an entry that comes to nothing is settled without a write", () => {
  const { append, alone, answer, batches, settled } = stage();
  alone("nothing", () => []);
  assert.deepEqual([batches, settled], [[], ["nothing"]]);
  append("a");
  alone("nothing either", () => []);
  append("b");
  answer();
  assert.deepEqual(batches, [["a"], ["b"]]);
  assert.deepEqual(settled, ["nothing", "a", "nothing either"]);
});

test("an entry that is too large by itself spoils none of those that left with it", () => {
  const { append, answer, batches, settled, journal } = stage();
  for (const name of ["a", "b", "c", "large", "d", "e", "f"]) append(name);
  for (let at = 0; !journal.isIdle; at++) {
    answer(batches[at]!.includes("large") ? ErrorCode.MESSAGE_TOO_LARGE : ErrorCode.NONE);
  }
  const failed = `large failed ${ErrorCode.MESSAGE_TOO_LARGE}`;
  assert.deepEqual(settled, ["a", "b", "c", failed, "d", "e", "f"]);
});

test("a batch that is refused: all of it hear why, what comes after is tried", () => {
  const { append, answer, settled, journal } = stage();
  append("a");
  append("b");
  append("c");
  answer();
  answer(ErrorCode.NOT_ENOUGH_REPLICAS);
  append("d");
  journal.appended(failure("stopped", "it is gone"));
  const { COORDINATOR_NOT_AVAILABLE, NOT_COORDINATOR } = ErrorCode;
  assert.deepEqual(settled, [
    "a",
    `b failed ${COORDINATOR_NOT_AVAILABLE}`,
    `c failed ${COORDINATOR_NOT_AVAILABLE}`,
    `d failed ${NOT_COORDINATOR}`,
  ]);
});

test("a batch has a bound in bytes, a single entry may be larger", () => {
  const { append, answer, batches } = stage();
  append("first");
  append("large", 600_000);
  append("small");
  answer();
  assert.deepEqual(batches, [["first"], ["large"]]);
  answer();
  assert.deepEqual(batches.at(-1), ["small"]);
});

test("entries that wait for a stuck disk are bounded", () => {
  const { append, settled, answer } = stage();
  for (let i = 0; i < 10_001; i++) append(String(i));
  assert.deepEqual(settled, []);
  append("too many");
  assert.deepEqual(settled, [`too many failed ${ErrorCode.COORDINATOR_NOT_AVAILABLE}`]);
  answer();
  answer();
  append("again");
  answer();
  assert.equal(settled.at(-1), "again");
});

test("what is appended while others hear of their batch waits for its turn", () => {
  const { journal, append, answer, batches, heard } = stage();
  journal.append([record("a")], () => journal.append([record("after a")], heard("after a")));
  append("b");
  answer();
  assert.deepEqual(batches, [["a"], ["b", "after a"]]);
});

test("where a sync takes long, those who have just been answered are waited for, a little", () => {
  const { append, answer, pass, batches, timers, journal } = stage();
  append("a");
  append("b");
  append("c");
  pass(20);
  answer();
  assert.deepEqual(batches, [["a"], ["b", "c"]], "one alone is not waited for");
  append("a");
  pass(20);
  answer();
  assert.deepEqual([batches.length, timers], [2, [2]]);
  append("b");
  assert.equal(batches.length, 2);
  append("c");
  assert.deepEqual([batches.at(-1), timers], [["a", "b", "c"], []]);
  pass(20);
  answer();
  append("a");
  assert.deepEqual([batches.at(-1), journal.isIdle], [["a", "b", "c"], false]);
  journal.due();
  assert.deepEqual(batches.at(-1), ["a"]);
});
