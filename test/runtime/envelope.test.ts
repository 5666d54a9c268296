import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { HostMessage } from "../../src/runtime/envelope.ts";
import { decodeEnvelope, encodeEnvelope, GivenBuffers } from "../../src/runtime/envelope.ts";

const tell = (args: unknown): HostMessage => ["tell", "partition", "t-0", "produce", args];

/** What a MessagePort does to an envelope. */
function carry(messages: HostMessage[], given = new GivenBuffers()): HostMessage[] {
  const { head, blobs, transfer } = encodeEnvelope(messages, given);
  return decodeEnvelope(structuredClone({ head, blobs }, { transfer: [...transfer] }));
}

describe("envelope", () => {
  it("carries plain data and blobs unchanged", () => {
    const plain = fc.oneof(
      fc.maxSafeInteger(),
      fc.double({ noNaN: true }),
      fc.boolean(),
      fc.constant(null),
      fc.string({ unit: "binary" }),
    );
    const value = fc.letrec((tie) => ({
      any: fc.oneof(
        { maxDepth: 4 },
        plain,
        fc.uint8Array({ maxLength: 40 }),
        fc.array(tie("any"), { maxLength: 4 }),
        fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), tie("any"), { maxKeys: 4 }),
      ),
    })).any;
    fc.assert(
      fc.property(fc.array(value, { maxLength: 5 }), (values) => {
        const messages = values.map(tell);
        const back = carry(messages);
        // -0 is the one number that msgpack's integers do not keep.
        assert.deepEqual(JSON.stringify(back), JSON.stringify(messages));
      }),
    );
  });

  it("copies blobs to their exact size and leaves the sender's buffer alone", () => {
    const frame = new Uint8Array(1_000).fill(7);
    const { blobs, transfer } = encodeEnvelope(
      [tell({ batch: frame.subarray(10, 20) })],
      new GivenBuffers(),
    );
    assert.equal(blobs[0]?.buffer.byteLength, 10);
    assert.ok(!transfer.includes(frame.buffer));
    assert.equal(frame.byteLength, 1_000);
  });

  it("moves a buffer whose given views are all in this envelope", () => {
    const frame = new Uint8Array(1_000).fill(7);
    const given = new GivenBuffers();
    given.give(frame.buffer, 2);
    const messages = [tell({ batch: frame.subarray(0, 10) }), tell({ batch: frame.subarray(10) })];
    const back = carry(messages, given);
    assert.equal(frame.byteLength, 0, "the sender's view is empty after the move");
    assert.equal((back[1]?.[4] as { batch: Uint8Array }).batch.byteLength, 990);
  });

  it("copies when only some of the given views are in this envelope", () => {
    const frame = new Uint8Array(1_000).fill(7);
    const given = new GivenBuffers();
    given.give(frame.buffer, 2);
    carry([tell({ batch: frame.subarray(0, 10) })], given);
    assert.equal(frame.byteLength, 1_000);
  });
});
