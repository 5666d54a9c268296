// Kafka's own generated classes are the oracle: every message at every version, both ways, byte for
// byte.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Reader, WireError, Writer } from "../../src/protocol/wire.ts";
import { declared } from "./support/declared.ts";
import type { Vector } from "./support/vectors.ts";
import { isWide, loadVectors, valueOf, withoutUnknownTags } from "./support/vectors.ts";

const vectors = loadVectors();

/** Runs `check` on each vector of a declared message, and says which one failed. */
function checkAll(check: (vector: Vector, bytes: Uint8Array) => void): void {
  for (const vector of vectors) {
    try {
      check(vector, new Uint8Array(Buffer.from(vector.hex, "hex")));
    } catch (error) {
      (error as Error).message =
        `${vector.message} v${vector.version}: ${(error as Error).message}`;
      throw error;
    }
  }
}

function messageOf({ message }: Vector) {
  const found = declared.get(message);
  assert(found !== undefined, "not declared");
  return found;
}

test("there are three instances and more of every version of every message of Kafka", () => {
  const counts = new Map<string, number>();
  for (const { message, version } of vectors) {
    const pair = `${message} v${version}`;
    counts.set(pair, (counts.get(pair) ?? 0) + 1);
  }
  assert.equal(counts.size, 728);
  assert(Math.min(...counts.values()) >= 3);
});

test("every version of every message of Kafka is declared", () => {
  const missing = new Set<string>();
  for (const { message, version } of vectors) {
    const versions = declared.get(message)?.versions;
    const known = versions !== undefined && versions[0] <= version && version <= versions[1];
    if (!known) missing.add(`${message} v${version}`);
  }
  assert.deepEqual([...missing], []);
});

test("the exact codecs read and write what Kafka writes", () => {
  checkAll((vector, bytes) => {
    const message = messageOf(vector);
    const codec = message.exactly(vector.version);
    const expected = valueOf(message, vector, "bigint");
    const reader = new Reader(bytes);
    const decoded = codec.decode(reader);
    assert.deepEqual(withoutUnknownTags(decoded), expected);
    assert.equal(reader.remaining(), 0);
    const writer = new Writer();
    codec.encode(writer, vector.unknownTags ? decoded : expected);
    assert.equal(Buffer.from(writer.finish()).toString("hex"), vector.hex);
  });
});

test("the ordinary codecs agree, or refuse what a number cannot hold", () => {
  let refused = 0;
  checkAll((vector, bytes) => {
    const message = messageOf(vector);
    const codec = message.at(vector.version);
    let value: unknown;
    try {
      value = codec.decode(new Reader(bytes));
    } catch (error) {
      assert(error instanceof WireError && isWide(vector.json), error as Error);
      refused++;
      return;
    }
    const expected = valueOf(message, vector, "number");
    assert.deepEqual(withoutUnknownTags(value), expected);
    const writer = new Writer();
    codec.encode(writer, value as Record<string, unknown>);
    assert.equal(Buffer.from(writer.finish()).toString("hex"), vector.hex);
  });
  assert(refused > 100, `only ${refused} refused`);
});

test("a decoded value has the same keys in every version", () => {
  const keys = new Map<string, string>();
  checkAll((vector, bytes) => {
    const decoded = messageOf(vector).exactly(vector.version).decode(new Reader(bytes));
    const names = Object.keys(decoded).filter((name) => name !== "unknownTags");
    const before = keys.get(vector.message) ?? names.join();
    assert.equal(names.join(), before);
    keys.set(vector.message, before);
  });
});
