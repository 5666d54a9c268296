import { strict as assert } from "node:assert";
import { test } from "node:test";
import { directoryFailure } from "../../../src/actors/controller/brokers.ts";
import { planCreateTopics } from "../../../src/actors/controller/create-topics.ts";
import { DirectoryChooser } from "../../../src/actors/controller/directory-chooser.ts";
import type { PlanContext } from "../../../src/actors/controller/plan.ts";
import { carryOut, contextOf, directoryId, idOf } from "./plan-context.ts";

const [SECOND, THIRD] = [idOf(2), idOf(3)];

/** A broker with these data directories, and a topic for each of the given counts of partitions. */
function contextWith(logDirs: readonly string[]): PlanContext {
  const context = contextOf();
  const broker = context.image.brokers().get(1)!;
  const value = { ...broker, logDirs, isMigratingZkBroker: false };
  carryOut(context.image, { records: [{ kind: "RegisterBrokerRecord", value }], results: null });
  return context;
}

function create(context: PlanContext, name: string, partitionCount: number): readonly string[] {
  const topic = { name, partitionCount, replicationFactor: 1, assignments: [], configs: [] };
  const directories = new DirectoryChooser();
  carryOut(context.image, planCreateTopics({ ...context, directories }, [topic]));
  const { partitions } = context.image.topicByName(name)!;
  return partitions.flatMap((each) => each.directories);
}

test("a new partition goes to the directory with the fewest, those of its own request counted", () => {
  const context = contextWith([directoryId, SECOND]);
  assert.deepEqual(create(context, "a", 3), [directoryId, SECOND, directoryId]);
  assert.deepEqual(create(context, "b", 2), [SECOND, directoryId]);
});

test("a directory that is new fills up first", () => {
  const context = contextWith([directoryId]);
  assert.deepEqual(create(context, "a", 2), [directoryId, directoryId]);
  const broker = context.image.brokers().get(1)!;
  const value = { ...broker, logDirs: [directoryId, SECOND], isMigratingZkBroker: false };
  carryOut(context.image, { records: [{ kind: "RegisterBrokerRecord", value }], results: null });
  assert.deepEqual(create(context, "b", 3), [SECOND, SECOND, directoryId]);
});

test("one that has failed gets no more; the last one stays", () => {
  const context = contextWith([directoryId, SECOND]);
  const failed = directoryFailure(context.image.brokers().get(1)!, directoryId);
  carryOut(context.image, { records: failed, results: null });
  assert.deepEqual(create(context, "a", 2), [SECOND, SECOND]);
  assert.deepEqual(directoryFailure(context.image.brokers().get(1)!, SECOND), []);
  assert.deepEqual(directoryFailure(context.image.brokers().get(1)!, THIRD), []);
});
