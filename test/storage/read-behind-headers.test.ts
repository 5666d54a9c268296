// Compaction can leave nothing of a segment but a header. A read that finds it goes on behind it.

import assert from "node:assert/strict";
import { it } from "node:test";
import { recordCountOf, recordsFrom } from "../../src/protocol/record-batch.ts";
import { compact, keyedBatch } from "../support/compaction-fixtures.ts";
import { LogDesk } from "../support/log-desk.ts";

it("answers a read of headers alone with records as well, where there are any", () => {
  // A segment holds one batch.
  const desk = new LogDesk({ cleanupPolicy: ["compact"], segmentBytes: 120 });
  const { driver, log } = desk;
  for (const text of ["a1", "a2", "a3", "a4", "z1", "z2"]) {
    const batch = keyedBatch(log.logEndOffset, [{ key: text[0]!, value: text[1]! }]);
    driver.run(log.append(batch.bytes, batch.info, desk.nowMs));
  }
  driver.run(compact(log, desk.nowMs));
  const read = (offset: number, maxBytes = 1_000) =>
    driver.run(log.read(offset, maxBytes, log.logEndOffset, true));
  // A consumer that gets none takes them for the end of what there is (Java's poll).
  const offsets = [...recordsFrom(read(0), 0)].map(({ offset }) => offset);
  assert.deepEqual(offsets, [3]);
  assert.equal(recordCountOf(read(0, 10)), 0, "no further than it was asked for");
  assert.equal(recordCountOf(read(3)), 1);
});
