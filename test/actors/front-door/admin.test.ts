import { strict as assert } from "node:assert";
import { describe, test } from "node:test";
import { ZERO_UUID } from "../../../src/base/uuid.ts";
import * as createTopics from "../../../src/protocol/messages/19-create-topics.ts";
import * as deleteTopics from "../../../src/protocol/messages/20-delete-topics.ts";
import * as createPartitions from "../../../src/protocol/messages/37-create-partitions.ts";
import * as describeConfigs from "../../../src/protocol/messages/32-describe-configs.ts";
import * as alterConfigs from "../../../src/protocol/messages/33-alter-configs.ts";
import * as incremental from "../../../src/protocol/messages/44-incremental-alter-configs.ts";
import * as listResources from "../../../src/protocol/messages/74-list-config-resources.ts";
import { TestDoor, topicId, topicRecords } from "./test-door.ts";

const TOPIC = 2;
const BROKER = 4;

function door(properties: Record<string, string> = {}): TestDoor {
  return new TestDoor({ records: topicRecords("a", 2), properties });
}

function newTopic(name: string, configs: { name: string; value: string | null }[] = []) {
  return { name, numPartitions: 3, replicationFactor: 1, assignments: [], configs };
}

function created(name: string) {
  return {
    name,
    topicId: topicId(name),
    errorCode: 0,
    errorMessage: null,
    partitionCount: 3,
    replicationFactor: 1,
  };
}

describe("create topics", () => {
  test("the controller creates, and the response tells what came of it in every version", () => {
    for (let version = 2; version <= 7; version++) {
      const d = door();
      const client = d.connect();
      const configs = [{ name: "retention.ms", value: "5000" }];
      client.send(createTopics.CreateTopicsRequest, version, { topics: [newTopic("n", configs)] });
      assert.deepEqual(d.asked("createTopics")[0]!.args, {
        topics: [{ name: "n", partitionCount: 3, replicationFactor: 1, assignments: [], configs }],
        validateOnly: false,
      });
      d.answer("createTopics", { results: [created("n")] });
      const [topic] = client.take(createTopics.CreateTopicsResponse, version).topics;
      assert.equal(topic!.errorCode, 0);
      if (version >= 7) assert.equal(topic!.topicId, topicId("n"));
      if (version < 5) continue;
      assert.deepEqual([topic!.numPartitions, topic!.replicationFactor], [3, 1]);
      const retention = topic!.configs!.find(({ name }) => name === "retention.ms");
      assert.deepEqual([retention!.value, retention!.configSource], ["5000", 1]);
      const segment = topic!.configs!.find(({ name }) => name === "segment.bytes");
      assert.equal(segment!.configSource, 5);
    }
  });

  test("refusals of the controller, and its silence", () => {
    const d = door();
    const client = d.connect();
    const request = { topics: [newTopic("a")], timeoutMs: 2000 };
    client.send(createTopics.CreateTopicsRequest, 7, request);
    const refusal = { ...created("a"), topicId: ZERO_UUID, errorCode: 36, errorMessage: "exists" };
    d.answer("createTopics", { results: [refusal] });
    const [topic] = client.take(createTopics.CreateTopicsResponse, 7).topics;
    assert.deepEqual([topic!.errorCode, topic!.errorMessage], [36, "exists"]);

    client.send(createTopics.CreateTopicsRequest, 7, request);
    d.advance(2000);
    assert.equal(client.take(createTopics.CreateTopicsResponse, 7).topics[0]!.errorCode, 7);
  });
});

describe("delete topics", () => {
  function codes(client: ReturnType<TestDoor["connect"]>, version: number): string[] {
    return client
      .take(deleteTopics.DeleteTopicsResponse, version)
      .responses.map(({ name, errorCode }) => `${name} ${errorCode}`);
  }

  test("by name, and from version 6 by id", () => {
    const d = door();
    const client = d.connect();
    client.send(deleteTopics.DeleteTopicsRequest, 1, { topicNames: ["a"], timeoutMs: 1000 });
    assert.deepEqual(d.asked("deleteTopics")[0]!.args, {
      topics: [{ name: "a", topicId: ZERO_UUID }],
    });
    const deleted = { name: "a", topicId: topicId("a"), errorCode: 0, errorMessage: null };
    d.answer("deleteTopics", { results: [deleted] });
    assert.deepEqual(codes(client, 1), ["a 0"]);

    const topics = [{ name: null, topicId: topicId("a") }];
    client.send(deleteTopics.DeleteTopicsRequest, 6, { topics, timeoutMs: 1000 });
    assert.deepEqual(d.asked("deleteTopics")[0]!.args, { topics });
    d.answer("deleteTopics", { results: [deleted] });
    assert.deepEqual(codes(client, 6), ["a 0"]);
  });

  test("disabled deletion is told as each version knows it", () => {
    const d = door();
    const client = d.connect();
    for (const [version, code] of [
      [2, 42],
      [3, 73],
    ] as const) {
      client.send(deleteTopics.DeleteTopicsRequest, version, { topicNames: ["a"], timeoutMs: 1 });
      const refused = { name: "a", topicId: ZERO_UUID, errorCode: 73, errorMessage: "disabled" };
      d.answer("deleteTopics", { results: [refused] });
      assert.deepEqual(codes(client, version), [`a ${code}`]);
    }
  });

  test("a silent controller", () => {
    const d = door();
    const client = d.connect();
    client.send(deleteTopics.DeleteTopicsRequest, 5, { topicNames: ["a"], timeoutMs: 1 });
    d.advance(500);
    assert.deepEqual(codes(client, 5), ["a 7"]);
  });
});

describe("create partitions", () => {
  test("goes to the controller", () => {
    const d = door();
    const client = d.connect();
    const topics = [
      { name: "a", count: 4, assignments: [{ brokerIds: [1] }, { brokerIds: [1] }] },
      { name: "b", count: 4, assignments: null },
    ];
    client.send(createPartitions.CreatePartitionsRequest, 3, {
      topics,
      timeoutMs: 1000,
      validateOnly: true,
    });
    assert.deepEqual(d.asked("createPartitions")[0]!.args, {
      topics: [
        { name: "a", count: 4, assignments: [[1], [1]] },
        { name: "b", count: 4, assignments: null },
      ],
      validateOnly: true,
    });
    d.answer("createPartitions", {
      results: [
        { name: "a", errorCode: 37, errorMessage: "too few" },
        { name: "b", errorCode: 0, errorMessage: null },
      ],
    });
    assert.deepEqual(
      client
        .take(createPartitions.CreatePartitionsResponse, 3)
        .results.map(({ name, errorCode, errorMessage }) => `${name} ${errorCode} ${errorMessage}`),
      ["a 37 too few", "b 0 null"],
    );
  });
});

describe("describe configs", () => {
  function describeOne(
    d: TestDoor,
    resource: { resourceType: number; resourceName: string; configurationKeys?: string[] | null },
    version = 4,
  ) {
    const client = d.connect();
    const { configurationKeys = null, ...named } = resource;
    client.send(describeConfigs.DescribeConfigsRequest, version, {
      resources: [{ ...named, configurationKeys }],
      includeSynonyms: true,
      ...(version >= 3 ? { includeDocumentation: true } : {}),
    });
    return client.take(describeConfigs.DescribeConfigsResponse, version).results[0]!;
  }

  test("a topic: overrides, defaults, synonyms and types", () => {
    const d = door();
    d.change({
      kind: "ConfigRecord",
      value: { resourceType: TOPIC, resourceName: "a", name: "retention.ms", value: "77" },
    });
    const all = describeOne(d, { resourceType: TOPIC, resourceName: "a" });
    assert.ok(all.configs.length > 25);
    const keys = ["retention.ms", "no.such.key"];
    for (const version of [1, 2, 3, 4]) {
      const some = describeOne(
        d,
        { resourceType: TOPIC, resourceName: "a", configurationKeys: keys },
        version,
      );
      assert.equal(some.configs.length, 1);
      const [retention] = some.configs;
      assert.deepEqual([retention!.value, retention!.configSource], ["77", 1]);
      assert.equal(retention!.synonyms[0]!.value, "77");
      assert.equal(retention!.configType, version >= 3 ? 5 : 0);
      assert.equal(
        retention!.documentation !== null && retention!.documentation !== "",
        version >= 3,
      );
    }
  });

  test("the broker itself, all brokers, and no other", () => {
    const d = door({ "log.segment.bytes": "1048576" });
    const own = describeOne(d, { resourceType: BROKER, resourceName: "1" });
    const segment = own.configs.find(({ name }) => name === "log.segment.bytes");
    assert.deepEqual([segment!.value, segment!.configSource], ["1048576", 4]);
    d.change({
      kind: "ConfigRecord",
      value: { resourceType: BROKER, resourceName: "", name: "message.max.bytes", value: "5000" },
    });
    const everybody = describeOne(d, { resourceType: BROKER, resourceName: "" });
    assert.deepEqual(
      everybody.configs.map(({ name, value }) => `${name}=${value}`),
      ["message.max.bytes=5000"],
    );
    assert.equal(describeOne(d, { resourceType: BROKER, resourceName: "2" }).errorCode, 42);
    assert.equal(describeOne(d, { resourceType: BROKER, resourceName: "x" }).errorCode, 42);
  });

  test("what is not there", () => {
    const d = door();
    assert.equal(describeOne(d, { resourceType: TOPIC, resourceName: "nobody" }).errorCode, 3);
    assert.equal(describeOne(d, { resourceType: TOPIC, resourceName: "no/body" }).errorCode, 17);
    assert.equal(describeOne(d, { resourceType: 99, resourceName: "a" }).errorCode, 42);
  });
});

describe("alter configs", () => {
  const set = (name: string, value: string | null, configOperation = 0) => ({
    name,
    value,
    configOperation,
  });
  const resource = (
    resourceName: string,
    configs: ReturnType<typeof set>[],
    resourceType = TOPIC,
  ) => ({
    resourceType,
    resourceName,
    configs,
  });

  test("incremental edits reach the controller as they are", () => {
    const d = door();
    const client = d.connect();
    client.send(incremental.IncrementalAlterConfigsRequest, 1, {
      resources: [resource("a", [set("x", "1"), set("y", null, 1), set("z", "l", 2)])],
      validateOnly: true,
    });
    assert.deepEqual(d.asked("changeConfigs")[0]!.args, {
      resources: [
        {
          resource: { type: TOPIC, name: "a" },
          changes: [
            { name: "x", operation: 0, value: "1" },
            { name: "y", operation: 1, value: null },
            { name: "z", operation: 2, value: "l" },
          ],
        },
      ],
      validateOnly: true,
    });
    d.answer("changeConfigs", {
      results: [{ resource: { type: TOPIC, name: "a" }, errorCode: 40, errorMessage: "bad" }],
    });
    assert.deepEqual(client.take(incremental.IncrementalAlterConfigsResponse, 1).responses, [
      { errorCode: 40, errorMessage: "bad", resourceType: TOPIC, resourceName: "a" },
    ]);
  });

  test("the old way replaces all of a resource's configs", () => {
    const d = door();
    const client = d.connect();
    const configs = [{ name: "x", value: "1" }];
    client.send(alterConfigs.AlterConfigsRequest, 0, {
      resources: [{ resourceType: TOPIC, resourceName: "a", configs }],
      validateOnly: false,
    });
    assert.deepEqual(d.asked("replaceConfigs")[0]!.args, {
      resources: [{ resource: { type: TOPIC, name: "a" }, configs }],
      validateOnly: false,
    });
    d.advance(30_000);
    const { responses } = client.take(alterConfigs.AlterConfigsResponse, 0);
    assert.equal(responses[0]!.errorCode, 7);
  });
});

describe("list config resources", () => {
  function list(d: TestDoor, resourceTypes: number[], version = 1) {
    const client = d.connect();
    client.send(
      listResources.ListConfigResourcesRequest,
      version,
      version === 0 ? {} : { resourceTypes },
    );
    const { errorCode, configResources } = client.take(
      listResources.ListConfigResourcesResponse,
      version,
    );
    return { errorCode, names: configResources.map((r) => `${r.resourceType}/${r.resourceName}`) };
  }

  test("by type, all types, and types that are not known", () => {
    const d = door();
    assert.deepEqual(list(d, [TOPIC]).names, ["2/a"]);
    assert.deepEqual(list(d, [BROKER, TOPIC]).names, ["4/1", "2/a"]);
    assert.deepEqual(list(d, []).names, ["2/a", "4/1", "8/1"]);
    assert.deepEqual(list(d, [], 0).names, []);
    assert.deepEqual(list(d, [99]), { errorCode: 35, names: [] });
  });
});
