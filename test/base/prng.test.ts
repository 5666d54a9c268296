// The seeded generator: the same seed gives the same run, streams do not disturb each other.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Prng } from "../../src/base/prng.ts";

const draw = (prng: Prng, count: number) => Array.from({ length: count }, () => prng.uint32());

test("the same seed and name give the same numbers, today and next year", () => {
  assert.deepEqual(draw(new Prng(7, "disk"), 50), draw(new Prng(7, "disk"), 50));
  // Kept seeds must keep their meaning: these numbers may never change.
  assert.deepEqual(draw(new Prng(1), 4), [3709137084, 2538713937, 1993257824, 2028973846]);
  assert.deepEqual(draw(new Prng(2 ** 40 + 5, "net"), 2), [2960907637, 1931982822]);
});

test("another seed, another name or another upper half give other numbers", () => {
  const first = draw(new Prng(7, "disk"), 8);
  for (const other of [new Prng(8, "disk"), new Prng(7, "disc"), new Prng(7 + 2 ** 32, "disk")]) {
    assert.notDeepEqual(draw(other, 8), first);
  }
});

test("a stream does not depend on what was drawn before it was made", () => {
  const root = new Prng(3);
  const before = draw(root.stream("net"), 5);
  draw(root, 100);
  assert.deepEqual(draw(root.stream("net"), 5), before);
  assert.deepEqual(draw(root.stream("net").stream("a"), 5), draw(new Prng(3, "net/a"), 5));
});

test("numbers spread evenly and stay inside their bounds", () => {
  const prng = new Prng(42);
  const counts = Array.from({ length: 10 }, () => 0);
  for (let round = 0; round < 100_000; round++) {
    const drawn = prng.below(10);
    counts[drawn] = counts[drawn]! + 1;
    const between = prng.between(-3, 3);
    assert.ok(between >= -3 && between <= 3);
    const float = prng.float();
    assert.ok(float >= 0 && float < 1);
  }
  for (const count of counts) assert.ok(Math.abs(count - 10_000) < 500, String(counts));
  assert.equal(prng.below(1), 0);
  assert.ok(prng.below(2 ** 32) < 2 ** 32);
  const hits = Array.from({ length: 10_000 }, () => prng.chance(0.25)).filter(Boolean).length;
  assert.ok(Math.abs(hits - 2500) < 250, String(hits));
});

test("shuffle keeps all items, pick takes one of them, bytes has the length asked for", () => {
  const prng = new Prng(9);
  const items = Array.from({ length: 20 }, (_, at) => at);
  assert.deepEqual(
    prng.shuffle([...items]).sort((a, b) => a - b),
    items,
  );
  assert.ok(items.includes(prng.pick(items)));
  for (const length of [0, 1, 3, 4, 17]) assert.equal(prng.bytes(length).length, length);
});
