import { strict as assert } from "node:assert";
import { describe, test } from "node:test";
import type { FetchPartitions } from "../../../src/actors/front-door/fetch/fetch-partition.ts";
import { FetchPartition } from "../../../src/actors/front-door/fetch/fetch-partition.ts";
import type { FetchSessionCacheOptions } from "../../../src/actors/front-door/fetch/fetch-session-cache.ts";
import {
  EVICTION_AFTER_MS,
  FetchSessionCache,
} from "../../../src/actors/front-door/fetch/fetch-session-cache.ts";
import { ZERO_UUID } from "../../../src/base/uuid.ts";

function cacheOf(options: Partial<FetchSessionCacheOptions> = {}) {
  const released: number[] = [];
  let drawn = 1000;
  const cache = new FetchSessionCache({
    slots: 2,
    partitionsMax: 100,
    hostIndex: 0,
    hostCount: 1,
    uint32: () => (drawn += 7919),
    released: ({ index }) => released.push(index),
    ...options,
  });
  return { cache, released };
}

function partitions(count: number): FetchPartitions {
  const position = { fetchOffset: 0, currentLeaderEpoch: -1, lastFetchedEpoch: -1, maxBytes: 1 };
  return new Map(
    Array.from({ length: count }, (_, index) => [
      String(index),
      new FetchPartition({ name: "a", topicId: ZERO_UUID }, index, position),
    ]),
  );
}

describe("fetch session cache", () => {
  test("the longest unused session goes first, once nobody has used it for long", () => {
    const { cache, released } = cacheOf();
    const [one, two] = [0, 1].map(() => cache.create(partitions(3), true, 1, 0)!);
    assert.equal(cache.create(partitions(9), true, 1, EVICTION_AFTER_MS), undefined);
    cache.touch(one!, 1, 10);
    const three = cache.create(partitions(1), true, 1, EVICTION_AFTER_MS + 1);
    assert.ok(three !== undefined);
    assert.equal(cache.get(two!.id), undefined);
    assert.equal(cache.get(one!.id), one);
    assert.deepEqual(released, [0, 1, 2]);
    assert.equal(cache.evictions, 1);
  });

  test("among old sessions in use the smallest makes way for one that is no smaller", () => {
    const { cache } = cacheOf();
    const small = cache.create(partitions(3), true, 1, 0)!;
    const large = cache.create(partitions(5), true, 1, 0)!;
    const nowMs = EVICTION_AFTER_MS + 1;
    cache.touch(small, 1, nowMs);
    cache.touch(large, 1, nowMs);
    assert.equal(cache.create(partitions(2), true, 1, nowMs), undefined);
    assert.ok(cache.create(partitions(3), true, 1, nowMs) !== undefined);
    assert.equal(cache.get(small.id), undefined);
    assert.equal(cache.get(large.id), large);
  });

  test("partitions are counted, and bounded over all sessions", () => {
    const { cache } = cacheOf({ slots: 10, partitionsMax: 10 });
    const session = cache.create(partitions(6), true, 1, 0)!;
    assert.equal(cache.create(partitions(5), true, 1, 0), undefined);
    assert.equal(cache.hasRoomFor(4), true);
    assert.equal(cache.hasRoomFor(5), false);
    session.partitions.delete("0");
    cache.touch(session, 1, 0);
    assert.equal(cache.partitionCount, 5);
    cache.remove(session);
    cache.remove(session);
    assert.equal(cache.partitionCount, 0);
  });

  test("ids tell the host, so hosts never take each other's sessions for their own", () => {
    const { cache } = cacheOf({ slots: 50, hostIndex: 2, hostCount: 3 });
    const ids = Array.from({ length: 50 }, () => cache.create(partitions(1), true, 1, 0)!.id);
    assert.equal(new Set(ids).size, 50);
    for (const id of ids) {
      assert.equal(id % 3, 2);
      assert.ok(id > 0 && id <= 0x7fff_ffff);
    }
  });

  test("no slots, no sessions", () => {
    const { cache } = cacheOf({ slots: 0 });
    assert.equal(cache.create(partitions(1), true, 1, 0), undefined);
  });
});
