// A broker over two data directories.

import { strict as assert } from "node:assert";
import { describe, it } from "node:test";
import type { MetadataRecord } from "../../../src/protocol/records/metadata-record.ts";
import { memoryDisk } from "../../../src/storage/memory-disk.ts";
import type { DiskByHand } from "../../support/disk-by-hand.ts";
import { BAR, broker, directories, directory, FOO, partition, Stage, topic } from "./stage.ts";

const SECOND = "/other";
const SECOND_ID = "e".repeat(21) + "A";
const FIRST_ID = directories[0]!.directoryId;
const two = [...directories, { ...directories[0]!, path: SECOND, directoryId: SECOND_ID }];

function stageOfTwo(prepare: (files: DiskByHand) => void = () => {}, facts = two): Stage {
  const both = (files: DiskByHand): void => {
    files.makeDirectory(SECOND);
    prepare(files);
  };
  return new Stage(both, memoryDisk(), {}, facts);
}

function assigned(topicId: string, index: number, directoryId: string): MetadataRecord {
  const record = partition(topicId, index);
  assert.ok(record.kind === "PartitionRecord");
  return { ...record, value: { ...record.value, directories: [directoryId] } };
}

type Settings = { readonly logDirectory: string; readonly offline: string | null };

function settingsOf(stage: Stage, topicId: string, index: number): Settings {
  return stage.harness.spawned("partition", `${topicId}-${index}`) as Settings;
}

function metadataFile(topicId: string): string {
  return `version: 0\ntopic_id: ${topicId}`;
}

/** All that touches the second directory fails from now on. */
function failSecond(stage: Stage): void {
  const matches = ({ args }: { args: object }): boolean =>
    "path" in args && String(args.path).startsWith(SECOND);
  stage.harness.disk.failNext(matches, "EIO", Infinity);
}

describe("a partition", () => {
  it("is made where the metadata says", () => {
    const it = stageOfTwo();
    it.replaceImage(topic(FOO, "foo"), assigned(FOO, 0, FIRST_ID), assigned(FOO, 1, SECOND_ID));
    assert.equal(settingsOf(it, FOO, 0).logDirectory, directory);
    assert.deepEqual(
      [settingsOf(it, FOO, 1).logDirectory, settingsOf(it, FOO, 1).offline],
      [SECOND, null],
    );
  });

  it("is opened where it is found, though somebody has moved it", () => {
    const it = stageOfTwo((files) => {
      files.makeDirectory(`${SECOND}/foo-0`);
      files.writeText(`${SECOND}/foo-0/partition.metadata`, metadataFile(FOO));
    });
    it.replaceImage(topic(FOO, "foo"), assigned(FOO, 0, FIRST_ID));
    assert.equal(settingsOf(it, FOO, 0).logDirectory, SECOND);
  });

  it("is not made in place of a namesake's in another directory, which is put aside", () => {
    const it = stageOfTwo((files) => {
      files.makeDirectory(`${SECOND}/foo-0`);
      files.writeText(`${SECOND}/foo-0/partition.metadata`, metadataFile(BAR));
      files.makeDirectory(`${directory}/foo-0`);
      files.writeText(`${directory}/foo-0/partition.metadata`, metadataFile(FOO));
    });
    it.replaceImage(topic(FOO, "foo"), assigned(FOO, 0, FIRST_ID));
    it.answerAll();
    assert.equal(settingsOf(it, FOO, 0).logDirectory, directory);
    assert.deepEqual(
      it.files.list(directory).filter((name) => name.startsWith("foo")),
      ["foo-0"],
    );
    assert.match(it.files.list(SECOND).join(), /^foo-0\.[A-Za-z0-9_]+-stray/);
  });

  it("is offline while its directory is, and while nobody has one of that id", () => {
    const failed = { ...two[1]!, directoryId: "", failure: "no such device" };
    const it = stageOfTwo(() => {}, [two[0]!, failed]);
    it.replaceImage(topic(FOO, "foo"), assigned(FOO, 0, SECOND_ID), assigned(FOO, 1, FIRST_ID));
    it.answerAll();
    assert.match(settingsOf(it, FOO, 0).offline ?? "", new RegExp(SECOND_ID));
    assert.equal(settingsOf(it, FOO, 1).offline, null);
    assert.deepEqual(it.files.list(SECOND), []);
  });

  it("that nobody has assigned goes to the emptiest", () => {
    const it = stageOfTwo((files) => files.makeDirectory(`${directory}/bar-0`));
    it.replaceImage(topic(FOO, "foo"), partition(FOO, 0));
    assert.equal(settingsOf(it, FOO, 0).logDirectory, SECOND);
  });
});

describe("checkpoints", () => {
  it("are of each directory its own", () => {
    const it = stageOfTwo();
    it.replaceImage(topic(FOO, "foo"), assigned(FOO, 0, FIRST_ID), assigned(FOO, 1, SECOND_ID));
    it.answerAll();
    const drained = it.harness.ask(broker, "drain", { withinMs: 1_000 });
    it.answerAll();
    assert.deepEqual(drained.value, { notClean: [] });
    const name = "recovery-point-offset-checkpoint";
    assert.equal(it.checkpoint(name), "0\n1\nfoo 0 9\n");
    assert.equal(it.files.readText(`${SECOND}/${name}`), "0\n1\nfoo 1 9\n");
  });

  it("of a directory that stands still hold up nobody who makes a partition in another", () => {
    const it = stageOfTwo((files) => {
      files.writeText(`${SECOND}/recovery-point-offset-checkpoint`, "0\n1\nfoo 0 5\n");
    });
    it.harness.disk.hold(({ args }) => "path" in args && args.path.startsWith(SECOND));
    void it.harness.ask(broker, "forgetCheckpoints", {
      logDirectory: SECOND,
      directories: ["foo-0"],
    });
    const args = { logDirectory: directory, directories: ["foo-0"] };
    assert.equal(it.harness.ask(broker, "forgetCheckpoints", args).answered, true);
  });
});

describe("a directory that fails", () => {
  function failing(): Stage {
    const it = stageOfTwo();
    it.replaceImage(topic(FOO, "foo"), assigned(FOO, 0, FIRST_ID), assigned(FOO, 1, SECOND_ID));
    it.answerAll();
    failSecond(it);
    it.harness.tell(broker, "deviceFailed", { logDirectory: SECOND });
    it.harness.advance(1_000);
    return it;
  }

  it("takes its own partitions along and no other, and the controller hears of it", () => {
    const it = failing();
    assert.deepEqual(
      it.heard("takeOffline").map(({ who }) => who),
      [`partition ${FOO}-1`],
    );
    assert.deepEqual(it.heard("directoryFailed")[0]!.args, { directoryId: SECOND_ID });
    assert.equal(it.harness.stopNodeReason, undefined);
    const { directories: described } = it.harness.ask(broker, "describeLogDirectories", {}).value;
    assert.deepEqual(
      described.map(({ path, failed }) => [path, failed]),
      [
        [directory, false],
        [SECOND, true],
      ],
    );
  });

  it("is not clean at the end, and the others are", () => {
    const it = failing();
    const drained = it.harness.ask(broker, "drain", { withinMs: 1_000 });
    it.answerAll();
    assert.deepEqual(drained.value, { notClean: [SECOND] });
  });

  it("is not one that stumbles once, or is full", () => {
    for (const fault of ["EIO", "ENOSPC"] as const) {
      const it = stageOfTwo();
      it.replaceImage(topic(FOO, "foo"), assigned(FOO, 0, SECOND_ID));
      it.answerAll();
      it.harness.disk.failNext("datasync", fault, fault === "EIO" ? 2 : 20);
      it.harness.tell(broker, "deviceFailed", { logDirectory: SECOND });
      it.harness.advance(1_000);
      assert.deepEqual(it.heard("takeOffline"), []);
    }
  });

  it("ends the node when the metadata log is in it", () => {
    const it = stageOfTwo();
    it.replaceImage();
    it.harness.disk.failNext("datasync", "EIO", 20);
    it.harness.tell(broker, "deviceFailed", { logDirectory: directory });
    it.harness.advance(1_000);
    assert.match(it.harness.stopNodeReason ?? "", /^the data directory \/data has failed: /);
  });
});
