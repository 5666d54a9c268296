import { strict as assert } from "node:assert";
import { describe, test } from "node:test";
import { ZERO_UUID } from "../../../src/base/uuid.ts";
import { MetadataRequest, MetadataResponse } from "../../../src/protocol/messages/03-metadata.ts";
import {
  DescribeClusterRequest,
  DescribeClusterResponse,
} from "../../../src/protocol/messages/60-describe-cluster.ts";
import {
  DescribeTopicPartitionsRequest,
  DescribeTopicPartitionsResponse,
} from "../../../src/protocol/messages/75-describe-topic-partitions.ts";
import { brokerRecord, TestDoor, topicId, topicRecords } from "./test-door.ts";

function door(properties: Record<string, string> = {}): TestDoor {
  const records = [...topicRecords("a", 2), ...topicRecords("b", 1)];
  return new TestDoor({ records, properties });
}

function named(...names: string[]) {
  return { topics: names.map((name) => ({ name })) };
}

/** `name error partitions` per topic. */
function topicsOf({ topics }: ReturnType<typeof take>): string[] {
  return topics.map(
    ({ name, errorCode, partitions }) => `${name} ${errorCode} ${partitions.length}`,
  );
}

function take(client: ReturnType<TestDoor["connect"]>, version: number) {
  return client.take(MetadataResponse, version);
}

describe("metadata", () => {
  test("all versions tell of brokers, cluster and topics", () => {
    for (let version = 0; version <= 13; version++) {
      const d = door();
      const client = d.connect();
      client.send(MetadataRequest, version, named("a"));
      const response = take(client, version);
      assert.deepEqual(response.brokers, [
        { nodeId: 1, host: "broker.test", port: 9092, rack: null },
      ]);
      assert.deepEqual(topicsOf(response), ["a 0 2"], `v${version}`);
      assert.equal(response.clusterId, version >= 2 ? "test-cluster" : null);
      assert.equal(response.controllerId, version >= 1 ? 1 : -1);
      const [topic] = response.topics;
      assert.equal(topic!.topicId, version >= 10 ? topicId("a") : ZERO_UUID);
      assert.deepEqual(topic!.partitions[1], {
        errorCode: 0,
        partitionIndex: 1,
        leaderId: 1,
        leaderEpoch: version >= 7 ? 0 : -1,
        replicaNodes: [1],
        isrNodes: [1],
        offlineReplicas: [],
      });
    }
  });

  test("no topics means all in version 0 and none later; null means all", () => {
    const d = door();
    const client = d.connect();
    client.send(MetadataRequest, 0, named());
    assert.deepEqual(topicsOf(take(client, 0)), ["a 0 2", "b 0 1"]);
    client.send(MetadataRequest, 1, named());
    assert.deepEqual(topicsOf(take(client, 1)), []);
    client.send(MetadataRequest, 1, { topics: null });
    assert.deepEqual(topicsOf(take(client, 1)), ["a 0 2", "b 0 1"]);
  });

  test("topics by id: from version 12, and then names are not looked at", () => {
    const d = door();
    const client = d.connect();
    const byId = { topicId: topicId("b"), name: null };
    const unknown = { topicId: topicId("gone"), name: null };
    client.send(MetadataRequest, 12, { topics: [byId, unknown, { name: "a" }] });
    assert.deepEqual(topicsOf(take(client, 12)), ["b 0 1", "null 100 0"]);
    client.send(MetadataRequest, 10, { topics: [byId] });
    const tooEarly = take(client, 10);
    assert.deepEqual(topicsOf(tooEarly), [" 42 0"]);
    assert.deepEqual([tooEarly.brokers, tooEarly.clusterId, tooEarly.controllerId], [[], null, -1]);
  });

  test("illegal names are told from unknown ones", () => {
    const d = door({ "auto.create.topics.enable": "false" });
    const client = d.connect();
    client.send(MetadataRequest, 9, named("nobody", "no/body", "", "x".repeat(250)));
    const errors = take(client, 9).topics.map(({ errorCode }) => errorCode);
    assert.deepEqual(errors, [3, 17, 17, 17]);
    assert.deepEqual(d.asked("createTopics"), []);
  });

  test("a missing topic is error 3 at first and created meanwhile, once", () => {
    const d = door();
    const [one, other] = [d.connect(), d.connect()];
    one.send(MetadataRequest, 9, named("new", "no/body"));
    other.send(MetadataRequest, 9, named("new"));
    assert.deepEqual(topicsOf(take(one, 9)), ["new 3 0", "no/body 17 0"]);
    assert.deepEqual(topicsOf(take(other, 9)), ["new 3 0"]);
    const asked = d.asked("createTopics");
    assert.equal(asked.length, 1);
    assert.deepEqual(asked[0]!.args, {
      topics: [
        { name: "new", partitionCount: -1, replicationFactor: -1, assignments: [], configs: [] },
      ],
      validateOnly: false,
    });
    d.change(...topicRecords("new", 3));
    d.answer("createTopics", { results: [] });
    one.send(MetadataRequest, 9, named("new"));
    assert.deepEqual(topicsOf(take(one, 9)), ["new 0 3"]);
    assert.equal(d.counters.topicsBeingCreated, 0);
  });

  test("nothing is created when the request, the broker or the name forbids it", () => {
    const d = door();
    const client = d.connect();
    client.send(MetadataRequest, 9, { ...named("new"), allowAutoTopicCreation: false });
    client.send(MetadataRequest, 9, named("__consumer_offsets"));
    assert.deepEqual(topicsOf(take(client, 9)), ["new 3 0"]);
    const { topics } = take(client, 9);
    assert.equal(topics[0]!.isInternal, true);
    assert.deepEqual(d.asked("createTopics"), []);
  });

  test("a partition without a living leader says so", () => {
    const d = new TestDoor({
      records: [brokerRecord(2), ...topicRecords("here", 1), ...topicRecords("gone", 1, 7)],
    });
    const client = d.connect();
    client.send(MetadataRequest, 9, named("gone"));
    const [gone] = take(client, 9).topics;
    assert.deepEqual(gone!.partitions, [
      {
        errorCode: 5,
        partitionIndex: 0,
        leaderId: -1,
        leaderEpoch: 0,
        replicaNodes: [7],
        isrNodes: [7],
        offlineReplicas: [7],
      },
    ]);
    client.send(MetadataRequest, 0, named("gone"));
    assert.deepEqual(take(client, 0).topics[0]!.partitions[0]!.replicaNodes, []);
  });

  test("authorized operations are told when asked for, else the mark that they were not", () => {
    const d = door();
    const client = d.connect();
    client.send(MetadataRequest, 8, {
      ...named("a", "nobody"),
      includeTopicAuthorizedOperations: true,
      includeClusterAuthorizedOperations: true,
    });
    const asked = take(client, 8);
    assert.deepEqual(
      asked.topics.map(({ topicAuthorizedOperations: operations }) => operations),
      [3576, 3576],
    );
    assert.equal(asked.clusterAuthorizedOperations, 8096);
    client.send(MetadataRequest, 8, named("a"));
    const plain = take(client, 8);
    assert.equal(plain.topics[0]!.topicAuthorizedOperations, -2147483648);
    assert.equal(plain.clusterAuthorizedOperations, -2147483648);
  });
});

describe("describe cluster", () => {
  test("tells of living brokers, and of fenced ones when asked", () => {
    const fenced = brokerRecord(3);
    assert.ok(fenced.kind === "RegisterBrokerRecord");
    const d = new TestDoor({
      records: [brokerRecord(2), { ...fenced, value: { ...fenced.value, fenced: true } }],
    });
    const client = d.connect();
    const plain = { includeClusterAuthorizedOperations: false };
    client.send(DescribeClusterRequest, 1, plain);
    const response = client.take(DescribeClusterResponse, 1);
    assert.deepEqual(
      response.brokers.map(({ brokerId, host, port }) => `${brokerId} ${host}:${port}`),
      ["1 broker.test:9092", "2 host2:9000"],
    );
    assert.equal(response.clusterId, "test-cluster");
    assert.ok([1, 2].includes(response.controllerId));
    client.send(DescribeClusterRequest, 2, { ...plain, includeFencedBrokers: true });
    assert.deepEqual(
      client
        .take(DescribeClusterResponse, 2)
        .brokers.map(({ brokerId, isFenced }) => [brokerId, isFenced]),
      [
        [1, false],
        [2, false],
        [3, true],
      ],
    );
    client.send(DescribeClusterRequest, 1, { ...plain, endpointType: 2 });
    const refused = client.take(DescribeClusterResponse, 1);
    assert.deepEqual([refused.errorCode, refused.clusterId], [114, ""]);
    client.send(DescribeClusterRequest, 1, { ...plain, endpointType: 3 });
    assert.equal(client.take(DescribeClusterResponse, 1).errorCode, 115);
  });
});

describe("describe topic partitions", () => {
  function pages(d: TestDoor, names: string[], responsePartitionLimit: number): string[][] {
    const client = d.connect();
    const told: string[][] = [];
    let cursor: { topicName: string; partitionIndex: number } | null = null;
    do {
      const topics = names.map((name) => ({ name }));
      client.send(DescribeTopicPartitionsRequest, 0, { topics, responsePartitionLimit, cursor });
      const response = client.take(DescribeTopicPartitionsResponse, 0);
      told.push(
        response.topics.flatMap(({ name, errorCode, partitions }) =>
          errorCode === 0
            ? partitions.map(({ partitionIndex }) => `${name}-${partitionIndex}`)
            : [`${name} error ${errorCode}`],
        ),
      );
      cursor = response.nextCursor;
    } while (cursor !== null);
    return told;
  }

  test("pages go on where the cursor says, across topics", () => {
    const d = new TestDoor({
      records: [...topicRecords("b", 2), ...topicRecords("a", 3), ...topicRecords("c", 1)],
    });
    assert.deepEqual(pages(d, [], 2), [
      ["a-0", "a-1"],
      ["a-2", "b-0"],
      ["b-1", "c-0"],
    ]);
    assert.deepEqual(pages(d, [], 100), [["a-0", "a-1", "a-2", "b-0", "b-1", "c-0"]]);
    assert.deepEqual(pages(d, ["c", "nobody", "b"], 1), [
      ["b-0"],
      ["b-1"],
      ["c-0"],
      ["nobody error 3"],
    ]);
    assert.deepEqual(pages(d, ["b"], 0), [["b-0"], ["b-1"]]);
  });

  test("the broker bounds the pages, whatever the client would take", () => {
    const d = new TestDoor({
      records: topicRecords("a", 3),
      properties: { "max.request.partition.size.limit": "2" },
    });
    assert.deepEqual(pages(d, ["a"], 2000), [["a-0", "a-1"], ["a-2"]]);
  });

  test("a cursor must be at one of the topics that are asked for", () => {
    const d = door();
    const client = d.connect();
    const topics = [{ name: "b" }, { name: "nobody" }];
    const errorsAt = (topicName: string, partitionIndex: number) => {
      const cursor = { topicName, partitionIndex };
      client.send(DescribeTopicPartitionsRequest, 0, { topics, cursor });
      const response = client.take(DescribeTopicPartitionsResponse, 0);
      return response.topics.map(({ name, errorCode }) => `${name} ${errorCode}`);
    };
    assert.deepEqual(errorsAt("b", 0), ["b 0", "nobody 3"]);
    assert.deepEqual(errorsAt("b", -1), ["b 42", "nobody 42"]);
    assert.deepEqual(errorsAt("a", 0), ["b 42", "nobody 42"]);
  });
});
