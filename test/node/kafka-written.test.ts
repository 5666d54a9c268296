// Data directories that a real Kafka 4.3.1 wrote (fixtures/kafka-written): a node opens them, serves
// every record as it lies there, and goes on in them.

import { strict as assert } from "node:assert";
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  cpSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import type { TestContext } from "node:test";
import { ConfigSource } from "../../src/config/sources.ts";
import { Gofka } from "../../src/index.ts";
import {
  InitProducerIdRequest,
  InitProducerIdResponse,
} from "../../src/protocol/messages/22-init-producer-id.ts";
import type { DescribeConfigsResponse } from "../../src/protocol/messages/32-describe-configs.ts";
import {
  DescribeProducersRequest,
  DescribeProducersResponse,
} from "../../src/protocol/messages/61-describe-producers.ts";
import {
  baseOffsetOf,
  batchSizeAt,
  isControl,
  lastOffsetOf,
  leaderEpochOf,
  recordsOf,
} from "../../src/protocol/record-batch.ts";
import { RawConnection } from "../foreign/raw-connection.ts";
import { settled, TestClient, until } from "../support/kafka-client.ts";
import { scratchDirectory } from "../support/scratch.ts";
import type { Expected, ExpectedRecord } from "./fixtures/kafka-written/expected.ts";

const fixtures = join(import.meta.dirname, "fixtures/kafka-written");
const FIRST_MS = Date.UTC(2026, 0, 1);
const METADATA = "__cluster_metadata-0";
const HOUR_MS = 3_600_000;

type Fixture = { readonly directory: string; readonly expected: Expected };

function unpack(t: TestContext, name: string): Fixture {
  const scratch = scratchDirectory(t);
  const unpacked = spawnSync("tar", ["-xzf", join(fixtures, `${name}.tar.gz`), "-C", scratch]);
  assert.equal(unpacked.status, 0, unpacked.stderr.toString());
  const expected = JSON.parse(readFileSync(join(fixtures, `${name}.json`), "utf8")) as Expected;
  return { directory: join(scratch, "data"), expected };
}

function start({ directory }: Fixture, hosts = 0): Promise<Gofka> {
  return Gofka.start({ hosts, dataDir: directory, logLevel: "silent" });
}

function* batchesOf(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < bytes.byteLength;) {
    const size = batchSizeAt(bytes, at);
    assert.ok(size > 0, "half a batch");
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

/** A partition's segments, in a row, from the batch on that holds the offset. */
function filesFrom({ directory }: Fixture, partition: string, offset: number): Buffer {
  const names = readdirSync(join(directory, partition)).filter((name) => name.endsWith(".log"));
  const files = names.toSorted().map((name) => readFileSync(join(directory, partition, name)));
  const visible = [...batchesOf(Buffer.concat(files))].filter(
    (batch) => lastOffsetOf(batch, 0) >= offset,
  );
  return Buffer.concat(visible);
}

function recordsIn(bytes: Uint8Array, fromOffset: number): ExpectedRecord[] {
  const text = (value: Uint8Array | null) => value && Buffer.from(value).toString();
  const data = [...batchesOf(bytes)].filter((batch) => !isControl(batch, 0));
  return data
    .flatMap((batch) => [...recordsOf(batch)])
    .filter(({ offset }) => offset >= fromOffset)
    .map(({ offset, timestamp, key, value, headers }) => {
      const told = headers.flatMap((header) => [header.key, text(header.value) ?? ""]);
      const record = { offset, timestamp, key: text(key), value: text(value) };
      return told.length === 0 ? record : { ...record, headers: told };
    });
}

async function producersOf(node: Gofka, topic: string): Promise<number[]> {
  const connection = await RawConnection.open(node.bootstrapServers);
  const api = { request: DescribeProducersRequest, response: DescribeProducersResponse };
  const body = { topics: [{ name: topic, partitionIndexes: [0] }] };
  const { topics } = await connection.ask(api, 0, body);
  connection.end();
  return topics[0]!.partitions[0]!.activeProducers.map(({ producerId }) => Number(producerId));
}

async function producerIdsOf(node: Gofka, { topics }: Expected): Promise<number[]> {
  const ids = await Promise.all(topics.map((topic) => producersOf(node, topic.name)));
  return ids.flat();
}

async function newProducerId(node: Gofka): Promise<number> {
  const connection = await RawConnection.open(node.bootstrapServers);
  const api = { request: InitProducerIdRequest, response: InitProducerIdResponse };
  const body = {
    transactionalId: null,
    transactionTimeoutMs: 0,
    producerId: -1,
    producerEpoch: -1,
  };
  const { producerId, errorCode } = await connection.ask(api, 4, body);
  connection.end();
  assert.equal(errorCode, 0);
  return Number(producerId);
}

/** Those that were set at one place alone. */
async function configsOf(client: TestClient, type: number, name: string, source: number) {
  const { results } = await settled<DescribeConfigsResponse>((done) =>
    client.admin.describeConfigs(type, name, done),
  );
  const set = results[0]!.configs.filter(({ configSource }) => configSource === source);
  return Object.fromEntries(set.map((config) => [config.name, config.value]));
}

/** What a metadata log can come to that leaves nothing to go by. */
const spoilings: readonly (readonly [string, (directory: string) => void])[] = [
  ["it is gone", (directory) => rmSync(directory, { recursive: true })],
  [
    "a batch in its middle went bad, and every snapshot",
    (directory) => {
      const path = join(directory, "00000000000000000000.log");
      flip(path, Math.floor(readFileSync(path).length / 2));
      const snapshots = readdirSync(directory).filter((file) => file.endsWith(".checkpoint"));
      for (const file of snapshots) flip(join(directory, file), 200);
    },
  ],
];

function flip(path: string, at: number): void {
  const bytes = readFileSync(path);
  bytes[at]! ^= 0x10;
  chmodSync(path, 0o600);
  writeFileSync(path, bytes);
}

for (const name of ["stopped", "killed"]) {
  describe(`a data directory of a Kafka that was ${name}`, () => {
    for (const hosts of [0, 2]) {
      it(`opens with all its topics and every byte of them (${hosts} hosts)`, async (t) => {
        const fixture = unpack(t, name);
        const { expected } = fixture;
        // Before anything may touch them.
        const files = new Map(
          expected.topics.flatMap((topic) =>
            topic.partitions.map(({ index, logStartOffset }) => {
              const partition = `${topic.name}-${index}`;
              return [partition, filesFrom(fixture, partition, logStartOffset)] as const;
            }),
          ),
        );
        await using node = await start(fixture, hosts);
        using client = new TestClient(node.bootstrapServers);
        const metadata = await client.metadata();
        assert.equal(metadata.clusterId, expected.clusterId);
        assert.deepEqual(
          new Map(metadata.topics.map((topic) => [topic.name, topic.topicId])),
          new Map(expected.topics.map((topic) => [topic.name, topic.topicId])),
        );
        for (const topic of expected.topics) {
          for (const { index, logStartOffset, highWatermark, records } of topic.partitions) {
            const partition = `${topic.name}-${index}`;
            const content = await client.content(topic.name, index);
            assert.equal(content.logStartOffset, logStartOffset, partition);
            assert.equal(content.highWatermark, highWatermark, partition);
            assert.ok(files.get(partition)!.equals(content.bytes), `${partition} differs`);
            if (topic.name.startsWith("__")) continue;
            assert.deepEqual(recordsIn(content.bytes, logStartOffset), records, partition);
          }
        }
      });
    }

    it("goes on where Kafka was, and stays whole over restarts", async (t) => {
      const fixture = unpack(t, name);
      const { partitions } = fixture.expected.topics.find((topic) => topic.name === "segments")!;
      const { logStartOffset, highWatermark, records } = partitions[1]!;
      let epochBefore = 0;
      for (let life = 0; life < 3; life++) {
        await using node = await start(fixture, life % 2);
        using client = new TestClient(node.bootstrapServers);
        assert.equal(await client.listOffset("segments", 1, FIRST_MS + 6 * HOUR_MS), 12);
        assert.ok((await producersOf(node, "codec-gzip")).length > 0, "producers are remembered");
        const offsets = await client.produce("segments", 1, [`life ${life}`]);
        assert.deepEqual(offsets, [highWatermark + life]);
        const { bytes } = await client.content("segments", 1);
        const values = recordsIn(bytes, logStartOffset).map(({ value }) => value);
        const before = records.map(({ value }) => value);
        const since = Array.from({ length: life + 1 }, (_, n) => `life ${n}`);
        assert.deepEqual(values, [...before, ...since]);
        const epochs = [...batchesOf(bytes)].map((batch) => leaderEpochOf(batch, 0));
        assert.deepEqual(
          epochs,
          epochs.toSorted((a, b) => a - b),
        );
        const firstOfOurs = [...batchesOf(bytes)].find(
          (batch) => baseOffsetOf(batch, 0) === highWatermark,
        )!;
        const epoch = leaderEpochOf(firstOfOurs, 0);
        const kafkas = epochs[epochs.indexOf(epoch) - 1]!;
        assert.ok(epoch > kafkas, "the epoch is one that Kafka never had");
        if (life > 0) assert.equal(epoch, epochBefore);
        epochBefore = epoch;
      }
    });

    it("has the configs that Kafka had, and no others", async (t) => {
      const fixture = unpack(t, name);
      const { topics, brokerConfigs, allBrokersConfigs } = fixture.expected;
      for (let life = 0; life < 2; life++) {
        await using node = await start(fixture);
        using client = new TestClient(node.bootstrapServers);
        for (const topic of topics) {
          const configs = await configsOf(client, 2, topic.name, ConfigSource.TOPIC);
          assert.deepEqual(configs, topic.configs, topic.name);
        }
        const own = await configsOf(client, 4, "1", ConfigSource.DYNAMIC_BROKER);
        assert.deepEqual(own, brokerConfigs);
        const all = await configsOf(client, 4, "", ConfigSource.DYNAMIC_DEFAULT_BROKER);
        assert.deepEqual(all, allBrokersConfigs);
      }
    });

    it("gives out producer ids that Kafka has not, from the next one on", async (t) => {
      const fixture = unpack(t, name);
      await using node = await start(fixture);
      const used = await producerIdsOf(node, fixture.expected);
      const id = await newProducerId(node);
      assert.ok(id > Math.max(...used) && id < 100_000, `${id} after ${used.join(" ")}`);
    });

    it("does not bring back a topic that Kafka deleted", async (t) => {
      const fixture = unpack(t, name);
      const { directory, expected } = fixture;
      const [log] = readdirSync(join(directory, "gone-1")).filter((file) => file.endsWith(".log"));
      const bytes = readFileSync(join(directory, "gone-1", log!));
      assert.ok(expected.topics.every((topic) => topic.name !== "gone"));
      await using node = await start(fixture);
      using client = new TestClient(node.bootstrapServers);
      await until("its directory is out of the way", () => !existsSync(join(directory, "gone-1")));
      const aside = readdirSync(directory).find((entry) => /^gone-1\..*-stray$/.test(entry));
      assert.deepEqual(readFileSync(join(directory, aside!, log!)), bytes);
      await client.createTopic("gone", 2);
      assert.deepEqual(await client.values("gone", 1), []);
    });

    it("keeps for good what Kafka's metadata does not know", async (t) => {
      const fixture = unpack(t, name);
      const { directory } = fixture;
      cpSync(join(directory, "codec-gzip-0"), join(directory, "unheard-0"), { recursive: true });
      const id = "version: 0\ntopic_id: unheardunheardunheardA";
      writeFileSync(join(directory, "unheard-0", "partition.metadata"), id);
      await using node = await start(fixture);
      using client = new TestClient(node.bootstrapServers);
      const configs = await configsOf(client, 2, "unheard", ConfigSource.TOPIC);
      assert.deepEqual(configs, { "retention.ms": "-1", "retention.bytes": "-1" });
      assert.equal((await client.records("unheard")).length, 40);
      assert.ok((await newProducerId(node)) >= 2 ** 40, "any id may be in use");
    });

    for (const [what, spoil] of spoilings) {
      it(`opens without Kafka's metadata: ${what}`, async (t) => {
        const fixture = unpack(t, name);
        spoil(join(fixture.directory, METADATA));
        await using node = await start(fixture);
        using client = new TestClient(node.bootstrapServers);
        const metadata = await client.metadata();
        const ids = new Map(metadata.topics.map((topic) => [topic.name, topic.topicId]));
        assert.ok(ids.has("gone"), "all that has a directory is a topic");
        for (const topic of fixture.expected.topics) {
          assert.equal(ids.get(topic.name), topic.topicId);
          const configs = await configsOf(client, 2, topic.name, ConfigSource.TOPIC);
          assert.deepEqual(configs, { "retention.ms": "-1", "retention.bytes": "-1" });
        }
        assert.ok((await newProducerId(node)) >= 2 ** 40);
      });
    }

    it("changes nothing in Kafka's metadata", async (t) => {
      const fixture = unpack(t, name);
      const directory = join(fixture.directory, METADATA);
      const read = () =>
        readdirSync(directory).map((file) => [file, readFileSync(join(directory, file))]);
      const before = read();
      for (let life = 0; life < 2; life++) {
        await using node = await start(fixture);
        using client = new TestClient(node.bootstrapServers);
        await client.produce("codec-none", 0, ["after"]);
      }
      assert.deepEqual(read(), before);
    });

    it("is rid of what Kafka was about to delete", async (t) => {
      const fixture = unpack(t, name);
      await using _ = await start(fixture);
      await until("what was deleted is gone", () =>
        readdirSync(fixture.directory).every((entry) => !entry.endsWith("-delete")),
      );
      assert.ok(existsSync(join(fixture.directory, "__cluster_metadata-0")));
    });
  });
}
