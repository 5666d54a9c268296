// How a log opens, goes and begins elsewhere: what a start asks of the disk, foreign and half-cleaned
// directories, checkpoints that say too much.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { DiskRequest } from "../../src/runtime/ports.ts";
import { Log, removeLogDirectory } from "../../src/storage/log.ts";
import { batchOf, directory, optionsOf } from "../support/log-fixtures.ts";
import { logNames, LogDesk } from "../support/log-desk.ts";

describe("opening", () => {
  it("asks little of the disk", () => {
    const desk = new LogDesk();
    for (let at = 0; at < 200; at++) {
      desk.append({ valueBytes: 900, producerId: 5, producerEpoch: 0, baseSequence: at });
    }
    const unclean = desk.count(() => desk.reopen());
    assert.deepEqual(unclean, ["list", "read", "read"], "names, topic id, log");
    desk.driver.run(desk.log.close());
    const clean = desk.count(() => desk.reopen({ cleanStart: true }));
    // Names, topic id, epochs, snapshot (size and bytes), log.
    assert.deepEqual(clean, ["list", "read", "read", "size", "read", "read"]);
    assert.deepEqual(
      desk.count(() => desk.driver.run(desk.log.close())),
      [],
    );
  });

  it("does not read a large segment whole after a clean stop", () => {
    const desk = new LogDesk({ segmentBytes: 1e8 });
    for (let at = 0; at < 60; at++) desk.append({ valueBytes: 20_000 });
    desk.driver.run(desk.log.close());
    let bytesRead = 0;
    const spy = (request: DiskRequest): boolean => {
      if (request.operation === "read") bytesRead += request.args.length;
      return false;
    };
    desk.disk.hold(spy);
    desk.reopen({ cleanStart: true });
    assert.equal(desk.log.logEndOffset, 60);
    assert.ok(bytesRead < 100_000, `${bytesRead} bytes`);
  });

  it("does not read what lies below the recovery point again", () => {
    const desk = new LogDesk({ segmentBytes: 1e8 });
    for (let at = 0; at < 60; at++) desk.append({ valueBytes: 20_000 });
    desk.driver.run(desk.log.checkpoint());
    for (let at = 0; at < 3; at++) desk.append({ valueBytes: 20_000 });
    const report = desk.reopen();
    assert.equal(desk.log.logEndOffset, 63);
    assert.ok(report.scannedBytes < 150_000, `${report.scannedBytes} bytes`);
    assert.equal(desk.read(30, 1).length, desk.read(61, 1).length);
  });

  it("refuses the directory of another topic, and makes up for a lost id", () => {
    const desk = new LogDesk();
    const other = "OOOOOOOOOOOOOOOOOOOOOA";
    assert.equal(desk.fault(desk.open({ topicId: other })), "refused");
    for (const text of ["", "version: 0\n", "nonsense"]) {
      desk.files.writeText(`${directory}/partition.metadata`, text);
      desk.reopen();
      const written = desk.files.readText(`${directory}/partition.metadata`);
      assert.equal(written, "version: 0\ntopic_id: FFFFFFFFFFFFFFFFFFFFFA");
    }
  });

  it("holds checkpoints against the log", () => {
    const desk = new LogDesk();
    for (let at = 0; at < 5; at++) desk.append();
    const report = desk.reopen({ recoveryPoint: 999, logStartOffset: 3 });
    assert.equal(report.recoveryPointClamped, true);
    assert.deepEqual(report.damaged, []);
    assert.deepEqual([desk.log.logStartOffset, desk.log.logEndOffset], [3, 5]);
    assert.equal(desk.log.recoveryPoint, 5);
    desk.reopen({ logStartOffset: 1_000 });
    assert.deepEqual([desk.log.logStartOffset, desk.log.logEndOffset], [5, 5]);
  });

  it("begins where the checkpoint says when there is nothing", () => {
    const desk = new LogDesk();
    desk.files.do("unlink", { path: desk.log.activePath() });
    desk.reopen({ logStartOffset: 42 });
    assert.deepEqual([desk.log.logStartOffset, desk.log.logEndOffset], [42, 42]);
    desk.append();
    assert.equal(desk.log.logEndOffset, 43);
  });

  it("clears away what interrupted deletion and compaction have left", () => {
    const desk = new LogDesk({ segmentBytes: 300 });
    for (let at = 0; at < 12; at++) desk.append();
    const [first, second, third] = logNames(desk.names());
    assert.ok(third !== undefined && second !== undefined);
    const name = (base: number, suffix: string): string =>
      `${directory}/${String(base).padStart(20, "0")}${suffix}`;
    const content = desk.files.read(name(first!, ".log"));
    desk.files.write(name(900, ".log.deleted"), content);
    desk.files.write(name(900, ".index"), content);
    desk.files.write(name(800, ".log.cleaned"), content);
    desk.files.write(name(850, ".log.swap"), content);
    desk.files.write(name(0, ".index.cleaned"), content);
    desk.files.writeText(`${directory}/leader-epoch-checkpoint.tmp`, "half");
    desk.reopen();
    assert.deepEqual(
      desk.names().filter((each) => /deleted|cleaned|swap|tmp/.test(each)),
      [],
    );
    assert.equal(desk.log.logEndOffset, 12);
    assert.equal(desk.files.try("size", { path: name(900, ".index") }).ok, false);
  });

  it("ends a compaction that had been decided", () => {
    const desk = new LogDesk({ segmentBytes: 300, cleanupPolicy: ["compact"] });
    for (let at = 0; at < 12; at++) desk.append();
    const [first, second, third] = logNames(desk.names());
    const name = (base: number, suffix: string): string =>
      `${directory}/${String(base).padStart(20, "0")}${suffix}`;
    // The first two segments became one, of which only the batches 1 and 4 are left.
    const kept = new Uint8Array(Buffer.concat([batchOf(1).bytes, batchOf(4).bytes]));
    desk.files.write(name(first!, ".log.swap"), kept);
    desk.reopen({ recoveryPoint: 12 });
    assert.ok(second! <= 4 && !logNames(desk.names()).includes(second!));
    assert.equal(desk.log.logEndOffset, 12);
    assert.deepEqual(desk.read(0), kept);
    assert.ok(desk.read(third!).length > 0);
  });
});

describe("removing", () => {
  it("takes the directory away", () => {
    const desk = new LogDesk({ segmentBytes: 300 });
    for (let at = 0; at < 5; at++) desk.append();
    desk.driver.run(desk.log.remove());
    assert.deepEqual(desk.files.list("/data"), []);
  });

  it("leaves nothing that could be taken for a log when it is interrupted", () => {
    const desk = new LogDesk();
    desk.append();
    desk.disk.failNext("unlink", "EIO");
    assert.equal(desk.fault(desk.log.remove()), "EIO");
    const left = desk.files.list("/data");
    assert.equal(left.length, 1);
    assert.match(left[0]!, /^topic-0\..*-delete$/);
    desk.driver.run(removeLogDirectory(`/data/${left[0]!}`));
    assert.deepEqual(desk.files.list("/data"), []);
  });

  it("shortens a name that would be too long", () => {
    const desk = new LogDesk();
    const long = { ...optionsOf(), directory: `/data/${"t".repeat(249)}-0` };
    const log = desk.driver.run(Log.create(long));
    desk.driver.run(log.remove());
    assert.deepEqual(desk.files.list("/data"), ["topic-0"]);
  });
});

describe("starting elsewhere", () => {
  it("forgets everything and goes on from the new offset", () => {
    const desk = new LogDesk({ segmentBytes: 300 });
    for (let at = 0; at < 12; at++) {
      desk.append({ producerId: 5, producerEpoch: 0, baseSequence: at });
    }
    desk.driver.run(desk.log.truncateFullyAndStartAt(500, desk.nowMs));
    const { log } = desk;
    assert.deepEqual([log.logStartOffset, log.logEndOffset, log.sizeBytes], [500, 500, 0]);
    assert.equal(log.producers.size, 0);
    assert.deepEqual(log.epochs.entries, []);
    desk.append();
    const report = desk.reopen();
    assert.deepEqual(report.damaged, []);
    assert.deepEqual([desk.log.logStartOffset, desk.log.logEndOffset], [500, 501]);
  });
});
