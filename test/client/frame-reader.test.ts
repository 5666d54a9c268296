// Frames come out whole, however the stream is cut.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { FrameReader } from "../../src/client/frame-reader.ts";

test("any frames in any chunks", () => {
  const frames = fc.array(fc.uint8Array({ maxLength: 50 }), { maxLength: 20 });
  fc.assert(
    fc.property(
      frames,
      fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1 }),
      (sent, cuts) => {
        const stream = sent.flatMap((frame) => [0, 0, 0, frame.length, ...frame]);
        const reader = new FrameReader(50);
        const received: Uint8Array[] = [];
        for (let at = 0, turn = 0; at < stream.length; turn++) {
          const size = cuts[turn % cuts.length]!;
          received.push(...reader.push(Uint8Array.from(stream.slice(at, at + size))));
          at += size;
        }
        assert.deepEqual(received, sent);
      },
    ),
  );
});

test("a length that is negative or above the bound is an error at once", () => {
  for (const head of [
    [0xff, 0xff, 0xff, 0xff],
    [0, 0, 0, 51],
  ]) {
    assert.throws(() => new FrameReader(50).push(Uint8Array.from(head)), /frame of/);
  }
});
