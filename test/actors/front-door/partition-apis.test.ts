import { strict as assert } from "node:assert";
import { describe, test } from "node:test";
import {
  ApiVersionsRequest,
  ApiVersionsResponse,
} from "../../../src/protocol/messages/18-api-versions.ts";
import {
  InitProducerIdRequest,
  InitProducerIdResponse,
} from "../../../src/protocol/messages/22-init-producer-id.ts";
import * as listOffsets from "../../../src/protocol/messages/02-list-offsets.ts";
import * as deleteRecords from "../../../src/protocol/messages/21-delete-records.ts";
import * as epochs from "../../../src/protocol/messages/23-offset-for-leader-epoch.ts";
import * as logDirs from "../../../src/protocol/messages/35-describe-log-dirs.ts";
import * as producers from "../../../src/protocol/messages/61-describe-producers.ts";
import { TestDoor, topicRecords } from "./test-door.ts";

function door(): TestDoor {
  return new TestDoor({ records: [...topicRecords("a", 2), ...topicRecords("b", 1)] });
}

describe("list offsets", () => {
  test("asks each partition in the terms of every version", () => {
    for (let version = 1; version <= 11; version++) {
      const d = door();
      const client = d.connect();
      const partitions = [
        { partitionIndex: 1, timestamp: -2n, ...(version >= 4 ? { currentLeaderEpoch: 3 } : {}) },
      ];
      client.send(listOffsets.ListOffsetsRequest, version, {
        replicaId: -1,
        topics: [{ name: "a", partitions }],
        ...(version >= 2 ? { isolationLevel: 1 } : {}),
      });
      assert.deepEqual(d.asked("listOffset")[0]!.args, {
        timestamp: -2,
        readCommitted: version >= 2,
        currentLeaderEpoch: version >= 4 ? 3 : -1,
        version,
      });
      d.answer("listOffset", { errorCode: 0, timestamp: 9, offset: 8, leaderEpoch: 7 });
      const response = client.take(listOffsets.ListOffsetsResponse, version);
      assert.deepEqual(response.topics[0]!.partitions, [
        {
          partitionIndex: 1,
          errorCode: 0,
          timestamp: 9,
          offset: 8,
          leaderEpoch: version >= 4 ? 7 : -1,
        },
      ]);
    }
  });

  test("a time beyond all times", () => {
    const d = door();
    const client = d.connect();
    for (const [asked, told] of [
      [0x7fff_ffff_ffff_ffffn, Number.MAX_SAFE_INTEGER],
      [-0x8000_0000_0000_0000n, -Number.MAX_SAFE_INTEGER],
    ] as const) {
      client.send(listOffsets.ListOffsetsRequest, 10, {
        replicaId: -1,
        isolationLevel: 0,
        timeoutMs: 1000,
        topics: [{ name: "a", partitions: [{ partitionIndex: 1, timestamp: asked }] }],
      });
      assert.equal(d.asked("listOffset").at(-1)!.args.timestamp, told);
      d.answer("listOffset", { errorCode: 0, timestamp: -1, offset: -1, leaderEpoch: -1 });
      assert.equal(client.take(listOffsets.ListOffsetsResponse, 10).topics.length, 1);
    }
  });

  test("the unknown, the silent and the named twice", () => {
    const d = door();
    const client = d.connect();
    const wanted = (...indexes: number[]) =>
      indexes.map((partitionIndex) => ({ partitionIndex, timestamp: -1n }));
    client.send(listOffsets.ListOffsetsRequest, 10, {
      replicaId: -1,
      isolationLevel: 0,
      timeoutMs: 1000,
      topics: [
        { name: "nobody", partitions: wanted(0) },
        { name: "a", partitions: wanted(0, 5, 0, 1) },
      ],
    });
    d.advance(1000);
    const response = client.take(listOffsets.ListOffsetsResponse, 10);
    assert.deepEqual(
      response.topics.map(({ partitions }) => partitions.map(({ errorCode }) => errorCode)),
      [[3], [42, 3, 7]],
    );
    assert.equal(response.topics[1]!.partitions[2]!.offset, -1);
  });

  test("an isolation level that there is not", () => {
    const d = door();
    const client = d.connect();
    const topics = [{ name: "a", partitions: [{ partitionIndex: 1, timestamp: -1n }] }];
    client.send(listOffsets.ListOffsetsRequest, 9, { replicaId: -1, isolationLevel: 2, topics });
    const response = client.take(listOffsets.ListOffsetsResponse, 9);
    assert.equal(response.topics[0]!.partitions[0]!.errorCode, -1);
    assert.deepEqual(d.asked("listOffset"), []);
  });
});

describe("single questions to partitions", () => {
  test("delete records", () => {
    const d = door();
    const client = d.connect();
    client.send(deleteRecords.DeleteRecordsRequest, 2, {
      topics: [
        {
          name: "a",
          partitions: [
            { partitionIndex: 0, offset: 3 },
            { partitionIndex: 7, offset: 4 },
          ],
        },
        { name: "a", partitions: [{ partitionIndex: 0, offset: -1 }] },
        { name: "b", partitions: [] },
      ],
      timeoutMs: 1000,
    });
    assert.deepEqual(d.asked("deleteRecords")[0]!.args, { offset: -1 });
    d.answer("deleteRecords", { errorCode: 0, lowWatermark: 12 });
    // As Kafka merges them: of a partition named twice the last word counts.
    const partitions = [
      { partitionIndex: 0, lowWatermark: 12, errorCode: 0 },
      { partitionIndex: 7, lowWatermark: -1, errorCode: 3 },
    ];
    const { topics } = client.take(deleteRecords.DeleteRecordsResponse, 2);
    assert.deepEqual(topics, [{ name: "a", partitions }]);
  });

  test("offset for leader epoch", () => {
    for (const version of [2, 3, 4]) {
      const d = door();
      const client = d.connect();
      client.send(epochs.OffsetForLeaderEpochRequest, version, {
        topics: [
          { topic: "a", partitions: [{ partition: 1, currentLeaderEpoch: 5, leaderEpoch: 4 }] },
          { topic: "c", partitions: [{ partition: 0, leaderEpoch: 4 }] },
        ],
      });
      assert.deepEqual(d.asked("offsetForLeaderEpoch")[0]!.args, {
        leaderEpoch: 4,
        currentLeaderEpoch: 5,
      });
      d.answer("offsetForLeaderEpoch", { errorCode: 0, leaderEpoch: 3, endOffset: 20 });
      assert.deepEqual(client.take(epochs.OffsetForLeaderEpochResponse, version).topics, [
        { topic: "a", partitions: [{ errorCode: 0, partition: 1, leaderEpoch: 3, endOffset: 20 }] },
        {
          topic: "c",
          partitions: [{ errorCode: 3, partition: 0, leaderEpoch: -1, endOffset: -1 }],
        },
      ]);
    }
  });

  test("describe producers", () => {
    const d = door();
    const client = d.connect();
    client.send(producers.DescribeProducersRequest, 0, {
      topics: ["b", "nobody", "no/body"].map((name) => ({ name, partitionIndexes: [0] })),
    });
    const producer = {
      producerId: 5,
      producerEpoch: 1,
      lastSequence: 9,
      lastTimestampMs: 1000,
      coordinatorEpoch: -1,
      currentTransactionStartOffset: -1,
    };
    d.answer("describeProducers", { errorCode: 0, producers: [producer] });
    const partitions = client
      .take(producers.DescribeProducersResponse, 0)
      .topics.flatMap((topic) => topic.partitions);
    assert.deepEqual(
      partitions.map(({ errorCode }) => errorCode),
      [0, 3, 17],
    );
    assert.deepEqual(partitions[0]!.activeProducers, [
      {
        producerId: 5,
        producerEpoch: 1,
        lastSequence: 9,
        lastTimestamp: 1000,
        coordinatorEpoch: -1,
        currentTxnStartOffset: -1,
      },
    ]);
  });

  test("describe log dirs: the volume from the broker, sizes from the partitions", () => {
    for (let version = 1; version <= 5; version++) {
      const d = door();
      const client = d.connect();
      client.send(logDirs.DescribeLogDirsRequest, version, {
        topics: [
          { topic: "a", partitions: [1, 9] },
          { topic: "a", partitions: [1] },
          { topic: "nobody", partitions: [0] },
        ],
      });
      d.answer("describeLogDirectories", {
        directories: [{ path: "/d", failed: false, totalBytes: 100, freeBytes: 40 }],
      });
      d.answer("describeLog", { errorCode: 0, logDirectory: "/d", sizeBytes: 33, offsetLag: 0 });
      const { results } = client.take(logDirs.DescribeLogDirsResponse, version);
      assert.deepEqual(results, [
        {
          errorCode: 0,
          logDir: "/d",
          topics: [
            {
              name: "a",
              partitions: [
                { partitionIndex: 1, partitionSize: 33, offsetLag: 0, isFutureKey: false },
              ],
            },
          ],
          totalBytes: version >= 4 ? 100 : -1,
          usableBytes: version >= 4 ? 40 : -1,
          isCordoned: false,
        },
      ]);
    }
  });

  test("describe log dirs of everything, each with its own; one that has failed", () => {
    const d = door();
    const client = d.connect();
    client.send(logDirs.DescribeLogDirsRequest, 4, { topics: null });
    const space = { totalBytes: 1, freeBytes: 1 };
    d.answer("describeLogDirectories", {
      directories: [
        { path: "/d", failed: false, ...space },
        { path: "/e", failed: false, ...space },
        { path: "/f", failed: true, ...space },
      ],
    });
    assert.equal(d.asked("describeLog").length, 3);
    const homes = ["/d", "", "/e"];
    homes.forEach((logDirectory, i) => {
      const errorCode = logDirectory === "" ? 56 : 0;
      d.answer("describeLog", { errorCode, logDirectory, sizeBytes: i, offsetLag: 0 });
    });
    const { results } = client.take(logDirs.DescribeLogDirsResponse, 4);
    assert.deepEqual(
      results.map(({ errorCode, logDir, topics }) => [
        errorCode,
        logDir,
        ...topics.map(({ name, partitions }) => `${name} ${partitions.length}`),
      ]),
      [
        [0, "/d", "a 1"],
        [0, "/e", "b 1"],
        [56, "/f"],
      ],
    );
  });
});

describe("init producer id", () => {
  const plain = { transactionalId: null, transactionTimeoutMs: 60_000 };

  test("ids come from the controller's blocks, one question for all who wait", () => {
    const d = door();
    const clients = [d.connect(), d.connect(), d.connect()];
    for (const client of clients) client.send(InitProducerIdRequest, 4, plain);
    assert.equal(d.asked("allocateProducerIds").length, 1);
    d.answer("allocateProducerIds", { errorCode: 0, firstProducerId: 1000, count: 2 });
    const told = clients.map((client) => client.take(InitProducerIdResponse, 4));
    assert.deepEqual(
      told.map(({ errorCode, producerId, producerEpoch }) => [
        errorCode,
        producerId,
        producerEpoch,
      ]),
      [
        [0, 1000, 0],
        [0, 1001, 0],
        [14, -1, -1],
      ],
    );
    clients[2]!.send(InitProducerIdRequest, 0, plain);
    d.answer("allocateProducerIds", { errorCode: 0, firstProducerId: 2000, count: 1000 });
    assert.equal(clients[2]!.take(InitProducerIdResponse, 0).producerId, 2000);
  });

  test("no block in time: ask again", () => {
    const d = door();
    const client = d.connect();
    client.send(InitProducerIdRequest, 2, plain);
    d.advance(10_000);
    assert.equal(client.take(InitProducerIdResponse, 2).errorCode, 14);
  });

  test("transactional ids, and half an identity", () => {
    const d = door();
    const client = d.connect();
    const cases = [
      [{ ...plain, transactionalId: "t" }, 53],
      [{ ...plain, transactionalId: "" }, 42],
      [{ ...plain, producerId: 5 }, 42],
      [{ ...plain, producerEpoch: 5 }, 42],
    ] as const;
    for (const [request, errorCode] of cases) {
      client.send(InitProducerIdRequest, 4, request);
      assert.equal(client.take(InitProducerIdResponse, 4).errorCode, errorCode);
    }
  });
});

describe("api versions", () => {
  const software = { clientSoftwareName: "librdkafka", clientSoftwareVersion: "2.15.0" };

  test("tells what is served, and produce from 0", () => {
    const d = door();
    d.change({ kind: "FeatureLevelRecord", value: { name: "metadata.version", featureLevel: 30 } });
    const client = d.connect();
    for (let version = 0; version <= 4; version++) {
      client.send(ApiVersionsRequest, version, version >= 3 ? software : {});
      const response = client.take(ApiVersionsResponse, version);
      assert.equal(response.errorCode, 0);
      const ranges = new Map(
        response.apiKeys.map(({ apiKey, minVersion, maxVersion }) => [
          apiKey,
          `${minVersion}-${maxVersion}`,
        ]),
      );
      assert.equal(ranges.get(0), "0-13");
      assert.equal(ranges.get(1), "4-18");
      assert.equal(ranges.get(22), "0-5");
      assert.equal(ranges.has(24), false);
      if (version < 3) continue;
      assert.deepEqual(response.finalizedFeatures, [
        { name: "metadata.version", maxVersionLevel: 30, minVersionLevel: 30 },
      ]);
      assert.equal(response.finalizedFeaturesEpoch, 11);
    }
  });

  test("an unknown version is answered in version 0 with error 35 and the range, body unread", () => {
    const d = door();
    const client = d.connect();
    const frame = Uint8Array.of(0, 0, 0, 11, 0, 18, 0, 99, 0, 0, 0, 5, 0xff, 0xff, 0xff);
    client.sendBytes(frame);
    const { correlationId, body } = client.takeAny(ApiVersionsResponse, 0);
    assert.equal(correlationId, 5);
    assert.equal(body.errorCode, 35);
    assert.deepEqual(body.apiKeys, [{ apiKey: 18, minVersion: 0, maxVersion: 4 }]);
    client.send(ApiVersionsRequest, 0, {});
    assert.equal(client.take(ApiVersionsResponse, 0).errorCode, 0);
  });

  test("a client that names itself badly is told so", () => {
    const d = door();
    const client = d.connect();
    for (const clientSoftwareName of ["", "-x", "x-", "a b", "a\n"]) {
      client.send(ApiVersionsRequest, 3, { ...software, clientSoftwareName });
      assert.equal(client.take(ApiVersionsResponse, 3).errorCode, 42, clientSoftwareName);
    }
  });
});
