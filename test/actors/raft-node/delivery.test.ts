import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Delivery } from "../../../src/actors/raft-node/delivery.ts";
import { buildBatch } from "../../../src/protocol/record-batch.ts";
import type { Log } from "../../../src/storage/log.ts";
import { memoryDisk } from "../../../src/storage/memory-disk.ts";
import { driverOver } from "../../support/run-routine.ts";

const nothing = new Uint8Array(0);
const value = new Uint8Array([1]);

/** Delivers one entry from a log whose reads bring this, one after the other. */
function deliver(...reads: Uint8Array[]) {
  const told: unknown[] = [];
  const log = {
    *read() {
      return reads.shift() ?? nothing;
    },
  } as unknown as Log;
  const delivery = new Delivery(
    { tell: (...said: unknown[]) => void told.push(said[2]) },
    log,
    null,
  );
  delivery.commit(1);
  return { outcome: driverOver(memoryDisk()).try(delivery.run()), told };
}

describe("telling what is committed", () => {
  it("reads once more when the log's end was cut off under a read", () => {
    const { outcome, told } = deliver(nothing, buildBatch([{ value, timestampMs: 0 }]));
    assert.equal(outcome?.ok, true);
    assert.deepEqual(told, [
      { snapshot: false, entries: [{ offset: 0, record: value }], lastOffset: 0 },
    ]);
  });

  it("says so when what is committed is not there", () => {
    const { outcome, told } = deliver();
    assert.equal(outcome?.ok === false && outcome.fault, "corrupt");
    assert.deepEqual(told, []);
  });
});
