import { strict as assert } from "node:assert";
import { describe, test } from "node:test";
import fc from "fast-check";
import { BufferPool } from "../../../src/base/buffer-pool.ts";
import type { Frame } from "../../../src/actors/front-door/frame-splitter.ts";
import { FrameSplitter } from "../../../src/actors/front-door/frame-splitter.ts";

function framed(bodies: readonly Uint8Array[]): Uint8Array {
  const total = bodies.reduce((sum, body) => sum + 4 + body.length, 0);
  const bytes = new Uint8Array(total);
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const body of bodies) {
    view.setInt32(at, body.length);
    bytes.set(body, at + 4);
    at += 4 + body.length;
  }
  return bytes;
}

/** Cuts at the given places (taken modulo the length). */
function cut(bytes: Uint8Array, places: readonly number[]): Uint8Array[] {
  const sorted = [...new Set(places.map((place) => place % (bytes.length + 1)))].sort(
    (a, b) => a - b,
  );
  const chunks: Uint8Array[] = [];
  let from = 0;
  for (const to of [...sorted, bytes.length]) {
    // Each chunk in a buffer of its own, as a socket gives them.
    chunks.push(bytes.slice(from, to));
    from = to;
  }
  return chunks;
}

/** Everything that can be read now, admitting whatever asks. */
function readAll(splitter: FrameSplitter): Frame[] {
  const frames: Frame[] = [];
  for (;;) {
    const state = splitter.next();
    if (state === "admit") splitter.admit();
    else if (state === "frame") frames.push(splitter.takeFrame());
    else return frames;
  }
}

function firstBytes(text: string): Uint8Array {
  return Uint8Array.from(text, (letter) => letter.charCodeAt(0));
}

describe("frame splitter", () => {
  test("any cut of the stream gives the same frames", () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 8 }),
        fc.array(fc.nat(400), { maxLength: 12 }),
        (bodies, places) => {
          const splitter = new FrameSplitter(1000);
          const frames: Frame[] = [];
          for (const chunk of cut(framed(bodies), places)) {
            splitter.push(chunk);
            frames.push(...readAll(splitter));
          }
          assert.deepEqual(
            frames.map((frame) => [...frame.bytes]),
            bodies.map((body) => [...body]),
          );
          assert.equal(splitter.isInsideFrame, false);
          for (const { bytes, ownsBuffer } of frames) {
            // Besides the frame there may be its own length.
            const others = bytes.buffer.byteLength - bytes.length;
            if (ownsBuffer) assert.ok(others === 0 || others === 4);
          }
        },
      ),
    );
  });

  test("a frame within one chunk is a view of it, one that spans chunks has its own buffer", () => {
    const splitter = new FrameSplitter(1000);
    const chunk = framed([new Uint8Array(10).fill(1), new Uint8Array(5)]);
    splitter.push(chunk);
    const [inside] = readAll(splitter);
    assert.equal(inside!.bytes.buffer, chunk.buffer);
    assert.equal(inside!.ownsBuffer, false);

    const alone = framed([new Uint8Array(10).fill(1)]);
    splitter.push(alone);
    const [only] = readAll(splitter);
    assert.equal(only!.bytes.buffer, alone.buffer);
    assert.equal(only!.ownsBuffer, true);

    for (const part of cut(framed([new Uint8Array(10).fill(2)]), [7])) splitter.push(part);
    const [spanning] = readAll(splitter);
    assert.equal(spanning!.ownsBuffer, true);
    assert.equal(spanning!.bytes.buffer.byteLength, 10);
  });

  test("a chunk is freed when it is used up, unless a frame is a view of it", () => {
    const splitter = new FrameSplitter(1000);
    const bytes = framed([new Uint8Array(10), new Uint8Array(10).fill(1), new Uint8Array(10)]);
    // The first holds a whole frame and the next one's beginning, the second is gathered alone.
    const chunks = cut(bytes, [20, 25]);
    for (const chunk of chunks) splitter.push(chunk);
    const frames = readAll(splitter);
    assert.deepEqual(
      chunks.map((chunk) => chunk.buffer.byteLength),
      [20, 0, bytes.length - 25],
    );
    assert.deepEqual(
      frames.map((frame) => [...frame.bytes]),
      [0, 1, 0].map((filling) => Array(10).fill(filling)),
    );
  });

  test("the body waits for admission, the bytes behind it wait too", () => {
    const splitter = new FrameSplitter(1000);
    splitter.push(framed([new Uint8Array(3), new Uint8Array(5)]));
    assert.equal(splitter.next(), "admit");
    assert.equal(splitter.next(), "admit");
    assert.equal(splitter.frameLength, 3);
    splitter.admit();
    assert.equal(splitter.next(), "frame");
    assert.equal(splitter.takeFrame().bytes.length, 3);
    assert.equal(splitter.next(), "admit");
    assert.equal(splitter.frameLength, 5);
  });

  test("a length costs nothing before it is admitted", () => {
    const splitter = new FrameSplitter(0x7fff_ffff);
    splitter.push(Uint8Array.of(0x7f, 0xff, 0xff, 0xff, 1, 2, 3));
    assert.equal(splitter.next(), "admit");
    assert.equal(splitter.frameLength, 0x7fff_ffff);
  });

  test("who announces much and sends little has little allocated", () => {
    const taken: number[] = [];
    class Counting extends BufferPool {
      override take(length: number): Uint8Array<ArrayBuffer> {
        taken.push(length);
        return super.take(length);
      }
    }
    const announced = 100 * 2 ** 20;
    const splitter = new FrameSplitter(announced, new Counting(0));
    splitter.push(firstBytes("\x06\x40\x00\x00")); // 100 MiB
    splitter.push(new Uint8Array(1000));
    assert.deepEqual(readAll(splitter), []);
    assert.deepEqual(taken, [64 * 1024]);
    splitter.push(new Uint8Array(64 * 1024));
    assert.deepEqual(readAll(splitter), []);
    assert.deepEqual(taken, [64 * 1024, 16 * 2 ** 20]);
  });

  test("a large frame that came in pieces is whole, and has a buffer of its own", () => {
    for (const lender of [undefined, new BufferPool(2 ** 26)]) {
      const body = new Uint8Array(17 * 2 ** 20).map((_, at) => at % 251);
      const splitter = new FrameSplitter(2 ** 26, lender);
      const frames: Frame[] = [];
      for (const chunk of cut(framed([body]), [5, 65_540, 65_541, 2 ** 20, 2 ** 24 + 4])) {
        splitter.push(chunk);
        frames.push(...readAll(splitter));
      }
      assert.equal(frames.length, 1);
      assert.ok(Buffer.from(body.buffer).equals(frames[0]!.bytes));
      if (lender === undefined) assert.equal(frames[0]!.bytes.buffer.byteLength, body.length);
      else assert.ok(lender.keptBytes > 0, "the pieces before it were not given back");
    }
  });

  test("what was gathered for a frame that will not come is freed, what a frame views is not", () => {
    const splitter = new FrameSplitter(1000);
    const chunks = cut(framed([new Uint8Array(10).fill(1), new Uint8Array(20)]), [20]);
    splitter.push(chunks[0]!);
    const [viewed] = readAll(splitter);
    splitter.push(new Uint8Array(7));
    splitter.stop();
    assert.deepEqual([...viewed!.bytes], Array(10).fill(1));

    const pool = new BufferPool(2 ** 20);
    const lent = new FrameSplitter(1000, pool);
    const [beginning] = cut(framed([new Uint8Array(900)]), [500]);
    lent.push(beginning!);
    readAll(lent);
    assert.equal(pool.keptBytes, 0);
    lent.stop();
    assert.ok(pool.keptBytes >= 900);
    assert.equal(lent.next(), "needBytes");
  });

  test("lengths that cannot be are refused, and nothing after them is read", () => {
    const cases: [Uint8Array, string][] = [
      [Uint8Array.of(0xff, 0xff, 0xff, 0xff), "negativeLength"],
      [Uint8Array.of(0x80, 0, 0, 0), "negativeLength"],
      [Uint8Array.of(0, 0, 3, 0xe9), "tooLong"],
      [Uint8Array.of(0x7f, 0xff, 0xff, 0xff), "tooLong"],
      [firstBytes("GET / HTTP/1.1\r\n"), "http"],
      [firstBytes("PRI * HTTP/2.0\r\n"), "http"],
      [Uint8Array.of(0x16, 0x03, 0x01, 0x02, 0x00, 0x01), "tls"],
    ];
    for (const [bytes, problem] of cases) {
      const splitter = new FrameSplitter(1000);
      splitter.push(bytes);
      assert.equal(splitter.next(), "bad");
      assert.equal(splitter.problem, problem);
      splitter.push(framed([new Uint8Array(1)]));
      assert.equal(splitter.next(), "bad");
    }
  });

  test("what looks like HTTP in a later frame is a length like any other", () => {
    const splitter = new FrameSplitter(1000);
    splitter.push(framed([new Uint8Array(1)]));
    splitter.push(firstBytes("GET "));
    assert.equal(readAll(splitter).length, 1);
    assert.equal(splitter.problem, "tooLong");
  });

  test("knows whether a frame has begun", () => {
    const splitter = new FrameSplitter(1000);
    assert.equal(splitter.isInsideFrame, false);
    splitter.push(Uint8Array.of(0));
    splitter.next();
    assert.equal(splitter.isInsideFrame, true);
    splitter.push(Uint8Array.of(0, 0, 1, 9));
    assert.equal(readAll(splitter).length, 1);
    assert.equal(splitter.isInsideFrame, false);
  });
});
