import { strict as assert } from "node:assert";
import { test } from "node:test";
import { ErrorCode } from "../../../src/protocol/error-codes.ts";
import { buildBatch } from "../../../src/protocol/record-batch.ts";
import { coordinator, CoordinatorStage, partition, TOPIC_ID } from "./stage.ts";

test("groups begin with the first request, are listed, and are there after a restart", () => {
  const stage = new CoordinatorStage();
  assert.deepEqual(stage.ids(), []);
  stage.commit("a", 5);
  stage.commit("b", 7);
  stage.join("c");
  assert.deepEqual(stage.ids(), ["a", "b", "c"]);
  assert.deepEqual(stage.ids(["empty"]), ["a", "b"]);
  assert.deepEqual(stage.ids(["Stable", "CompletingRebalance"]), ["c"]);
  assert.deepEqual(stage.ids([], ["Classic"]), ["a", "b", "c"]);
  assert.deepEqual(stage.ids([], ["share"]), []);

  const later = stage.restart();
  assert.deepEqual(later.ids(), ["a", "b"], "c has never been stored");
  assert.deepEqual([later.offset("a"), later.offset("b")], [5, 7]);
  const loaded = later.harness.logged.find(({ event }) => event === "groups loaded");
  assert.deepEqual([loaded?.fields["groups"], loaded?.fields["records"]], [2, 2]);
});

test("until the log is read everybody is told to come again", () => {
  const first = new CoordinatorStage();
  first.commit("a", 5);
  const stage = first.restart({ isHeld: true });
  const refused = { refused: ErrorCode.COORDINATOR_LOAD_IN_PROGRESS };
  assert.deepEqual(stage.fetch("a").value, refused);
  assert.deepEqual(stage.commit("b", 1).value, refused);
  assert.equal(stage.list().errorCode, ErrorCode.COORDINATOR_LOAD_IN_PROGRESS);
  stage.harness.disk.open();
  stage.harness.advance(20);
  assert.equal(stage.offset("a"), 5);
});

test("a log that cannot be read: this is no coordinator", () => {
  const stage = new CoordinatorStage();
  stage.commit("a", 5);
  const broken = new CoordinatorStage(
    {},
    {
      submit: (request, done) =>
        request.operation === "read"
          ? { ok: false, fault: "EIO", detail: "broken" }
          : stage.disk.submit(request, done),
    },
  );
  assert.deepEqual(broken.fetch("a").value, { refused: ErrorCode.NOT_COORDINATOR });
  assert.deepEqual(broken.ids(), []);
});

test("a group of which nothing is left ends, and a question alone leaves nothing behind", () => {
  const stage = new CoordinatorStage();
  const actors = () => stage.harness.host.stats().actors;
  const before = actors();
  assert.equal(stage.offset("nobody"), -1);
  assert.deepEqual([stage.ids(), actors()], [[], before]);
  stage.commit("a", 1);
  assert.equal(actors(), before + 1);
  stage.ask("deleteGroup", { groupId: "a" });
  assert.deepEqual([stage.ids(), actors()], [[], before]);
  assert.deepEqual(stage.restart().ids(), []);
});

test("records that name no group are counted and passed over", () => {
  const stage = new CoordinatorStage();
  const timestampMs = 1_700_000_000_000;
  const strange = [Uint8Array.of(0), Uint8Array.of(0, 1, 0x7f, 0xff, 65)];
  const records = strange.map((key) => ({ key, value: Uint8Array.of(1), timestampMs }));
  const batch = buildBatch(records);
  stage.harness.ask(partition, "produce", { batch, acks: -1, produceVersion: 13 });
  stage.commit("a", 3);
  const later = stage.restart();
  assert.equal(later.offset("a"), 3);
  const warned = later.harness.logged.find(({ level }) => level === "warn");
  assert.equal(warned?.fields["unreadable"], 2);
});

test("a record of a group in a form that is not known does not keep the rest from being read", () => {
  const stage = new CoordinatorStage();
  stage.commit("a", 3);
  // An offset of "a" in a value version to come, and a type of record to come.
  const unknown = [
    Uint8Array.of(0, 1, 0, 1, 97, 0, 1, 117, 0, 0, 0, 0),
    Uint8Array.of(0, 99, 0, 1, 97),
  ];
  const records = unknown.map((key) => ({
    key,
    value: Uint8Array.of(0, 99, 1),
    timestampMs: 1_700_000_000_000,
  }));
  stage.harness.ask(partition, "produce", {
    batch: buildBatch(records),
    acks: -1,
    produceVersion: 13,
  });
  const later = stage.restart();
  assert.deepEqual([later.offset("a"), later.offset("a", "u")], [3, -1]);
  const events = later.harness.logged.map(({ level, event }) => `${level}: ${event}`);
  assert.ok(events.includes("error: a record of a group is not readable"));
  assert.ok(events.includes("warn: a record of a group is of a kind not known here"));
});

test("a log of many chunks adds up to the newest of each", () => {
  const stage = new CoordinatorStage({ offsetsLoadBufferBytes: 200 });
  for (let i = 1; i <= 200; i++) stage.commit(`g${i % 7}`, i, "t", i % 3);
  const later = stage.restart();
  for (let i = 200 - 20; i <= 200; i++) assert.equal(later.offset(`g${i % 7}`, "t", i % 3), i);
});

test("deleted topics and old offsets reach every group", () => {
  const stage = new CoordinatorStage({ offsetsRetentionCheckIntervalMs: 600_000 });
  stage.commit("a", 1);
  stage.commit("b", 2);
  stage.commit("b", 3, "u");
  stage.harness.tell(coordinator, "topicsDeleted", { topics: [{ name: "t", topicId: TOPIC_ID }] });
  assert.deepEqual([stage.offset("a"), stage.offset("b"), stage.offset("b", "u")], [-1, -1, 3]);
  assert.deepEqual(stage.ids(), ["b"]);
  stage.harness.clock.jumpWall(stage.config.offsetsRetentionMs);
  stage.harness.advance(600_000);
  assert.deepEqual(stage.ids(), []);
});

test("a topic that is deleted while the log is read leaves no offsets behind", () => {
  const first = new CoordinatorStage();
  first.commit("a", 1);
  first.commit("a", 2, "u");
  const stage = first.restart({ isHeld: true });
  stage.harness.tell(coordinator, "topicsDeleted", { topics: [{ name: "t", topicId: TOPIC_ID }] });
  stage.harness.disk.open();
  stage.harness.advance(20);
  assert.deepEqual([stage.offset("a"), stage.offset("a", "u")], [-1, 2]);
  assert.equal(stage.restart().offset("a"), -1);
});

test("a change of configuration is heard by every group", () => {
  const stage = new CoordinatorStage();
  stage.commit("a", 1);
  const config = { ...stage.config, offsetMetadataBytesMax: 0, membersMax: 1 };
  stage.harness.tell(coordinator, "configure", { config });
  stage.join("a");
  assert.equal(stage.join("new").value !== undefined, true);
  const { value } = stage.join("a");
  assert.equal("errorCode" in value ? value.errorCode : -1, ErrorCode.GROUP_MAX_SIZE_REACHED);
});

test("one that drains refuses, lets nobody wait, and answers what is being written", () => {
  const stage = new CoordinatorStage();
  const member = stage.join("a").value;
  assert.ok("memberId" in member);
  const parked = stage.join("a");
  assert.ok(!parked.answered);
  stage.harness.disk.hold(() => true);
  const committing = stage.commit("b", 1);
  stage.harness.tell(coordinator, "drain", {});
  assert.ok("errorCode" in parked.value);
  assert.equal(parked.value.errorCode, ErrorCode.NOT_COORDINATOR);
  assert.deepEqual(stage.fetch("b").value, { refused: ErrorCode.NOT_COORDINATOR });
  assert.ok(!committing.answered);
  stage.harness.disk.open();
  assert.deepEqual(committing.value, { errorCodes: [0] });
});

test("one that resigns ends its groups, and whoever waits there hears so", () => {
  const stage = new CoordinatorStage();
  stage.join("a");
  const parked = stage.join("a");
  const resigned = stage.harness.ask(coordinator, "resign", {});
  assert.ok(resigned.answered);
  assert.equal(parked.outcome?.ok, false);
  assert.deepEqual(stage.fetch("a").value, { refused: ErrorCode.NOT_COORDINATOR });
});

test("10,000 groups that somebody has only asked to join leave nothing behind", () => {
  const stage = new CoordinatorStage();
  const before = stage.harness.host.stats().actors;
  for (let i = 0; i < 10_000; i++) {
    stage.ask("joinGroup", {
      groupId: `g${i}`,
      memberId: "",
      groupInstanceId: null,
      clientId: "c",
      clientHost: "/127.0.0.1",
      sessionTimeoutMs: 10_000,
      rebalanceTimeoutMs: 30_000,
      protocolType: "consumer",
      protocols: [{ name: "range", metadata: new Uint8Array(0) }],
      requiresKnownMemberId: true,
      supportsSkippingAssignment: true,
      reason: null,
    });
  }
  assert.equal(stage.harness.host.stats().actors, before + 10_000);
  stage.harness.advance(10_000);
  assert.equal(stage.harness.host.stats().actors, before);
});
