import { strict as assert } from "node:assert";
import { test } from "node:test";
import { VisibleEnd } from "../../../src/actors/partition/visible-end.ts";

test("it only moves forward", () => {
  const visible = new VisibleEnd(10, 1_000);
  assert.equal(visible.advance(10, 5), false);
  assert.equal(visible.advance(12, 200), true);
  assert.equal(visible.advance(11, 50), false);
  assert.equal(visible.offset, 12);
  assert.equal(visible.bytes, 1_200);
});

test("bytes since an offset are exact at batch ends and too high elsewhere, never too low", () => {
  const visible = new VisibleEnd(0, 0);
  for (let i = 1; i <= 1_000; i++) visible.advance(i * 10, 100);
  const since = (offset: number): number => visible.bytes - visible.bytesAt(offset);
  assert.equal(since(10_000), 0);
  assert.equal(since(9_990), 100);
  assert.equal(since(9_985), 200);
  assert.equal(since(9_500), 5_000);
  for (let offset = 0; offset <= 10_000; offset += 10) {
    assert.ok(since(offset) >= (10_000 - offset) * 10);
  }
});
