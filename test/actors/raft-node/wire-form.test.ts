// Raft messages between nodes: what is said is understood, and what makes no sense is not.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { batchFrom, batchesFrom } from "../../../src/actors/raft-node/batches.ts";
import type { RaftMessage } from "../../../src/actors/raft-node/core/messages.ts";
import { fromWire, toWire } from "../../../src/actors/raft-node/wire-form.ts";
import { votersBatch } from "../../../src/metadata/control-records.ts";
import { buildBatch } from "../../../src/protocol/record-batch.ts";
import { decodePeerMessage, encodePeerMessage } from "../../../src/runtime/peer-envelope.ts";

const voters = [
  {
    nodeId: 1,
    directoryId: "diskdiskdiskdiskdiskdA",
    endpoints: [{ name: "C", host: "one", port: 9093 }],
  },
  { nodeId: 2, directoryId: null, endpoints: [] },
];
const records = buildBatch([{ value: Uint8Array.of(1, 2, 3), timestampMs: 7 }], {
  baseOffset: 5,
  leaderEpoch: 3,
});
const change = votersBatch({ baseOffset: 6, epoch: 3, timestampMs: 7 }, voters);

const messages: readonly RaftMessage[] = [
  { kind: "preVoteRequest", term: 3, lastEpoch: 2, logEnd: 9 },
  { kind: "voteRequest", term: 3, lastEpoch: 2, logEnd: 9 },
  { kind: "preVoteReply", term: 3, granted: true },
  { kind: "voteReply", term: 3, granted: false },
  {
    kind: "append",
    term: 3,
    round: 4,
    from: 5,
    prevEpoch: 2,
    commitEnd: 5,
    batches: [batchFrom(records), batchFrom(change)],
  },
  { kind: "appendReply", term: 3, round: 4, accepted: false, end: 2, epoch: -1 },
  {
    kind: "snapshotChunk",
    term: 3,
    round: 4,
    snapshot: { offset: 9, epoch: 2 },
    position: 0,
    bytes: Uint8Array.of(1),
    isLast: true,
  },
  { kind: "snapshotReply", term: 3, round: 4, snapshot: { offset: 9, epoch: 2 }, position: 1 },
  { kind: "timeoutNow", term: 3 },
  { kind: "resigned", term: 3 },
  { kind: "observe", term: 3, joins: true, endpoints: [{ name: "C", host: "h", port: 9 }] },
  { kind: "leaderIs", term: 3, leaderId: 2, endpoints: [] },
  {
    kind: "leaderIs",
    term: 3,
    leaderId: 2,
    endpoints: [{ name: "CONTROLLER", host: "node-2", port: 9093 }],
  },
];

describe("a message of Raft", () => {
  test("arrives as it was sent, whichever it is", () => {
    for (const message of messages) {
      const arrived = decodePeerMessage(encodePeerMessage(toWire(message)));
      assert.ok(arrived.ok);
      assert.deepEqual(fromWire(arrived.value), message);
    }
  });

  test("brings who votes with the batch that says so", () => {
    assert.deepEqual(batchFrom(change).voters, voters);
    assert.equal(batchFrom(records).voters, null);
  });

  test("makes no sense without any one of its fields, or with another in its place", () => {
    for (const message of messages) {
      const fields = toWire(message);
      for (const name of Object.keys(fields)) {
        for (const wrong of [undefined, "text", -2, 1.5, {}, [7]]) {
          assert.equal(
            fromWire({ ...fields, [name]: wrong }),
            undefined,
            `${message.kind}.${name}`,
          );
        }
      }
    }
    fc.assert(fc.property(fc.anything(), (anything) => void fromWire(anything)));
  });

  test("has whole batches or none: any damaged byte is noticed", () => {
    for (let at = 12; at < records.length; at++) {
      if (at >= 12 && at < 16) continue; // The leader epoch lies outside the checksum.
      const damaged = records.slice();
      damaged[at]! ^= 0x10;
      assert.equal(batchesFrom(damaged), undefined, `byte ${at}`);
    }
    for (let length = 1; length < records.length; length++) {
      assert.equal(batchesFrom(records.subarray(0, length)), undefined, `${length} bytes`);
    }
  });
});
