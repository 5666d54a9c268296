import { strict as assert } from "node:assert";
import { test } from "node:test";
import { brokerActor } from "../../../src/actors/broker/broker.ts";
import { success } from "../../../src/base/outcome.ts";
import type { MetadataRecord } from "../../../src/protocol/records/metadata-record.ts";
import { memoryDisk } from "../../../src/storage/memory-disk.ts";
import { ActorHarness } from "../../support/actor-harness.ts";
import { DiskByHand } from "../../support/disk-by-hand.ts";
import {
  BAR,
  broker,
  config,
  directories,
  directory,
  FOO,
  partition,
  Stage,
  topic,
} from "./stage.ts";

test("it tells the controller that the host is here until it is sent an image", () => {
  const { harness } = new Stage();
  assert.deepEqual(
    harness.take().map(({ message, args }) => [message, args]),
    [["hostJoined", { hostIndex: 0 }]],
  );
  harness.advance(1_000);
  assert.equal(harness.take("hostJoined").length, 2);
  harness.tell(broker, "imageReplaced", { image: { records: [], lastOffset: 4 } });
  harness.advance(5_000);
  assert.equal(harness.take("hostJoined").length, 0);
});

test("partitions open before the front door sees them, and the controller hears last", () => {
  const it = new Stage();
  it.harness.take();
  it.replaceImage(topic(FOO, "foo"), partition(FOO, 0), partition(FOO, 1));
  assert.deepEqual(it.partitionsHeard(), [`opened ${FOO}-0`, `opened ${FOO}-1`]);
  it.harness.answer("opened", success({ logEndOffset: 0 }));
  assert.deepEqual(it.heard("metadataReplaced"), []);
  it.harness.answer("opened", success({ logEndOffset: 0 }));
  assert.equal(it.heard("metadataReplaced").length, 1);
  assert.deepEqual(it.heard("hostApplied"), []);
  it.harness.answer("metadataReplaced", {});
  assert.deepEqual(it.heard("hostApplied")[0]?.args, { hostIndex: 0, offset: 3 });
});

test("changes that come while one is followed are followed together, and what goes, goes first", () => {
  const it = new Stage();
  it.replaceImage(topic(FOO, "foo"), partition(FOO, 0));
  it.change(topic(BAR, "bar"), partition(BAR, 0));
  it.change({ kind: "RemoveTopicRecord", value: { topicId: FOO } });
  assert.deepEqual(it.partitionsHeard(), [`opened ${FOO}-0`]);
  it.answerAll();
  assert.deepEqual(it.partitionsHeard(), [`opened ${FOO}-0`, `remove ${FOO}-0`, `opened ${BAR}-0`]);
  assert.deepEqual(
    it.heard("hostApplied").map(({ args }) => args["offset"]),
    [2, 5],
  );
});

test("a partition that does not open keeps nobody waiting", () => {
  const it = new Stage();
  it.replaceImage(topic(FOO, "foo"), partition(FOO, 0));
  it.answerAll({ opened: { ok: false, fault: "EIO", detail: "no" } });
  assert.equal(it.heard("hostApplied").length, 1);
  assert.ok(it.harness.logged.some(({ event }) => event === "partition does not open"));
});

test("thousands of partitions are opened a bounded number at a time", () => {
  const it = new Stage();
  const partitions = Array.from({ length: 1_000 }, (_, index) => partition(FOO, index));
  it.replaceImage(topic(FOO, "foo"), ...partitions);
  assert.equal(it.heard("opened").length, 64);
  it.answerAll();
  assert.equal(it.heard("opened").length, 1_000);
  assert.equal(it.heard("hostApplied").length, 1);
});

test("a changed topic config reaches its partitions, a changed broker default all of them", () => {
  const it = new Stage();
  it.replaceImage(topic(FOO, "foo"), partition(FOO, 0), topic(BAR, "bar"), partition(BAR, 0));
  it.answerAll();
  const set = (
    type: number,
    resourceName: string,
    name: string,
    value: string,
  ): MetadataRecord => ({
    kind: "ConfigRecord",
    value: { resourceType: type, resourceName, name, value },
  });
  it.change(set(2, "foo", "max.message.bytes", "1000"));
  it.answerAll();
  const configured = it.heard("configure");
  assert.deepEqual(
    configured.map(({ who }) => who),
    [`partition ${FOO}-0`],
  );
  assert.equal(
    (configured[0]!.args["config"] as { maxMessageBytes: number }).maxMessageBytes,
    1000,
  );
  it.harness.take("configure");
  it.change(set(4, "", "log.retention.ms", "60000"));
  it.answerAll();
  assert.equal(it.heard("configure").length, 2);
});

test("checkpoints are written from time to time, read at the next start, and forgotten in time", () => {
  const it = new Stage((files) => files.makeDirectory(`${directory}/foo-0`));
  it.replaceImage(topic(FOO, "foo"), partition(FOO, 0));
  it.answerAll();
  it.harness.advance(60_000);
  it.answerAll();
  assert.equal(it.checkpoint("recovery-point-offset-checkpoint"), "0\n1\nfoo 0 7\n");
  assert.equal(it.checkpoint("log-start-offset-checkpoint"), "0\n1\nfoo 0 3\n");
  assert.equal(it.checkpoint("replication-offset-checkpoint"), "0\n1\nfoo 0 9\n");
  assert.equal(it.checkpoint("cleaner-offset-checkpoint"), "0\n1\nfoo 0 5\n");

  const next = new Stage(() => {}, it.disk);
  next.replaceImage(topic(FOO, "foo"), partition(FOO, 0));
  const settings = next.harness.spawned("partition", `${FOO}-0`) as Record<string, unknown>;
  assert.equal(settings["recoveryPoint"], 7);
  assert.equal(settings["logStartOffset"], 3);
  next.answerAll();

  // The topic goes: before its directory does, the files have forgotten it.
  next.change({ kind: "RemoveTopicRecord", value: { topicId: FOO } });
  assert.equal(next.heard("remove").length, 1);
  assert.equal(next.checkpoint("log-start-offset-checkpoint"), "0\n0\n");
});

test("what the files say of a deleted namesake is no hint for a new topic", () => {
  const it = new Stage((files) => {
    files.writeText(`${directory}/log-start-offset-checkpoint`, "0\n1\nfoo 0 500\n");
  });
  it.replaceImage(topic(FOO, "foo"), partition(FOO, 0));
  const settings = it.harness.spawned("partition", `${FOO}-0`) as Record<string, unknown>;
  assert.equal(settings["logStartOffset"], 0);
  assert.equal(it.checkpoint("log-start-offset-checkpoint"), "0\n0\n");
});

test("whoever asks to forget before the files have been read is answered after", () => {
  const disk = memoryDisk();
  const files = new DiskByHand(disk);
  files.makeDirectory(directory);
  files.writeText(`${directory}/log-start-offset-checkpoint`, "0\n1\nfoo 0 500\n");
  const harness = new ActorHarness({ kinds: [brokerActor], puppets: [["controller", "0"]], disk });
  harness.disk.hold("list");
  const settings = { nodeId: 1, config: config(), directories };
  harness.spawn(brokerActor, "0", settings);
  const asked = harness.ask(broker, "forgetCheckpoints", {
    logDirectory: directory,
    directories: ["foo-0"],
  });
  assert.equal(asked.answered, false);
  harness.disk.open();
  assert.deepEqual(asked.value, success(null));
  assert.equal(files.readText(`${directory}/log-start-offset-checkpoint`), "0\n0\n");
});

test("a damaged checkpoint is a warning", () => {
  const it = new Stage((files) => {
    files.writeText(`${directory}/recovery-point-offset-checkpoint`, "nonsense");
  });
  it.replaceImage(topic(FOO, "foo"), partition(FOO, 0));
  it.answerAll();
  assert.equal(it.heard("hostApplied").length, 1);
  assert.ok(it.harness.logged.some(({ event }) => event === "a checkpoint cannot be used"));
});

test("leftovers of deleted topics are removed at start", () => {
  const it = new Stage((files) => {
    files.makeDirectory(`${directory}/old-0.abc-delete`);
    files.writeText(`${directory}/old-0.abc-delete/00000000000000000000.log`, "bytes");
  });
  assert.deepEqual(it.files.list(directory), []);
});

test("a directory of an unknown topic id is put aside, not taken for anything else", () => {
  const it = new Stage((files) => {
    files.makeDirectory(`${directory}/gone-0`);
    files.writeText(`${directory}/gone-0/partition.metadata`, `version: 0\ntopic_id: ${BAR}`);
    files.makeDirectory(`${directory}/nameless-0`);
    files.makeDirectory(`${directory}/__cluster_metadata-0`);
  });
  it.replaceImage();
  it.answerAll();
  const names = it.files.list(directory);
  assert.equal(names.length, 3);
  assert.ok(names.includes("nameless-0"));
  assert.ok(names.includes("__cluster_metadata-0"));
  assert.ok(names.some((name) => /^gone-0\.[A-Za-z0-9_]+-stray$/.test(name)));
});

test("a directory in use is not put aside", () => {
  const it = new Stage();
  it.replaceImage(topic(FOO, "foo"), partition(FOO, 0));
  it.answerAll();
  const args = { logDirectory: directory, directory: "foo-0", topicId: FOO, index: 0 };
  const ask = (asOf: number): string => {
    const { value } = it.harness.ask(broker, "retireDirectory", { ...args, asOf });
    return value.ok ? "done" : value.fault;
  };
  assert.equal(ask(1_000), "refused");
  // Whoever knows less than this host asks for a topic that is gone already.
  assert.equal(ask(-1), "EEXIST");
});

test("a directory of a topic that is just going is not taken for a newer one's", () => {
  const it = new Stage();
  it.replaceImage(topic(FOO, "__consumer_offsets"), partition(FOO, 0));
  it.answerAll();
  it.change({ kind: "RemoveTopicRecord", value: { topicId: FOO } });
  // Its coordinator ends first.
  assert.deepEqual(it.heard("remove"), []);
  const args = {
    logDirectory: directory,
    directory: "__consumer_offsets-0",
    topicId: FOO,
    index: 0,
  };
  const { value } = it.harness.ask(broker, "retireDirectory", { ...args, asOf: -1 });
  assert.equal(value.ok ? "done" : value.fault, "refused");
});

test("what comes and goes while a change is being followed is never opened", () => {
  const it = new Stage();
  it.replaceImage(topic(FOO, "foo"), partition(FOO, 0));
  it.change(topic(BAR, "bar"), partition(BAR, 0));
  it.change({ kind: "RemoveTopicRecord", value: { topicId: BAR } });
  it.answerAll();
  assert.equal(it.heard("opened").length, 1);
  // The front door sees all of it, the controller hears of the latest.
  assert.equal(it.heard("metadataChanged").length, 2);
  assert.equal(it.heard("hostApplied").length, 2);
});

test("a drain closes every partition, keeps their checkpoints, and says whether all went well", () => {
  const it = new Stage();
  it.replaceImage(topic(FOO, "foo"), partition(FOO, 0), partition(FOO, 1));
  it.answerAll();
  const drained = it.harness.ask(broker, "drain", { withinMs: 1_000 });
  it.answerAll();
  assert.deepEqual(drained.value, { notClean: [] });
  assert.equal(it.checkpoint("recovery-point-offset-checkpoint"), "0\n2\nfoo 0 9\nfoo 1 9\n");
  it.harness.advance(600_000);
  assert.deepEqual(it.heard("checkpoint"), []);
});

test("a drain is not clean when a partition was not, or did not answer in time", () => {
  const it = new Stage();
  it.replaceImage(topic(FOO, "foo"), partition(FOO, 0));
  it.answerAll();
  const unclean = it.harness.ask(broker, "drain", { withinMs: 1_000 });
  it.answerAll({ close: { clean: false, recoveryPoint: 1, logStartOffset: 0, highWatermark: 1 } });
  assert.deepEqual(unclean.value, { notClean: [directory] });
  const late = it.harness.ask(broker, "drain", { withinMs: 1_000 });
  it.harness.advance(1_100);
  assert.deepEqual(late.value, { notClean: [directory] });
});
