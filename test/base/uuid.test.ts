import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { randomUuid, uuidText, ZERO_UUID } from "../../src/base/uuid.ts";

describe("uuid", () => {
  it("is written as base64url without padding", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (bytes) => {
        assert.equal(uuidText(bytes), Buffer.from(bytes).toString("base64url"));
      }),
    );
    assert.equal(uuidText(new Uint8Array(16)), ZERO_UUID);
  });

  it("never starts with a dash when random", () => {
    const draws = [new Uint8Array(16).fill(0xf8), new Uint8Array(16).fill(0x11)];
    const text = randomUuid(() => draws.shift() ?? new Uint8Array(16));
    assert.match(text, /^[A-Za-z0-9_]/);
    assert.equal(draws.length, 0, "the first draw would have started with a dash");
  });
});
