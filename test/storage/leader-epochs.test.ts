import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { LeaderEpochCache } from "../../src/storage/leader-epochs.ts";

function cacheOf(...entries: readonly (readonly [number, number])[]): LeaderEpochCache {
  const cache = new LeaderEpochCache();
  for (const [epoch, startOffset] of entries) cache.assign(epoch, startOffset);
  return cache;
}

const pairsOf = (cache: LeaderEpochCache): number[][] =>
  cache.entries.map(({ epoch, startOffset }) => [epoch, startOffset]);

describe("leader epochs", () => {
  it("answers where an epoch ended as Kafka does", () => {
    const cache = cacheOf([2, 5], [4, 10], [7, 20]);
    const answers: [number, number, number][] = [
      [7, 7, 30], // the latest: the log's end
      [4, 4, 20],
      [5, 4, 20], // unknown: the latest before it
      [6, 4, 20],
      [3, 2, 10],
      [2, 2, 10],
      [1, 1, 5], // before all that is known: the start of the first
      [0, 0, 5],
      [-2, -2, 5], // only -1 stands for none
      [8, -1, -1], // after all that is known
      [-1, -1, -1],
    ];
    for (const [asked, epoch, endOffset] of answers) {
      assert.deepEqual(cache.endOffsetFor(asked, 30), { epoch, endOffset }, `epoch ${asked}`);
    }
    assert.deepEqual(cacheOf().endOffsetFor(0, 30), { epoch: -1, endOffset: -1 });
  });

  it("knows the epoch of an offset", () => {
    const cache = cacheOf([2, 5], [4, 10]);
    assert.deepEqual(
      [4, 5, 9, 10, 99].map((offset) => cache.epochFor(offset)),
      [-1, 2, 2, 4, 4],
    );
    assert.equal(cache.latestEpoch, 4);
    assert.equal(cacheOf().latestEpoch, -1);
  });

  it("lets go of what a newer leader contradicts", () => {
    const cache = cacheOf([1, 10], [2, 20], [3, 30]);
    cache.assign(4, 20);
    assert.deepEqual(pairsOf(cache), [
      [1, 10],
      [4, 20],
    ]);
    cache.assign(4, 25);
    assert.deepEqual(pairsOf(cache).at(-1), [4, 20], "known from an earlier offset");
    cache.assign(1, 5);
    assert.deepEqual(pairsOf(cache), [[1, 5]]);
  });

  it("is cut at both ends", () => {
    const cache = cacheOf([1, 10], [2, 20], [3, 30]);
    cache.truncateFromEnd(30);
    assert.deepEqual(pairsOf(cache), [
      [1, 10],
      [2, 20],
    ]);
    cache.truncateFromStart(15);
    assert.deepEqual(pairsOf(cache), [
      [1, 15],
      [2, 20],
    ]);
    cache.truncateFromStart(20);
    assert.deepEqual(pairsOf(cache), [[2, 20]]);
    const before = cache.version;
    cache.truncateFromStart(20);
    cache.truncateFromStart(3);
    cache.truncateFromEnd(21);
    assert.equal(cache.version, before, "nothing changed");
    cache.clear();
    assert.deepEqual(pairsOf(cache), []);
  });

  it("ascends whatever is done to it", () => {
    const step = fc.tuple(fc.constantFrom("assign", "end", "start"), fc.nat(20), fc.nat(100));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (todo) => {
        const cache = new LeaderEpochCache();
        for (const [what, epoch, offset] of todo) {
          if (what === "assign") cache.assign(epoch, offset);
          else if (what === "end") cache.truncateFromEnd(offset);
          else cache.truncateFromStart(offset);
          for (const [at, entry] of cache.entries.entries()) {
            const last = cache.entries[at - 1];
            if (last === undefined) continue;
            assert.ok(entry.epoch > last.epoch && entry.startOffset > last.startOffset);
          }
        }
      }),
    );
  });
});
