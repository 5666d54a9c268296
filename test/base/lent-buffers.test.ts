import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { LentBuffers } from "../../src/base/lent-buffers.ts";

describe("lent buffers", () => {
  it("are back when each of their holders has given them back", () => {
    const lent = new LentBuffers();
    const buffer = new ArrayBuffer(8);
    lent.lend(buffer);
    lent.retain(buffer);
    lent.retain(buffer);
    const released = [1, 2, 3, 4].map(() => lent.release(buffer));
    assert.deepEqual(released, [false, false, true, false]);
  });

  it("can be lent again", () => {
    const lent = new LentBuffers();
    const buffer = new ArrayBuffer(8);
    for (let round = 0; round < 3; round++) {
      lent.lend(buffer);
      assert.equal(lent.release(buffer), true);
    }
  });

  it("are nothing that anybody else made", () => {
    const lent = new LentBuffers();
    const foreign = new ArrayBuffer(8);
    lent.retain(foreign);
    assert.equal(lent.release(foreign), false);
  });
});
