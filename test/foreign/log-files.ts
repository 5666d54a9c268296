// The files on disk, seen by others: Apache's DumpLogSegments reads what Gofka wrote and agrees with
// it, and Gofka opens a data directory that Kafka wrote and goes on in it.
//
//   node test/foreign/log-files.ts [--against kafka]   (which only dumps Kafka's own files)

import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { Kafka, logLevel } from "kafkajs";
import { commit, committed } from "../../bench/groups/commits.ts";
import { LoadConnection } from "../../bench/groups/connection.ts";
import { load } from "../../bench/load.ts";
import type { Verified } from "../../bench/load.ts";
import { Checks, scratch, startBroker, whichBroker } from "./harness.ts";
import { java } from "./side-by-side.ts";

const checks = new Checks();
const codecs = ["none", "gzip", "snappy", "lz4", "zstd"];
const recordCount = 20_000;
// Small segments and a dense index: more files, more entries.
const configs = "segment.bytes=1048576,index.interval.bytes=1024";

// "Non-consecutive offsets" it says of every segment that does not begin at 0, Kafka's own too: whether
// offsets are dense is checked here.
const complaint = /mismatch|corrupt|not valid|isvalid: false|Could not/i;

async function dump(directory: string, suffix: string, words: readonly string[]): Promise<string> {
  const names = readdirSync(directory)
    .filter((name) => name.endsWith(suffix))
    .sort();
  const files = names.map((name) => join(directory, name)).join(",");
  const main = "org.apache.kafka.tools.DumpLogSegments";
  const { code, stdout, stderr } = await java(main, [...words, "--files", files]);
  assert.equal(code, 0, stderr);
  const complaints = `${stdout}\n${stderr}`.split("\n").filter((line) => complaint.test(line));
  assert.deepEqual(complaints.slice(0, 10), []);
  return stdout;
}

/** One partition's files, dumped; how many records they hold. */
async function agreeing(directory: string): Promise<string> {
  const text = await dump(directory, ".log", ["--deep-iteration"]);
  const batches = [...text.matchAll(/^baseOffset: (\d+).* isvalid: (\w+)/gm)];
  const records = [...text.matchAll(/^\| offset: (\d+) /gm)].map((match) => Number(match[1]));
  assert.ok(
    batches.length > 0 && batches.every((match) => match[2] === "true"),
    "a batch is not valid",
  );
  assert.equal(records.length, recordCount);
  assert.ok(
    records.every((offset, position) => offset === position),
    "offsets are not dense",
  );
  const index = await dump(directory, ".index", ["--verify-index-only"]);
  await dump(directory, ".timeindex", ["--verify-index-only"]);
  const segments = [...index.matchAll(/^Dumping/gm)].length;
  const snapshots = readdirSync(directory).filter((name) => name.endsWith(".snapshot"));
  if (snapshots.length > 0) await dump(directory, ".snapshot", []);
  return `${segments} segments, ${batches.length} batches, ${records.length} records`;
}

const groupId = "dumped-group";

/** A member that joins and leaves; then an offset is committed. */
async function readAsGroup(bootstrap: string, topic: string): Promise<void> {
  const kafka = new Kafka({ brokers: [bootstrap], logLevel: logLevel.NOTHING });
  const consumer = kafka.consumer({ groupId, maxWaitTimeInMs: 100 });
  await consumer.connect();
  await consumer.subscribe({ topics: [topic], fromBeginning: true });
  const joined = new Promise((resolve) => consumer.on(consumer.events.GROUP_JOIN, resolve));
  await consumer.run({ autoCommit: false, eachMessage: async () => {} });
  await joined;
  await consumer.disconnect();
  // Not by the consumer, which commits places of its own when it ends.
  const connection = await LoadConnection.open(bootstrap);
  assert.equal(await commit(connection, groupId, topic, [0], 17), 0);
  connection.close();
}

async function offsetsDump(dataDirectory: string, topic: string): Promise<string> {
  const kept = readdirSync(dataDirectory).filter((name) => name.startsWith("__consumer_offsets-"));
  let text = "";
  for (const name of kept) {
    const directory = join(dataDirectory, name);
    if (statSync(join(directory, "00000000000000000000.log")).size === 0) continue;
    text += await dump(directory, ".log", ["--offsets-decoder"]);
  }
  assert.match(text, new RegExp(`"group":"${groupId}","topic":"${topic}","partition":0`));
  assert.match(text, /"offset":17,/);
  assert.match(text, new RegExp(`"group":"${groupId}"\\}.*"protocolType":"consumer"`));
  assert.match(text, /"protocol":"RoundRobinAssigner"/);
  return `${[...text.matchAll(/^\| offset: /gm)].length} records`;
}

async function dumping(): Promise<void> {
  const broker = await startBroker(whichBroker());
  const read = "dumped-by-group";
  await load("create", broker.bootstrap, { topic: read, partitions: 1 });
  await readAsGroup(broker.bootstrap, read);
  for (const codec of codecs) {
    const topic = `dumped-${codec}`;
    await load("create", broker.bootstrap, { topic, partitions: 1, configs });
    const options = { topic, codec, records: recordCount, recordBytes: 150, batchBytes: 16_384 };
    await load<Verified>("verify", broker.bootstrap, options);
  }
  await broker.stop();
  await checks.check("DumpLogSegments --offsets-decoder", () =>
    offsetsDump(broker.dataDirectory, read),
  );
  for (const codec of codecs) {
    await checks.check(`DumpLogSegments --deep-iteration, ${codec}`, () =>
      agreeing(join(broker.dataDirectory, `dumped-${codec}-0`)),
    );
  }
}

async function opening(): Promise<void> {
  const ackedLog = join(scratch, "kafka-wrote.log");
  const directory = mkdtempSync(join(scratch, "kafka-wrote-"));
  const kafka = await startBroker("kafka", { directory });
  const topic = "from-kafka";
  await load("create", kafka.bootstrap, { topic, partitions: 3, configs: "segment.bytes=1048576" });
  const fill = { topic, ackedLog, recordBytes: 200, records: 30_000, rate: 1_000_000 };
  for (const [seed, codec] of codecs.entries()) {
    await load("fill", kafka.bootstrap, { ...fill, codec, seed: seed + 1 });
  }
  await readAsGroup(kafka.bootstrap, topic);
  await kafka.stop();
  await checks.check("a directory that Kafka wrote opens, byte for byte", async () => {
    const options = { directory: kafka.dataDirectory, settings: { "node.id": "1" } };
    const gofka = await startBroker("gofka", options);
    try {
      const verified = await load<Verified>("verify-log", gofka.bootstrap, { topic, ackedLog });
      await load("fill", gofka.bootstrap, { ...fill, seed: 99 });
      const more = await load<Verified>("verify-log", gofka.bootstrap, { topic, ackedLog });
      assert.equal(await committed(gofka.bootstrap, groupId, topic, 0), 17);
      return `${verified.read} records read, ${more.read - verified.read} appended`;
    } finally {
      await gofka.stop();
    }
  });
}

await dumping();
if (whichBroker() === "gofka") await opening();
checks.finish();
