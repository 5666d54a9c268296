// Bytes that are not what they should be: cut off, or lying about lengths. Nothing but a WireError may
// come of them, and no large allocation. Mutated ones: fuzz/.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  arrayOf,
  bytes,
  int32,
  int64,
  int8,
  message,
  string,
  struct,
  uuid,
} from "../../src/protocol/schema.ts";
import { Reader, WireError, Writer } from "../../src/protocol/wire.ts";
import { declared } from "./support/declared.ts";
import { loadVectors } from "./support/vectors.ts";

function isRefused(decode: () => unknown): boolean {
  try {
    decode();
    return false;
  } catch (error) {
    if (error instanceof WireError) return true;
    throw error;
  }
}

test("a message cut off at any byte is refused", () => {
  const seen = new Set<string>();
  for (const vector of loadVectors()) {
    const codec = declared.get(vector.message)?.exactly(vector.version);
    const key = `${vector.message} v${vector.version}`;
    if (codec === undefined || seen.has(key)) continue;
    seen.add(key);
    const whole = new Uint8Array(Buffer.from(vector.hex, "hex"));
    for (let end = 0; end < whole.length; end++) {
      const refused = isRefused(() => codec.decode(new Reader(whole.subarray(0, end))));
      assert(refused, `${key} of ${end} bytes`);
    }
  }
  assert(seen.size > 700);
});

test("a length that lies costs no memory, whatever the field", () => {
  const head = { name: "Bomb", apiKey: 1, versions: [0, 1], flexibleFrom: 1 } as const;
  const inner = { id: int32, name: string };
  const kinds = {
    text: string,
    maybeText: string.nullable(),
    blob: bytes,
    maybeBlob: bytes.nullable(),
    bytesOfArray: arrayOf(int8),
    longs: arrayOf(int64),
    ids: arrayOf(uuid),
    texts: arrayOf(string),
    structs: arrayOf(inner),
    maybeStructs: arrayOf(inner).nullable(),
    nested: arrayOf({ structs: arrayOf({ one: struct(inner) }) }),
  };
  // Largest, negative and merely too large, as plain lengths and as varints.
  const lies = [
    ["7fffffff", "80000000", "fffefffe", "ff000000", "00ffffff"],
    ["ffffffff07", "8080808008", "ffffffff0f", "ffff03", "60"],
  ];
  const before = process.memoryUsage().heapUsed;
  for (const [kind, field] of Object.entries(kinds)) {
    const Bomb = message(head, { field });
    for (const version of [0, 1]) {
      for (const lie of lies[version]!) {
        const frame = new Uint8Array(64).fill(0x61);
        frame.set(Buffer.from(lie, "hex"));
        const refused = isRefused(() => Bomb.at(version).decode(new Reader(frame)));
        assert(refused, `${kind} v${version} ${lie}`);
      }
    }
  }
  assert(process.memoryUsage().heapUsed - before < 32 * 2 ** 20);
});

test("a frame full of tiny elements is refused before it fills the heap", () => {
  const Tiny = message(
    { name: "Tiny", apiKey: 1, versions: [0, 0], flexibleFrom: 0 },
    { elements: arrayOf({ flag: int8 }) },
  );
  const frame = new Uint8Array(9 * 2 ** 20);
  // Four million elements of two bytes: possible by the bytes left, but not in one message.
  frame.set([0x81, 0x80, 0x80, 0x02]);
  assert.throws(() => Tiny.at(0).decode(new Reader(frame)), { message: /too many elements/ });
  // Unknown tags, each a hundred times as large in memory as its four bytes.
  const tags = new Writer();
  tags.compactCount(0);
  tags.uvarint(2 ** 20);
  for (let tag = 0; tag < 2 ** 20; tag++) {
    tags.uvarint(tag);
    tags.uvarint(0);
  }
  const tagged = new Reader(tags.finish());
  assert.throws(() => Tiny.at(0).decode(tagged), { message: /too many elements/ });
});
