// Messages between nodes as bytes: what goes in comes out, and nothing that comes from outside makes
// more of itself than it has bytes.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { decodePeerMessage, encodePeerMessage } from "../../src/runtime/peer-envelope.ts";

/** A message whose head is these bytes, with `blobs` empty blobs. */
function withHead(head: readonly number[], blobs = 0): Uint8Array {
  const bytes = new Uint8Array(8 + 4 * blobs + head.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, head.length);
  view.setUint32(4, blobs);
  bytes.set(head, 8 + 4 * blobs);
  return bytes;
}

function refused(bytes: Uint8Array): string {
  const decoded = decodePeerMessage(bytes);
  assert.ok(!decoded.ok);
  assert.equal(decoded.fault, "corrupt");
  return decoded.detail;
}

const plain = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    fc.boolean(),
    fc.constant(null),
    fc.maxSafeInteger(),
    fc.string(),
    fc.uint8Array({ maxLength: 100 }),
    fc.array(tie("value"), { maxLength: 20 }),
    fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), tie("value"), { noNullPrototype: true }),
  ),
})).value;

describe("a message to another node", () => {
  test("comes out as it went in", () => {
    const property = fc.property(plain, (value) => {
      const decoded = decodePeerMessage(encodePeerMessage(value));
      assert.ok(decoded.ok, JSON.stringify(decoded));
      assert.deepEqual(decoded.value, value);
    });
    fc.assert(property);
  });

  test("is refused when it is cut short or goes on, never half read", () => {
    const bytes = encodePeerMessage({
      a: [1, "two"],
      b: Uint8Array.of(1, 2, 3),
      c: [new Uint8Array(9)],
    });
    for (let length = 0; length < bytes.length; length++) refused(bytes.subarray(0, length));
    refused(Uint8Array.of(...bytes, 0));
  });

  test("is refused when it is nested too deep", () => {
    assert.match(refused(withHead([...Array.from({ length: 10_000 }, () => 0x91), 0])), /nested/);
    assert.match(
      refused(withHead([...Array.from({ length: 10_000 }, () => 0x81), 0])),
      /within|nested/,
    );
    let value: unknown = 1;
    for (let depth = 0; depth < 31; depth++) value = [value];
    assert.ok(decodePeerMessage(encodePeerMessage(value)).ok);
    refused(encodePeerMessage([value]));
  });

  test("is refused when it declares more than it has bytes for", () => {
    assert.match(refused(withHead([0xdd, 0xff, 0xff, 0xff, 0xff])), /within/);
    assert.match(refused(withHead([0xdf, 0x7f, 0xff, 0xff, 0xff, 0])), /within/);
    assert.match(refused(withHead([0xdb, 0x40, 0, 0, 0])), /within/);
    assert.match(refused(withHead([0xc6, 0xff, 0xff, 0xff, 0xff, 1])), /within/);
    const giant = new Uint8Array(8);
    new DataView(giant.buffer).setUint32(4, 0xffff_ffff);
    refused(giant);
  });

  test("holds no extensions but blobs, and no blob that is not there", () => {
    refused(withHead([0xd4, 0x74, 0, 1]));
    refused(withHead([0xc7, 2, 0x10, 0, 0]));
    refused(withHead([0xd6, 0xff, 0, 0, 0, 1]));
    refused(withHead([0xd4, 0x10, 0, 7], 1));
    refused(withHead([0xc1]));
  });

  test("whatever the bytes are, they are read or refused", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => void decodePeerMessage(bytes)),
    );
    const heads = fc.property(
      fc.array(fc.nat({ max: 255 }), { maxLength: 60 }),
      fc.nat({ max: 3 }),
      (head, blobs) => {
        void decodePeerMessage(withHead(head, blobs));
      },
    );
    fc.assert(heads, { numRuns: 2000 });
  });
});
