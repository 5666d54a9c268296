import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { BufferPool } from "../../src/base/buffer-pool.ts";

describe("buffer pool", () => {
  it("lend exactly the length that was asked for, wasting at most a quarter", () => {
    const buffers = new BufferPool(16 * 1024 * 1024);
    for (const length of [1, 1023, 65_537, 1_000_061, 104_857_600]) {
      const lent = buffers.take(length);
      assert.equal(lent.length, length);
      assert.ok(lent.buffer.byteLength <= Math.max(length * 1.25, 1024), `${length}`);
    }
  });

  it("lend again what was given back, its head overwritten", () => {
    const buffers = new BufferPool(16 * 1024 * 1024);
    const first = buffers.take(100_000).fill(7);
    buffers.giveBack(first.buffer);
    const second = buffers.take(99_990);
    assert.equal(second.buffer, first.buffer);
    assert.ok(second.subarray(0, 64).every((byte) => byte === 0xdb));
    assert.equal(buffers.keptBytes, 0);
  });

  it("never lend one buffer twice", () => {
    const buffers = new BufferPool(16 * 1024 * 1024);
    buffers.giveBack(buffers.take(5_000).buffer);
    assert.notEqual(buffers.take(5_000).buffer, buffers.take(5_000).buffer);
  });

  it("keep no more than their bound", () => {
    const buffers = new BufferPool(16 * 1024 * 1024);
    const lent = Array.from({ length: 40 }, () => buffers.take(1_000_000));
    for (const each of lent) buffers.giveBack(each.buffer);
    assert.ok(buffers.keptBytes <= 16 * 1024 * 1024, `${buffers.keptBytes}`);
  });

  it("keep the sizes in use, and free at once what has no room", () => {
    const buffers = new BufferPool(1024 * 1024);
    const small = Array.from({ length: 16 }, () => buffers.take(64 * 1024));
    for (const { buffer } of small) buffers.giveBack(buffer);
    assert.equal(buffers.keptBytes, 1024 * 1024);

    const large = buffers.take(512 * 1024);
    buffers.giveBack(large.buffer);
    assert.equal(buffers.keptBytes, 1024 * 1024);
    assert.equal(small.filter(({ buffer }) => buffer.byteLength === 0).length, 8);
    assert.equal(buffers.take(512 * 1024).buffer, large.buffer);

    const tooLarge = buffers.take(2 * 1024 * 1024);
    buffers.giveBack(tooLarge.buffer);
    assert.equal(tooLarge.buffer.byteLength, 0);
    assert.equal(buffers.keptBytes, 512 * 1024);
  });
});
