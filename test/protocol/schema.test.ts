import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { AssertionFailed } from "../../src/base/assert.ts";
import type { Draft, Infer } from "../../src/protocol/schema.ts";
import {
  arrayOf,
  boolean,
  bytes,
  exactInt64,
  int32,
  int64,
  int8,
  message,
  string,
  struct,
  uuid,
} from "../../src/protocol/schema.ts";
import { DraftError, Reader, WireError, Writer } from "../../src/protocol/wire.ts";
import { measure } from "./fuzz/meter.ts";

/** v0-1 plain, v2-3 flexible. */
const Sample = message(
  { name: "Sample", apiKey: 99, versions: [0, 3], flexibleFrom: 2 },
  {
    name: string,
    count: int32.from(1).orElse(7),
    items: arrayOf({ id: int8, offset: int64 }),
    note: string.from(1).nullable(1).orElse(null).ignorable(),
    old: boolean.upTo(1),
    leader: struct({ id: int32.orElse(-1), epoch: int32.orElse(-1) })
      .from(2)
      .tagged(1),
    extra: bytes.from(3).tagged(0),
    cursor: struct({ at: int32 }).from(3).nullable().orElse(null),
  },
);
type Sample = Infer<typeof Sample>;

const plain = { name: "ab", items: [] };

function encoded(version: number, draft: Draft<typeof Sample>): string {
  const writer = new Writer();
  Sample.at(version).encode(writer, draft);
  return Buffer.from(writer.finish()).toString("hex");
}

function decoded(version: number, hex: string): Sample {
  const reader = new Reader(new Uint8Array(Buffer.from(hex.replaceAll(" ", ""), "hex")));
  const value = Sample.at(version).decode(reader);
  assert.equal(reader.remaining(), 0);
  return value;
}

/** The reason a draft is refused. */
function refusal(version: number, draft: object): string {
  try {
    encoded(version, draft as Draft<typeof Sample>);
  } catch (error) {
    assert(error instanceof DraftError, error as Error);
    return error.message;
  }
  return "taken";
}

/** The reason bytes are refused. */
function complaint(version: number, hex: string): string {
  try {
    decoded(version, hex);
  } catch (error) {
    assert(error instanceof WireError, error as Error);
    return error.message;
  }
  return "taken";
}

describe("a declared message", () => {
  it("is written as its version says", () => {
    assert.equal(encoded(0, plain), "00026162" + "00000000" + "00");
    assert.equal(encoded(1, plain), "00026162" + "00000007" + "00000000" + "ffff" + "00");
    assert.equal(encoded(2, plain), "036162" + "00000007" + "01" + "00" + "00");
    assert.equal(encoded(3, plain), "036162" + "00000007" + "01" + "00" + "ff" + "00");
  });

  it("shows fallbacks where the version lacks a field", () => {
    assert.deepEqual(decoded(0, "00026162 00000000 01"), {
      name: "ab",
      count: 7,
      items: [],
      note: null,
      old: true,
      leader: { id: -1, epoch: -1 },
      extra: new Uint8Array(0),
      cursor: null,
    });
  });

  it("writes tagged fields in ascending order, and only those that say something", () => {
    const leader = { id: 5 };
    const tagged = encoded(3, { ...plain, leader, extra: new Uint8Array([9]), cursor: { at: 1 } });
    const head = "036162" + "00000007" + "01" + "00" + "01" + "00000001" + "00";
    assert.equal(tagged, `${head}02 00020209 010900000005ffffffff00`.replaceAll(" ", ""));
    const silent = encoded(3, {
      ...plain,
      leader: { id: -1, epoch: -1 },
      extra: new Uint8Array(0),
    });
    assert.equal(silent, encoded(3, plain));
  });

  it("keeps tagged fields it does not know, at every level, and writes them back", () => {
    const hex =
      "036162 00000007 02 05 0000000000000001 01 07 00 00 02 01 09 00000005 ffffffff 00 63 02 abcd";
    const value = decoded(2, hex);
    assert.deepEqual(value.unknownTags, [{ tag: 0x63, bytes: new Uint8Array([0xab, 0xcd]) }]);
    assert.deepEqual(value.items[0]?.unknownTags, [{ tag: 7, bytes: new Uint8Array(0) }]);
    assert.deepEqual(value.leader, { id: 5, epoch: -1 });
    assert.equal(encoded(2, value), hex.replaceAll(" ", ""));
  });

  it("takes tagged fields in ascending order only, and writes those of a draft so", () => {
    const [leader, extra, unknown] = ["01 09 00000005 ffffffff 00", "02 01 ff", "63 00"];
    const refused = (...tags: string[]) => {
      assert.throws(() => decoded(2, `036162 00000007 01 00 03 ${tags.join(" ")}`), {
        name: "WireError",
        where: "Sample v2 leader",
      });
    };
    refused(unknown, leader, extra);
    refused(leader, leader, unknown);
    const unknownTags = [
      { tag: 0x63, bytes: new Uint8Array(0) },
      { tag: 2, bytes: new Uint8Array([0xff]) },
    ];
    assert.equal(
      encoded(2, { ...plain, leader: { id: 5 }, unknownTags }),
      `036162 00000007 01 00 03 ${leader} ${extra} ${unknown}`.replaceAll(" ", ""),
    );
  });

  it("refuses an unknown tag that is known after all", () => {
    const unknownTags = [{ tag: 1, bytes: new Uint8Array(0) }];
    assert.equal(
      refusal(2, { ...plain, leader: { id: 1 }, unknownTags }),
      "Sample v2 leader: tag 1 is given twice",
    );
    assert.match(refusal(0, { ...plain, unknownTags }), /unknownTags: is set, but version 0/);
  });

  it("refuses what the version cannot carry, unless it may be ignored", () => {
    const reason = "Sample v0 count: is set, but version 0 has no such field";
    assert.equal(refusal(0, { ...plain, count: 8 }), reason);
    assert.equal(refusal(0, { ...plain, count: 7 }), "taken", "the fallback says nothing");
    assert.equal(refusal(0, { ...plain, note: "gone" }), "taken", "ignorable");
    assert.match(refusal(1, { ...plain, leader: { epoch: 3 } }), /^Sample v1 leader: is set/);
    assert.match(refusal(2, { ...plain, cursor: { at: 1 } }), /^Sample v2 cursor: is set/);
    assert.match(refusal(2, { ...plain, old: true }), /^Sample v2 old: is set/);
  });

  it("says which field of a draft is wrong", () => {
    const items = [
      { id: 1, offset: 2 },
      { id: 128, offset: 2 },
    ];
    assert.equal(refusal(0, { ...plain, items }), "Sample v0 items[1].id: 128 is no int8");
    assert.equal(refusal(0, { name: "ab" }), "Sample v0 items: is missing");
    assert.match(refusal(0, { ...plain, name: null }), /^Sample v0 name: /);
    assert.match(
      refusal(0, { ...plain, items: [{ id: 1, offset: 0.5 }] }),
      /items\[0\]\.offset: 0\.5 is no int64/,
    );
    assert.match(refusal(2, { ...plain, items: [null] }), /^Sample v2 items\[0\]\.?/);
  });

  it("says which field of the bytes is wrong, and where", () => {
    assert.equal(
      complaint(0, "00026162 00000002 01 0000000000000001 02 00"),
      "Sample v0 items: an array of 2 in 11 bytes (at byte 8)",
    );
    assert.equal(
      complaint(0, "00026162 00000001 01 7fffffffffffffff 00"),
      "Sample v0 items[0].offset: int64 9223372036854775807 does not fit 53 bits (at byte 9)",
    );
    assert.equal(complaint(0, "ffff"), "Sample v0 name: null where a string must be (at byte 2)");
    assert.equal(
      complaint(2, "036162 00000007 01 00 01 01 0a 00000005 ffffffff 00 00"),
      "Sample v2 leader: tagged field 1 should end at byte 22 (at byte 21)",
    );
    assert.match(
      complaint(3, "036162 00000007 01 00 03 00"),
      /^Sample v3 cursor: a struct marked 3/,
    );
  });

  it("bounds the elements of one message", () => {
    const hex = "036162 00000007 03 05 0000000000000001 00 06 0000000000000002 00 00 00";
    const reader = new Reader(new Uint8Array(Buffer.from(hex.replaceAll(" ", ""), "hex")));
    reader.elementsLeft = 1;
    assert.throws(() => Sample.at(2).decode(reader), {
      name: "WireError",
      message: /items: too many elements/,
    });
  });

  it("takes asking for a version it does not have for a bug", () => {
    for (const version of [-1, 4, 0.5]) {
      assert.throws(() => Sample.at(version), AssertionFailed);
    }
  });

  it("does not let odd names become source code", () => {
    const odd = { "a; b": int32 };
    const head = { name: "Odd", apiKey: 1, versions: [0, 0], flexibleFrom: 0 } as const;
    assert.throws(() => message(head, odd).at(0), AssertionFailed);
    assert.throws(() => message({ ...head, name: "x\ny" }, { a: int32 }).at(0), AssertionFailed);
  });
});

describe("64-bit integers", () => {
  const Wide = message(
    { name: "Wide", apiKey: 99, versions: [0, 1], flexibleFrom: 1 },
    {
      at: int64,
      exact: exactInt64,
      inner: struct({ epoch: int64.orElse(-1) })
        .from(1)
        .tagged(0),
    },
  );
  const beyond = "0020000000000000";

  it("are numbers up to 2^53, and refused beyond", () => {
    const read = (hex: string) =>
      Wide.at(0).decode(new Reader(new Uint8Array(Buffer.from(hex, "hex"))));
    assert.deepEqual(read(`001fffffffffffff${beyond}`), {
      at: Number.MAX_SAFE_INTEGER,
      exact: 2n ** 53n,
      inner: { epoch: -1 },
    });
    assert.equal(read(`ffe0000000000001${beyond}`).at, Number.MIN_SAFE_INTEGER);
    assert.equal(read(`ffffffffffffffff${beyond}`).at, -1);
    for (const hex of [beyond, "ffe0000000000000", "8000000000000000", "7fffffffffffffff"]) {
      assert.throws(() => read(hex + beyond), { message: /does not fit 53 bits/ });
    }
  });

  it("are bigints where every digit counts", () => {
    const bytes8 = new Uint8Array(Buffer.from(`7fffffffffffffff${beyond}00`, "hex"));
    const value = Wide.exactly(1).decode(new Reader(bytes8));
    assert.deepEqual(value, { at: 2n ** 63n - 1n, exact: 2n ** 53n, inner: { epoch: -1n } });
    const writer = new Writer();
    Wide.exactly(1).encode(writer, value);
    assert.deepEqual(writer.finish(), bytes8);
  });

  it("are written only if they fit", () => {
    const write = (draft: object) => Wide.at(0).encode(new Writer(), draft as never);
    assert.throws(() => write({ at: 2 ** 53, exact: 0n }), DraftError);
    assert.throws(() => write({ at: 0, exact: 2n ** 63n }), DraftError);
    assert.throws(() => write({ at: 0, exact: 0 }), { message: "Wide v0 exact: 0 is no int64" });
    assert.throws(() => write({ at: 0n, exact: 0n }), DraftError);
  });
});

describe("an array", () => {
  it("takes room for its elements and no more", () => {
    const Replicas = message(
      { name: "Replicas", apiKey: 1, versions: [0, 0], flexibleFrom: 0 },
      { partitions: arrayOf({ replicas: arrayOf(int32), racks: arrayOf(string) }) },
    );
    const count = 1000;
    const partitions = Array.from({ length: count }, () => ({ replicas: [1, 2, 3], racks: ["a"] }));
    const writer = new Writer();
    Replicas.at(0).encode(writer, { partitions });
    const frame = writer.finish();
    const decode = () => Replicas.at(0).decode(new Reader(frame));
    assert.deepEqual(decode(), { partitions });
    const [never, always] = [0, Infinity].map((most) => ({ bytes: most, ms: most }));
    const { bytes: taken } = measure(decode, never!, always!);
    // An object of two arrays, and their four elements: 208. Grown arrays have room for seventeen.
    assert(taken < 260 * count, `${taken} bytes`);
  });
});

describe("the types of a declaration", () => {
  it("are those of its fields", () => {
    const Typed = message(
      { name: "Typed", apiKey: 1, versions: [0, 1], flexibleFrom: 0 },
      { id: uuid, maybe: string.nullable(), late: arrayOf(int32).from(1), at: exactInt64 },
    );
    // A plain field must be given, a versioned one need not be.
    const draft: Draft<typeof Typed> = { id: "AAAAAAAAAAAAAAAAAAAAAA", maybe: null, at: 1n };
    const whole: Infer<typeof Typed> = { ...draft, late: [1] };
    const writer = new Writer();
    Typed.at(1).encode(writer, whole);
    assert.deepEqual(Typed.at(1).decode(new Reader(writer.finish())), whole);
    // @ts-expect-error `maybe` must be given
    const missing: Draft<typeof Typed> = { id: "", at: 1n };
    // @ts-expect-error a decoded value has all fields
    const partial: Infer<typeof Typed> = { id: "", maybe: null, at: 1n };
    assert(missing !== partial);
  });
});
