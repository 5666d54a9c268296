import assert from "node:assert/strict";
import { test } from "node:test";
import { partitionOfGroup } from "../../../src/actors/group-coordinator/messages.ts";

test("a group's partition follows from Java's hash of its id", () => {
  // What `Math.floorMod(Utils.abs("...".hashCode()), 50)` gives.
  assert.equal(partitionOfGroup("", 50), 0);
  assert.equal(partitionOfGroup("a", 50), 97 % 50);
  assert.equal(partitionOfGroup("ab", 50), (97 * 31 + 98) % 50);
  // Its hash is the one number without a positive twin.
  assert.equal(partitionOfGroup("polygenelubricants", 50), 0);
});
