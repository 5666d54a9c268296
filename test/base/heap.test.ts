// The heap against a sorted list.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { MinHeap } from "../../src/base/heap.ts";

test("values come out by key, and equal keys in the order they went in", () => {
  const steps = fc.array(fc.option(fc.nat(9), { nil: null }), { maxLength: 200 });
  fc.assert(
    fc.property(steps, (keysOrPops) => {
      const heap = new MinHeap<number>();
      const model: { key: number; id: number }[] = [];
      keysOrPops.forEach((key, id) => {
        if (key !== null) {
          heap.push(key, id);
          model.push({ key, id });
          // A stable sort keeps the order of arrival among equals.
          model.sort((a, b) => a.key - b.key);
        } else {
          assert.equal(heap.peekKey(), model[0]?.key);
          assert.equal(heap.peek(), model[0]?.id);
          assert.equal(heap.pop(), model.shift()?.id);
        }
        assert.equal(heap.size, model.length);
      });
      while (model.length > 0) assert.equal(heap.pop(), model.shift()?.id);
      assert.equal(heap.pop(), undefined);
    }),
  );
});

test("clear empties it and it can be used again", () => {
  const heap = new MinHeap<string>();
  heap.push(1, "a");
  heap.clear();
  assert.equal(heap.size, 0);
  heap.push(2, "b");
  assert.equal(heap.pop(), "b");
});
