import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { randomUuid, uuidText, writeUuid, ZERO_UUID } from "../../src/base/uuid.ts";

describe("uuid", () => {
  it("is written as base64url without padding", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (bytes) => {
        assert.equal(uuidText(bytes), Buffer.from(bytes).toString("base64url"));
      }),
    );
    assert.equal(uuidText(new Uint8Array(16)), ZERO_UUID);
  });

  it("is read back as it was written", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (bytes) => {
        const back = new Uint8Array(18);
        assert(writeUuid(back, 1, uuidText(bytes)));
        assert.deepEqual(back, Uint8Array.from([0, ...bytes, 0]));
      }),
    );
  });

  it("is refused when it is no such text", () => {
    const bad = ["", "A".repeat(21), "A".repeat(23), `${"A".repeat(21)}B`, `é${"A".repeat(21)}`];
    for (const text of [...bad, "AAAAAAAAAA+AAAAAAAAAAA", "AAAAAAAAAA=AAAAAAAAAAA"]) {
      assert.equal(writeUuid(new Uint8Array(16), 0, text), false, text);
    }
  });

  it("never starts with a dash when random", () => {
    const draws = [new Uint8Array(16).fill(0xf8), new Uint8Array(16).fill(0x11)];
    const text = randomUuid(() => draws.shift() ?? new Uint8Array(16));
    assert.match(text, /^[A-Za-z0-9_]/);
    assert.equal(draws.length, 0, "the first draw would have started with a dash");
  });
});
