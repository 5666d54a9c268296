// Where records go: as Java's clients send them.

import assert from "node:assert/strict";
import { test } from "node:test";
import { murmur2, partitionOfKey, StickyPartitions } from "../../src/client/partitioner.ts";

const utf8 = new TextEncoder();

test("murmur2 gives the values that Kafka's own tests expect", () => {
  const expected: [string, number][] = [
    ["21", -973932308],
    ["foobar", -790332482],
    ["a-little-bit-long-string", -985981536],
    ["a-little-bit-longer-string", -1486304829],
    ["lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971],
    ["abc", 479470107],
  ];
  for (const [text, hash] of expected) assert.equal(murmur2(utf8.encode(text)), hash, text);
});

test("a key always goes to one partition, in range", () => {
  for (let number = 0; number < 500; number++) {
    const index = partitionOfKey(utf8.encode(`key ${number}`), 7);
    assert.ok(index >= 0 && index < 7);
    assert.equal(partitionOfKey(utf8.encode(`key ${number}`), 7), index);
  }
});

test("without a key: one partition until its batch has left, then the next one", () => {
  const sticky = new StickyPartitions(5);
  let isOpen = false;
  const pick = () => sticky.pick("t", 3, () => isOpen);
  assert.equal(pick(), 2);
  isOpen = true;
  assert.deepEqual([pick(), pick()], [2, 2]);
  isOpen = false;
  assert.equal(pick(), 0);
  assert.equal(
    sticky.pick("other", 3, () => true),
    2,
  );
  // The topic may come back smaller.
  isOpen = true;
  sticky.pick("t", 3, () => false);
  assert.ok(sticky.pick("t", 1, () => true) === 0);
});
