import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import {
  ControlType,
  controlTypeOf,
  leaderChangeBatch,
} from "../../src/metadata/control-records.ts";
import {
  decodeSnapshot,
  encodeSnapshot,
  snapshotIdOf,
  snapshotName,
} from "../../src/metadata/snapshot-file.ts";
import { isCrcRight, leaderEpochOf, recordsOf } from "../../src/protocol/record-batch.ts";
import { LeaderChangeMessage } from "../../src/protocol/records/control/leader-change-message.ts";
import { Reader } from "../../src/protocol/wire.ts";

const id = { endOffset: 42, epoch: 7 };

describe("snapshot files", () => {
  test("are named as Kafka's", () => {
    assert.equal(snapshotName(id), "00000000000000000042-0000000007.checkpoint");
    assert.deepEqual(snapshotIdOf(snapshotName(id)), id);
    for (const name of ["x.checkpoint", "42-7.checkpoint", `${snapshotName(id)}.damaged`]) {
      assert.equal(snapshotIdOf(name), null, name);
    }
  });

  test("give back what was put in", () => {
    const property = fc.property(fc.array(fc.uint8Array({ maxLength: 50 })), (records) => {
      const read = decodeSnapshot(encodeSnapshot(id, records, 1000), id);
      assert.ok(read.ok);
      assert.deepEqual(
        read.value.map((record) => [...record]),
        records.map((record) => [...record]),
      );
    });
    fc.assert(property);
  });

  test("of many records are several batches", () => {
    const records = Array.from({ length: 50 }, (_, n) => new Uint8Array(100_000).fill(n));
    const read = decodeSnapshot(encodeSnapshot(id, records, 1000), id);
    assert.ok(read.ok);
    assert.deepEqual(
      read.value.map((record) => record[7]),
      records.map((_, n) => n),
    );
  });

  test("with any bit changed, any byte missing or too many are none", () => {
    const whole = encodeSnapshot(id, [Uint8Array.of(1, 2, 3), Uint8Array.of(4)], 1000);
    for (let at = 0; at < whole.length; at++) {
      const damaged = whole.slice();
      damaged[at]! ^= 1 << (at % 8);
      assert.equal(decodeSnapshot(damaged, id).ok, false, `byte ${at}`);
      assert.equal(decodeSnapshot(whole.subarray(0, at), id).ok, false, `${at} bytes`);
    }
    assert.equal(decodeSnapshot(Uint8Array.of(...whole, 0), id).ok, false);
    assert.equal(decodeSnapshot(Uint8Array.of(...whole, ...whole), id).ok, false);
    assert.equal(decodeSnapshot(whole, { ...id, epoch: 8 }).ok, false);
  });
});

describe("the first entry of a term", () => {
  test("says who leads and who voted for it", () => {
    const place = { baseOffset: 5, epoch: 3, timestampMs: 1000 };
    const batch = leaderChangeBatch(place, 1, [1, 2], [1]);
    assert.ok(isCrcRight(batch));
    assert.equal(leaderEpochOf(batch), 3);
    assert.equal(controlTypeOf(batch, 0), ControlType.LEADER_CHANGE);
    const [record] = recordsOf(batch);
    assert.equal(record?.offset, 5);
    const message = LeaderChangeMessage.at(0).decode(new Reader(record!.value!));
    assert.equal(message.leaderId, 1);
    assert.deepEqual(
      message.voters.map(({ voterId }) => voterId),
      [1, 2],
    );
    assert.deepEqual(
      message.grantingVoters.map(({ voterId }) => voterId),
      [1],
    );
  });
});
