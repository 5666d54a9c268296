import { strict as assert } from "node:assert";
import { test } from "node:test";
import { failure, success } from "../../../src/base/outcome.ts";
import type { MetadataRecord } from "../../../src/protocol/records/metadata-record.ts";
import { memoryDisk } from "../../../src/storage/memory-disk.ts";
import { BAR, FOO, partition, Stage, topic } from "./stage.ts";

const CLEAN = { isDue: false, dirtyRatio: 0.2 };
const report = success({
  cleanedTo: 5,
  keysMapped: 1,
  bytesRead: 2,
  bytesWritten: 1,
  segmentsBefore: 1,
  segmentsAfter: 1,
});

function config(resourceName: string, name: string, value: string, type = 2): MetadataRecord {
  return { kind: "ConfigRecord", value: { resourceType: type, resourceName, name, value } };
}

/** `foo` has two partitions and is compacted, `bar` is not. */
function compactedStage(properties: Readonly<Record<string, string>> = {}): Stage {
  const it = new Stage(() => {}, memoryDisk(), properties);
  const foo = [topic(FOO, "foo"), partition(FOO, 0), partition(FOO, 1)];
  const bar = [topic(BAR, "bar"), partition(BAR, 0)];
  it.replaceImage(...foo, ...bar, config("foo", "cleanup.policy", "compact"));
  it.answerAll();
  return it;
}

function asked(it: Stage, message: string): string[] {
  const waiting = it.heard(message).filter(({ answered }) => !answered);
  return waiting.map(({ who }) => who.slice("partition ".length));
}

test("the dirtiest log that is due is compacted, then the next, then there is a pause", () => {
  const it = compactedStage();
  it.harness.advance(14_000);
  assert.deepEqual(asked(it, "cleanable"), []);
  it.harness.advance(1_000);
  assert.deepEqual(asked(it, "cleanable"), [`${FOO}-0`, `${FOO}-1`]);
  it.harness.answer("cleanable", { isDue: true, dirtyRatio: 0.6 });
  it.harness.answer("cleanable", { isDue: true, dirtyRatio: 0.7 });
  assert.deepEqual(asked(it, "compact"), [`${FOO}-1`]);
  it.harness.advance(600_000);
  assert.deepEqual(asked(it, "compact"), [`${FOO}-1`], "one at a time");

  it.harness.answer("compact", report);
  it.harness.answer("cleanable", { isDue: true, dirtyRatio: 0.6 });
  it.harness.answer("cleanable", CLEAN);
  assert.deepEqual(asked(it, "compact"), [`${FOO}-0`]);
  it.harness.answer("compact", report);
  it.harness.answer("cleanable", CLEAN);
  it.harness.answer("cleanable", CLEAN);
  assert.deepEqual(asked(it, "cleanable"), []);
  // What has been compacted is noted before the pause.
  it.answerAll();
  assert.equal(it.checkpoint("cleaner-offset-checkpoint"), "0\n3\nbar 0 5\nfoo 0 5\nfoo 1 5\n");
  it.harness.advance(15_000);
  assert.deepEqual(asked(it, "cleanable"), [`${FOO}-0`, `${FOO}-1`]);
});

test("a log that could not be compacted keeps nobody waiting, and is asked again after the pause", () => {
  const it = compactedStage();
  it.harness.advance(15_000);
  it.harness.answer("cleanable", { isDue: true, dirtyRatio: 0.9 });
  it.harness.answer("cleanable", { isDue: true, dirtyRatio: 0.6 });
  assert.deepEqual(asked(it, "compact"), [`${FOO}-0`]);
  it.harness.answer("compact", failure("ENOSPC", "full"));
  assert.deepEqual(asked(it, "cleanable"), [`${FOO}-1`]);
  it.harness.answer("cleanable", { isDue: true, dirtyRatio: 0.6 });
  it.harness.answer("compact", report);
  it.harness.answer("cleanable", CLEAN);
  it.answerAll();
  it.harness.advance(15_000);
  assert.deepEqual(asked(it, "cleanable"), [`${FOO}-0`, `${FOO}-1`]);
});

test("memory and speed are the configured ones, also when they are changed", () => {
  const it = compactedStage({ "log.cleaner.dedupe.buffer.size": "5000000" });
  const compactArgs = () => {
    it.harness.take("compact");
    it.harness.advance(15_000);
    it.harness.answer("cleanable", { isDue: true, dirtyRatio: 0.9 });
    it.harness.answer("cleanable", CLEAN);
    const [heard] = it.heard("compact");
    it.harness.answer("compact", failure("refused", "this is a test"));
    it.harness.answer("cleanable", CLEAN);
    return heard?.args;
  };
  const { chunkBytes, mapBytes, mapLoadFactor } = compactArgs()!;
  assert.deepEqual([chunkBytes, mapBytes, mapLoadFactor], [262_144, 5_000_000, 0.9]);
  it.change(
    config("", "log.cleaner.io.max.bytes.per.second", "1000000", 4),
    config("", "log.cleaner.io.buffer.size", "1000", 4),
  );
  it.answerAll();
  const changed = compactArgs()!;
  assert.deepEqual([changed["bytesPerSecondMax"], changed["chunkBytes"]], [1_000_000, 4_096]);
});

test("a pause that is made shorter is over sooner", () => {
  const it = compactedStage({ "log.cleaner.backoff.ms": "3600000" });
  it.harness.advance(100_000);
  it.change(config("", "log.cleaner.backoff.ms", "1000", 4));
  it.answerAll();
  it.harness.advance(1_000);
  assert.deepEqual(asked(it, "cleanable").length, 2);
});

for (const [key, value] of [
  ["log.cleaner.enable", "false"],
  ["log.cleaner.threads", "0"],
] as const) {
  test(`nothing is compacted with ${key}=${value}`, () => {
    const it = compactedStage({ [key]: value });
    it.harness.advance(100_000);
    assert.deepEqual(it.heard("cleanable"), []);
  });
}
