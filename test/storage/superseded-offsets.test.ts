// What is known by offset is what the map knows by key, whatever is in the log.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { buildBatch, digestKeys, DigestWriter, stampCrc } from "../../src/protocol/record-batch.ts";
import { decideFates, needsDigests } from "../../src/storage/compaction-fates.ts";
import { KeyMap } from "../../src/storage/key-map.ts";
import { SupersededOffsets } from "../../src/storage/superseded-offsets.ts";

const KEYS = [
  [1, 2],
  [3, 4],
] as const;
const utf8 = new TextEncoder();
const FROM = 1_000;

type Drawn = { readonly key: string | null; readonly isTombstone: boolean };

function mapped(batch: Uint8Array, count: number, bytesMax: number) {
  const digests = new DigestWriter();
  digestKeys(batch, KEYS, 1e6, digests);
  const map = new KeyMap(1e6, 0.9, count);
  const superseded = new SupersededOffsets(FROM, FROM + count, bytesMax);
  for (let index = 0; index < count; index++) {
    const offset = FROM + index;
    const hasKey = (digests.flags[index]! & 1) !== 0;
    superseded.supersede(hasKey ? map.put(digests.words, index * 4, offset) : offset);
    if ((digests.flags[index]! & 2) === 0) superseded.bury(offset);
  }
  const rules = { map, superseded, mappedEnd: FROM + count, nowMs: 5_000, lastOffsets: new Map() };
  return { digests, rules };
}

describe("superseded offsets", () => {
  it("leave what the map leaves", () => {
    const drawn: fc.Arbitrary<Drawn> = fc.record({
      key: fc.option(fc.constantFrom("a", "b", "c", "d")),
      isTombstone: fc.boolean(),
    });
    const records = fc.array(drawn, { minLength: 1, maxLength: 40 });
    const horizons = fc.constantFrom(undefined, 4_000, 6_000);
    fc.assert(
      fc.property(records, horizons, (all, deleteHorizonMs) => {
        const drafts = all.map(({ key, isTombstone }, at) => ({
          key: key === null ? null : utf8.encode(key),
          value: isTombstone ? null : utf8.encode("value"),
          timestampMs: deleteHorizonMs ?? 3_000 + at,
        }));
        const batch = buildBatch(drafts, { baseOffset: FROM });
        // As a batch has it whose tombstones may go from that time on.
        if (deleteHorizonMs !== undefined) batch[22]! |= 0x40;
        stampCrc(batch);
        const { digests, rules } = mapped(batch, all.length, 1e6);
        const unknown = new SupersededOffsets(FROM, FROM + all.length, 0);
        const byMap = { ...rules, superseded: unknown };
        assert.equal(needsDigests(batch, rules), false);
        assert.equal(needsDigests(batch, byMap), true);
        const expected = decideFates(batch, digests, byMap, false);
        assert.deepEqual(decideFates(batch, undefined, rules, false), expected);
      }),
    );
  });

  it("know nothing of batches that begin before, end behind, or have gaps", () => {
    const drafts = [0, 1, 2].map(() => ({ key: null, value: null, timestampMs: 1 }));
    const batchAt = (baseOffset: number) => buildBatch(drafts, { baseOffset });
    const superseded = new SupersededOffsets(FROM, FROM + 10, 1e6);
    const covers = (baseOffset: number) => superseded.covers(batchAt(baseOffset), 0);
    assert.deepEqual([FROM - 1, FROM, FROM + 7, FROM + 8].map(covers), [false, true, true, false]);
    const sparse = batchAt(FROM);
    sparse[26]! += 1;
    assert.equal(superseded.covers(sparse, 0), false);
    const bounded = new SupersededOffsets(FROM, FROM + 10, 3);
    assert.equal(bounded.covers(batchAt(FROM), 0), false);
    bounded.supersede(FROM + 1);
  });
});
