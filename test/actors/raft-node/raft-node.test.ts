import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { raftNodeRef } from "../../../src/actors/raft-node/messages.ts";
import { votersBatch } from "../../../src/metadata/control-records.ts";
import type { Disk } from "../../../src/runtime/ports.ts";
import { memoryDisk } from "../../../src/storage/memory-disk.ts";
import { directory, RaftLife } from "./raft-harness.ts";

function started(disk: Disk, segmentBytes?: number): RaftLife {
  const life = new RaftLife(disk, segmentBytes === undefined ? {} : { segmentBytes }).follow();
  life.settle();
  assert.notEqual(life.term, undefined, "leads");
  return life;
}

function names(disk: Disk): string[] {
  const listed = disk.submit({ operation: "list", args: { path: directory } }, () => {});
  assert.ok(listed?.ok);
  return (listed.value as { name: string }[]).map(({ name }) => name);
}

function content(disk: Disk, name: string): Uint8Array {
  const path = `${directory}/${name}`;
  const args = { path, position: 0, length: 1_000_000 };
  const read = disk.submit({ operation: "read", args }, () => {});
  assert.ok(read?.ok, name);
  return read.value as Uint8Array;
}

function damage(disk: Disk, name: string, position: number): void {
  const byte = content(disk, name)[position]! ^ 0x40;
  const path = `${directory}/${name}`;
  disk.submit(
    { operation: "write", args: { path, position, chunks: [Uint8Array.of(byte)] } },
    () => {},
  );
}

function appendToLog(disk: Disk, bytes: Uint8Array): void {
  const name = "00000000000000000000.log";
  const path = `${directory}/${name}`;
  const position = content(disk, name).length;
  disk.submit({ operation: "write", args: { path, position, chunks: [bytes] } }, () => {});
}

describe("raft node, a quorum of one", () => {
  test("leads at once, and tells so when its first entry is on disk", () => {
    const life = new RaftLife(memoryDisk()).follow();
    life.harness.disk.hold("datasync");
    life.settle();
    // The vote first.
    assert.deepEqual(life.harness.disk.heldBack(), [`datasync ${directory}/quorum-state.tmp`]);
    assert.equal(life.term, undefined);
    life.harness.release();
    life.settle();
    assert.match(life.harness.disk.heldBack()[0]!, /00000000000000000000\.log$/);
    assert.equal(life.term, undefined, "its own entry is not synced yet");
    life.harness.disk.open();
    life.settle();
    assert.equal(life.term, 1);
    assert.equal(life.lastOffset, 0, "the first entry of a term is no record of the controller's");
    assert.deepEqual(life.entries, []);
  });

  test("tells nobody anything before the controller is there", () => {
    const life = new RaftLife(memoryDisk());
    life.settle(5000);
    assert.deepEqual([life.lastOffset, life.term], [-1, undefined]);
    life.follow().settle();
    assert.deepEqual([life.lastOffset, life.term], [0, 1]);
  });

  test("answers a proposal when it is committed, after having told of it", () => {
    const life = started(memoryDisk());
    life.harness.disk.hold("datasync");
    const proposed = life.propose("a", "b");
    assert.equal(proposed.answered, false);
    assert.deepEqual(life.entries, []);
    life.harness.disk.open();
    life.settle();
    assert.deepEqual(proposed.value, { ok: true, value: { lastOffset: 2 } });
    assert.deepEqual(life.entries, [
      [1, "a"],
      [2, "b"],
    ]);
    assert.equal(life.lastOffset, 2);
  });

  test("makes one sync for all that gathers while another is under way", () => {
    const life = started(memoryDisk());
    life.harness.disk.hold("datasync");
    const first = life.propose("a");
    const others = ["b", "c", "d"].map((text) => life.propose(text));
    assert.equal(life.harness.disk.heldBack().length, 1);
    life.harness.release();
    life.settle();
    assert.ok(first.answered && !others.some(({ answered }) => answered));
    assert.equal(life.harness.disk.heldBack().length, 1);
    life.harness.release();
    life.settle();
    assert.ok(others.every(({ answered }) => answered));
    assert.deepEqual(life.texts(), ["a", "b", "c", "d"]);
  });

  test("refuses proposals of another term, and such as are too large", () => {
    const life = started(memoryDisk());
    const { harness } = life;
    const stale = harness.ask(raftNodeRef(), "propose", { term: 7, records: [new Uint8Array(1)] });
    const large = harness.ask(raftNodeRef(), "propose", {
      term: 1,
      records: [new Uint8Array(9 * 1024 * 1024)],
    });
    life.settle();
    assert.equal(stale.value.ok, false);
    assert.ok(!large.value.ok && large.value.fault === "tooLarge");
  });

  test("remembers everything over restarts, in later and later terms", () => {
    const disk = memoryDisk();
    for (let run = 1; run <= 3; run++) {
      const life = started(disk);
      assert.equal(life.term, run);
      assert.equal(life.texts().length, (run - 1) * 2);
      life.propose(`run ${run}`);
      life.propose("again");
      if (run !== 2) life.close();
    }
    assert.deepEqual(started(disk).texts(), ["run 1", "again", "run 2", "again", "run 3", "again"]);
  });

  test("reads a log that is larger than one read, across segments", () => {
    const disk = memoryDisk();
    const life = started(disk, 64 * 1024);
    const texts = Array.from({ length: 40 }, (_, n) => `${n}:${"x".repeat(100_000)}`);
    for (const text of texts) life.propose(text);
    assert.ok(names(disk).filter((name) => name.endsWith(".log")).length > 10);
    const again = started(disk, 64 * 1024);
    assert.deepEqual(again.texts(), texts);
  });

  test("describes the quorum", () => {
    const life = started(memoryDisk());
    life.propose("a");
    const described = life.harness.ask(raftNodeRef(), "describeQuorum", {}).value;
    assert.equal(described.leaderId, 1);
    assert.equal(described.term, 1);
    assert.equal(described.highWatermark, 2);
    assert.deepEqual(described.voters[0]?.logEndOffset, 2);
  });
});

describe("raft node and a disk in trouble", () => {
  test("a full disk ends the term; when there is room again another begins", () => {
    const life = started(memoryDisk());
    life.propose("kept");
    life.harness.disk.failNext(({ operation, args }) => {
      return operation === "write" && "path" in args && args.path.endsWith(".log");
    }, "ENOSPC");
    const failed = life.propose("lost");
    assert.equal(failed.value.ok, false);
    assert.equal(life.term, undefined);
    assert.equal(life.propose("too early").value.ok, false);
    life.settle(2000);
    assert.equal(life.term, 2);
    assert.equal(life.propose("later").value.ok, true);
    assert.deepEqual(life.texts(), ["kept", "later"]);
    assert.equal(life.harness.stopNodeReason, undefined);
  });

  test("what was written before the disk was full commits with the next term", () => {
    const life = started(memoryDisk());
    const { disk } = life.harness;
    disk.failNext("datasync", "ENOSPC");
    const unsure = life.propose("written");
    assert.equal(unsure.value.ok, false, "nobody is told that it is safe");
    life.settle(2000);
    assert.deepEqual(life.texts(), ["written"]);
  });

  test("no room for the vote: nothing is told of the term, the next one is", () => {
    const disk = memoryDisk();
    const first = new RaftLife(disk).follow();
    first.harness.disk.failNext(
      ({ args }) => "path" in args && args.path.endsWith("quorum-state.tmp"),
      "ENOSPC",
    );
    first.settle();
    assert.equal(first.term, undefined);
    first.settle(2000);
    assert.equal(first.term, 2);
  });

  for (const operation of ["write", "datasync"] as const) {
    test(`EIO of a ${operation} stops the node, answers nothing and is never tried again`, () => {
      const life = started(memoryDisk());
      life.harness.disk.failNext(operation, "EIO");
      const before = life.harness.disk.requests.length;
      const proposed = life.propose("a");
      assert.equal(proposed.answered, false);
      assert.match(life.harness.stopNodeReason ?? "", /metadata log cannot be written: EIO/);
      life.propose("b");
      life.settle(10_000);
      const after = life.harness.disk.requests.slice(before);
      assert.equal(after.filter((request) => request.startsWith("datasync")).length <= 1, true);
      assert.deepEqual(life.texts(), []);
    });
  }

  test("a vote file that makes no sense is read from the log by a node that is alone", () => {
    const disk = memoryDisk();
    started(disk).propose("a");
    damage(disk, "quorum-state", 0);
    const life = started(disk);
    assert.equal(life.term, 2);
    assert.deepEqual(life.texts(), ["a"]);
    assert.match(JSON.stringify(life.harness.logged), /not JSON/);
  });

  test("such a vote is not made up for by one that began alone and was joined since", () => {
    const disk = memoryDisk();
    const life = started(disk);
    life.propose("a");
    const voters = [1, 2].map((nodeId) => ({ nodeId, directoryId: null, endpoints: [] }));
    const place = { baseOffset: life.lastOffset + 1, epoch: 1, timestampMs: 0 };
    appendToLog(disk, votersBatch(place, voters));
    damage(disk, "quorum-state", 0);
    const again = new RaftLife(disk).follow();
    again.settle(5000);
    assert.equal(again.term, undefined);
    assert.match(again.harness.stopNodeReason ?? "", /not JSON/);
  });

  test("a log that is damaged in its middle is not started from", () => {
    const disk = memoryDisk();
    const life = started(disk);
    for (const text of ["a", "b", "c"]) life.propose(text);
    damage(disk, "00000000000000000000.log", 200);
    const again = new RaftLife(disk).follow();
    again.settle(5000);
    assert.equal(again.term, undefined);
    assert.match(again.harness.stopNodeReason ?? "", /damaged/);
  });

  test("a torn end is cut off", () => {
    const disk = memoryDisk();
    const life = started(disk);
    life.propose("a");
    const sizeBytes = content(disk, "00000000000000000000.log").length;
    life.propose("b");
    const path = `${directory}/00000000000000000000.log`;
    disk.submit({ operation: "truncate", args: { path, size: sizeBytes + 30 } }, () => {});
    assert.deepEqual(started(disk).texts(), ["a"]);
  });
});

describe("snapshots of the metadata", () => {
  /** Five entries and a snapshot after each of the last `count`. */
  function withSnapshots(disk: Disk, count: number): void {
    const life = started(disk);
    for (let n = 1; n <= 5; n++) {
      life.propose(`entry ${n}`);
      if (n > 5 - count) life.takeSnapshot();
    }
    life.propose("last");
    life.close();
  }
  const everything = ["entry 1", "entry 2", "entry 3", "entry 4", "entry 5", "last"];
  const snapshotsOf = (disk: Disk): string[] =>
    names(disk).filter((name) => name.endsWith(".checkpoint"));

  test("take the place of the log before them", () => {
    const disk = memoryDisk();
    withSnapshots(disk, 1);
    assert.deepEqual(snapshotsOf(disk), ["00000000000000000006-0000000001.checkpoint"]);
    const life = started(disk);
    assert.equal(life.snapshots, 1);
    assert.deepEqual(life.texts(), everything);
    assert.equal(life.propose("more").value.ok, true);
  });

  test("the one before the newest is kept, older ones go", () => {
    const disk = memoryDisk();
    withSnapshots(disk, 4);
    assert.equal(snapshotsOf(disk).length, 2);
    assert.deepEqual(started(disk).texts(), everything);
  });

  test("a damaged one gives way to the one before it and the log", () => {
    for (const position of [0, 20, 100, 180]) {
      const disk = memoryDisk();
      withSnapshots(disk, 3);
      const newest = snapshotsOf(disk).at(-1)!;
      damage(disk, newest, position);
      const life = started(disk);
      assert.deepEqual(life.texts(), everything, `byte ${position}`);
      assert.ok(names(disk).includes(`${newest}.damaged`), "kept for whoever looks into it");
    }
  });

  test("one that is cut short is damaged, wherever the cut is", () => {
    const disk = memoryDisk();
    withSnapshots(disk, 2);
    const newest = snapshotsOf(disk).at(-1)!;
    const whole = content(disk, newest);
    const path = `${directory}/${newest}`;
    for (let size = 0; size < whole.length; size += 13) {
      disk.submit({ operation: "truncate", args: { path, size } }, () => {});
      const life = started(disk);
      assert.deepEqual(life.texts(), everything);
      const rename = { from: `${path}.damaged`, to: path };
      disk.submit({ operation: "rename", args: rename }, () => {});
      disk.submit({ operation: "write", args: { path, position: 0, chunks: [whole] } }, () => {});
    }
  });

  test("without any that can be read, a log that begins later is never taken for the whole", () => {
    const disk = memoryDisk();
    const life = started(disk, 200);
    for (let n = 1; n <= 20; n++) {
      life.propose(`entry ${n} ${"x".repeat(100)}`);
      life.takeSnapshot();
    }
    const logs = names(disk).filter((name) => name.endsWith(".log"));
    assert.ok(!logs.includes("00000000000000000000.log"), "the log has been shortened");
    for (const name of snapshotsOf(disk)) damage(disk, name, 30);
    const again = new RaftLife(disk, { segmentBytes: 200 }).follow();
    again.settle(5000);
    assert.equal(again.term, undefined);
    assert.match(again.harness.stopNodeReason ?? "", /begins at \d+ and there is no snapshot/);
  });

  test("a log that is gone behind a snapshot is begun anew where the snapshot ends", () => {
    const disk = memoryDisk();
    withSnapshots(disk, 1);
    for (const name of names(disk)) {
      if (name.endsWith(".checkpoint") || name === "quorum-state") continue;
      disk.submit({ operation: "unlink", args: { path: `${directory}/${name}` } }, () => {});
    }
    const life = started(disk);
    assert.deepEqual(life.texts(), everything.slice(0, 5));
    assert.match(JSON.stringify(life.harness.logged), /begun anew/);
    life.propose("after");
    assert.deepEqual(started(disk).texts(), [...everything.slice(0, 5), "after"]);
  });
});
