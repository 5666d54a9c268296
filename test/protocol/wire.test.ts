import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { DraftError, Reader, WireError, Writer } from "../../src/protocol/wire.ts";

const seed = fc.sample(fc.nat(), 1)[0] ?? 0;

function reader(hex: string): Reader {
  return new Reader(new Uint8Array(Buffer.from(hex.replaceAll(" ", ""), "hex")));
}

function written(write: (writer: Writer) => void, initialBytes = 16): string {
  const writer = new Writer(initialBytes);
  write(writer);
  return Buffer.from(writer.finish()).toString("hex");
}

/** Everything that reads, with an example of what it reads. */
const examples: readonly [
  name: string,
  hex: string,
  read: (r: Reader) => unknown,
  value: unknown,
][] = [
  ["boolean", "01", (r) => r.boolean(), true],
  ["int8", "80", (r) => r.int8(), -128],
  ["int16", "8000", (r) => r.int16(), -32768],
  ["uint16", "ffff", (r) => r.uint16(), 65535],
  ["int32", "80000000", (r) => r.int32(), -(2 ** 31)],
  ["uint32", "ffffffff", (r) => r.uint32(), 2 ** 32 - 1],
  ["int64", "001fffffffffffff", (r) => r.int64(), Number.MAX_SAFE_INTEGER],
  ["int64Exact", "8000000000000000", (r) => r.int64Exact(), -(2n ** 63n)],
  ["float64", "3ff8000000000000", (r) => r.float64(), 1.5],
  ["uuid", "00112233445566778899aabbccddeeff", (r) => r.uuid(), "ABEiM0RVZneImaq7zN3u_w"],
  ["uvarint", "ac02", (r) => r.uvarint(), 300],
  ["string", "0003e6bca2", (r) => r.string(), "漢"],
  ["nullableString", "0003efbfbd", (r) => r.nullableString(), "\ufffd"],
  ["compactString", "0568696969", (r) => r.compactString(), undefined],
  ["compactNullableString", "026b", (r) => r.compactNullableString(), "k"],
  ["bytes32", "0000000107", (r) => r.bytes32(), new Uint8Array([7])],
  ["nullableBytes32", "0000000107", (r) => r.nullableBytes32(), new Uint8Array([7])],
  ["compactBytes", "03abcd", (r) => r.compactBytes(), new Uint8Array([0xab, 0xcd])],
  ["compactNullableBytes", "01", (r) => r.compactNullableBytes(), new Uint8Array(0)],
  ["present", "01", (r) => r.present(), true],
  ["taggedPresent", "01", (r) => r.taggedPresent(), true],
];

describe("Reader", () => {
  it("reads every primitive type", () => {
    for (const [name, hex, read, value] of examples) {
      if (value !== undefined) assert.deepEqual(read(reader(hex)), value, name);
    }
    assert.equal(reader("ffff").nullableString(), null);
    assert.equal(reader("00").compactNullableString(), null);
    assert.equal(reader("ffffffff").nullableBytes32(), null);
    assert.equal(reader("00").compactNullableBytes(), null);
    assert.equal(reader("ff").present(), false);
    assert.equal(reader("00").taggedPresent(), false);
    assert.equal(reader("ffffffff").count(4), -1);
    assert.equal(reader("00").compactCount(4), -1);
  });

  it("refuses to read what is cut off, at every byte", () => {
    for (const [name, hex, read] of examples) {
      const bytes = new Uint8Array(Buffer.from(hex, "hex"));
      for (let end = 0; end < bytes.length; end++) {
        // The bytes behind `end` are there, but not this reader's to read.
        for (const short of [new Reader(bytes.subarray(0, end)), new Reader(bytes, 0, end)]) {
          assert.throws(() => read(short), WireError, `${name} of ${end} bytes`);
        }
      }
    }
  });

  it("refuses text that is not UTF-8", () => {
    for (const hex of [
      "000261ff",
      "0002c080",
      "0003eda080",
      "0001e6",
      `0010${"61".repeat(15)}80`,
    ]) {
      assert.throws(() => reader(hex).string(), { message: "text that is not UTF-8 (at byte 2)" });
    }
  });

  it("refuses null where null may not be", () => {
    assert.throws(() => reader("ffff").string(), WireError);
    assert.throws(() => reader("00").compactString(), WireError);
    assert.throws(() => reader("ffffffff").bytes32(), WireError);
    assert.throws(() => reader("00").compactBytes(), WireError);
    assert.throws(() => reader("").some(-1), WireError);
  });

  it("refuses negative and impossible lengths before it allocates", () => {
    assert.throws(() => reader("fffe 6161").nullableString(), WireError);
    assert.throws(() => reader("8000").nullableString(), WireError);
    assert.throws(() => reader("7fff 61").string(), WireError);
    assert.throws(() => reader("fffffffe 61").nullableBytes32(), WireError);
    assert.throws(() => reader("7fffffff 61").nullableBytes32(), WireError);
    assert.throws(() => reader("ffffffff07 61").compactNullableBytes(), WireError);
    assert.throws(() => reader("fffffffe").count(1), WireError);
    assert.throws(() => reader("80000000").count(1), WireError);
    assert.throws(() => reader("7fffffff 00").count(1), WireError);
    assert.throws(() => reader("00000002 000000").count(2), WireError);
    assert.throws(() => reader("ffffffff07").compactCount(1), WireError);
    assert.throws(() => reader("05 0000").tagEnd(), WireError);
    assert.throws(() => reader("02").present(), WireError);
    assert.throws(() => reader("00").present(), WireError);
    assert.throws(() => reader("02").taggedPresent(), WireError);
  });

  it("refuses compact strings longer than any string may be", () => {
    const bytes = new Uint8Array(40_000).fill(0x61);
    bytes.set([0x81, 0x80, 0x02]);
    assert.throws(() => new Reader(bytes).compactString(), WireError);
    bytes.set([0x80, 0x80, 0x02]);
    assert.equal(new Reader(bytes).compactString().length, 32767);
  });

  it("reads varints of 31 bits in at most five bytes", () => {
    assert.equal(reader("ffffffff07").uvarint(), 2 ** 31 - 1);
    assert.equal(reader("8080808000").uvarint(), 0, "padded, as some writers do");
    assert.throws(() => reader("8080808008").uvarint(), WireError);
    assert.throws(() => reader("ffffffff0f").uvarint(), WireError);
    assert.throws(() => reader("808080808000").uvarint(), WireError);
    assert.throws(() => reader("ffffffffffffffffff01").uvarint(), WireError);
  });

  it("gives views of plain bytes that share the frame, even of a Buffer", () => {
    const frame = Buffer.from("00000002abcd", "hex");
    const bytes = new Reader(frame).bytes32();
    assert.equal(bytes.buffer, frame.buffer);
    assert.equal(Object.getPrototypeOf(bytes), Uint8Array.prototype);
    assert.deepEqual(bytes, new Uint8Array([0xab, 0xcd]));
  });

  it("says where it was", () => {
    const r = reader("0102030405");
    r.int16();
    assert.throws(() => r.int32(), { position: 2, what: "4 bytes are needed, 3 are left" });
    assert.equal(r.at, 2);
  });
});

describe("Writer", () => {
  it("grows at any point, whatever is being written", () => {
    const write = (w: Writer): void => {
      for (let i = 0; i < 40; i++) {
        w.int8(i);
        w.compactString("né".repeat(i));
        w.int64(-i);
        w.uuid("ABEiM0RVZneImaq7zN3u_w");
        w.uvarint(300 * i);
        w.bytes32(new Uint8Array(i).fill(i));
        w.float64(i / 3);
        w.boolean(i % 2 === 0);
        w.uint32(2 ** 32 - 1 - i);
      }
    };
    const roomy = written(write, 100_000);
    for (let size = 1; size < 300; size += 7) assert.equal(written(write, size), roomy);
  });

  it("hands large blobs on without copying them", () => {
    const blob = new Uint8Array(5000).fill(7);
    const writer = new Writer(64);
    writer.int32(0);
    writer.bytes32(blob);
    writer.int8(1);
    writer.bytes32(blob);
    writer.patchFirstInt32(writer.length - 4);
    const chunks = writer.finishChunks();
    assert.equal(chunks[1], blob);
    assert.equal(chunks.length, 4);
    const whole = Buffer.concat(chunks);
    assert.equal(whole.readInt32BE(0), whole.length - 4);
    assert.deepEqual(new Uint8Array(whole), writer.finish());
  });

  it("puts sizes in front of what they measure, nested and grown", () => {
    for (const size of [0, 1, 126, 127, 128, 16_383, 16_384, 100_000]) {
      const content = new Uint8Array(size).fill(9);
      const writer = new Writer(8);
      writer.bytes32(new Uint8Array(3000));
      const outer = writer.beginSized();
      const inner = writer.beginSized();
      writer.raw(content);
      writer.endSized(inner);
      writer.int8(5);
      writer.endSized(outer);
      const r = new Reader(writer.finish(), 3004);
      assert.equal(r.uvarint(), r.remaining());
      assert.equal(r.uvarint(), size);
      assert.deepEqual(r.bytes.subarray(r.at, r.at + size), content);
      r.at += size;
      assert.equal(r.int8(), 5);
      assert.equal(r.remaining(), 0);
    }
  });

  it("refuses what does not fit its type", () => {
    const bad: ((w: Writer) => void)[] = [
      (w) => w.int8(128),
      (w) => w.int16(-32769),
      (w) => w.uint16(-1),
      (w) => w.int32(2 ** 31),
      (w) => w.int32(0.5),
      (w) => w.int32(Number.NaN),
      (w) => w.uint32(2 ** 32),
      (w) => w.int64(2 ** 53),
      (w) => w.int64Exact(2n ** 63n),
      (w) => w.uvarint(-1),
      (w) => w.uuid("short"),
      (w) => w.string("x".repeat(32_768)),
      (w) => w.compactString("é".repeat(16_384)),
      (w) => w.boolean(1 as unknown as boolean),
      (w) => w.float64("1" as unknown as number),
    ];
    for (const write of bad) assert.throws(() => write(new Writer()), DraftError, String(write));
  });

  it(`writes what the reader reads (seed ${seed})`, () => {
    const cases: [
      fc.Arbitrary<unknown>,
      (w: Writer, value: never) => void,
      (r: Reader) => unknown,
    ][] = [
      [fc.maxSafeInteger(), (w, v) => w.int64(v), (r) => r.int64()],
      [
        fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
        (w, v) => w.int64Exact(v),
        (r) => r.int64Exact(),
      ],
      [fc.double(), (w, v) => w.float64(v), (r) => r.float64()],
      [fc.nat(2 ** 31 - 1), (w, v) => w.uvarint(v), (r) => r.uvarint()],
      [
        fc.string({ unit: "binary", maxLength: 60 }).map((text) => text.toWellFormed()),
        (w, v) => w.string(v),
        (r) => r.string(),
      ],
      [fc.string({ maxLength: 60 }), (w, v) => w.compactString(v), (r) => r.compactString()],
      [fc.uint8Array({ maxLength: 5000 }), (w, v) => w.compactBytes(v), (r) => r.compactBytes()],
    ];
    for (const [values, write, read] of cases) {
      const property = fc.property(values, (value) => {
        const writer = new Writer(4);
        write(writer, value as never);
        const r = new Reader(writer.finish());
        assert.deepEqual(read(r), value);
        assert.equal(r.remaining(), 0);
      });
      fc.assert(property, { seed, numRuns: 300 });
    }
  });
});
