// Log compaction, seen by others: Apache's LogCompactionTester writes keys over and over, with
// deletions, lets the broker compact, and holds what it then reads against what it wrote;
// DumpLogSegments reads the compacted files; the offsets topic of a group that commits without end
// stays small, and its last offsets are there after a restart.
//
//   node test/foreign/compaction.ts [--against gofka|kafka]

import assert from "node:assert/strict";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Broker } from "../../bench/broker.ts";
import { committed } from "../../bench/groups/commits.ts";
import {
  OffsetCommitRequest,
  OffsetCommitResponse,
} from "../../src/protocol/messages/08-offset-commit.ts";
import { Checks, startBroker, whichBroker } from "./harness.ts";
import { RawConnection } from "./raw-connection.ts";
import { java } from "./side-by-side.ts";

const checks = new Checks();
const tools = "org.apache.kafka.tools";
const settings = {
  "log.segment.bytes": "1048576",
  "log.cleaner.backoff.ms": "500",
  "log.cleaner.min.cleanable.ratio": "0.05",
  "log.segment.delete.delay.ms": "1000",
  "group.initial.rebalance.delay.ms": "0",
  "offsets.topic.num.partitions": "1",
  "offsets.topic.segment.bytes": "1048576",
};
const messages = 200_000;
const codecs = ["none", "gzip", "snappy", "lz4", "zstd"];

// ---------------------------------------------------------------- LogCompactionTester

async function compacting(broker: Broker, codec: string): Promise<string> {
  const words = ["--bootstrap-server", broker.bootstrap, "--messages", String(messages)];
  const shape = ["--duplicates", "20", "--percent-deletes", "20", "--sleep", "6"];
  const main = `${tools}.LogCompactionTester`;
  const ran = await java(main, [...words, ...shape, "--compression-type", codec]);
  const told = `${ran.stdout}\n${ran.stderr}`;
  assert.equal(ran.code, 0, `${told.slice(-1_500)}\n${broker.output().slice(-1_500)}`);
  assert.match(told, /Validated \d+ values, 0 mismatches/);
  const rows = /(\d+) rows of data produced, (\d+) rows of data consumed/.exec(told);
  assert.ok(rows !== null, told.slice(-3_000));
  const [, produced, consumed] = rows.map(Number);
  assert.ok(consumed! < produced! / 2, `nothing much was compacted: ${rows[0]}`);
  return rows[0];
}

// ---------------------------------------------------------------- the files

/** By topic: up to where the log has been compacted. */
function cleanedTo(dataDirectory: string): Map<string, number> {
  const text = readFileSync(join(dataDirectory, "cleaner-offset-checkpoint"), "utf8");
  const lines = text
    .split("\n")
    .slice(2)
    .filter((line) => line !== "");
  return new Map(
    lines.map((line) => {
      const [topic, partition, offset] = line.split(" ");
      return [`${topic}-${partition}`, Number(offset)];
    }),
  );
}

async function agreeing(dataDirectory: string, name: string, cleanEnd: number): Promise<string> {
  const directory = join(dataDirectory, name);
  const files = readdirSync(directory).filter((file) => /\.(?:log|index|timeindex)$/.test(file));
  assert.ok(!readdirSync(directory).some((file) => /\.(?:cleaned|swap)$/.test(file)));
  const dump = async (suffix: string, words: readonly string[]): Promise<string> => {
    const chosen = files.filter((file) => file.endsWith(suffix)).sort();
    const paths = chosen.map((file) => join(directory, file)).join(",");
    const { code, stdout, stderr } = await java(`${tools}.DumpLogSegments`, [
      ...words,
      "--files",
      paths,
    ]);
    assert.equal(code, 0, stderr);
    assert.doesNotMatch(`${stdout}\n${stderr}`, /mismatch|corrupt|isvalid: false|Could not/i);
    return stdout;
  };
  await dump(".index", ["--verify-index-only"]);
  await dump(".timeindex", ["--verify-index-only"]);
  const text = await dump(".log", ["--deep-iteration", "--print-data-log"]);
  const keys = new Set<string>();
  let last = -1;
  let records = 0;
  for (const [, offsetText, key] of text.matchAll(/^\| offset: (\d+) .*? key: (\S*)/gm)) {
    const offset = Number(offsetText);
    assert.ok(offset > last, `offset ${offset} after ${last}`);
    last = offset;
    records += 1;
    if (offset >= cleanEnd) continue;
    assert.ok(!keys.has(key!), `key ${key} twice below ${cleanEnd}`);
    keys.add(key!);
  }
  assert.ok(keys.size > 0, "nothing is left below the cleaner's point");
  return `${keys.size} keys below ${cleanEnd}, ${records} records in ${last + 1} offsets`;
}

// ---------------------------------------------------------------- the offsets topic

const commitApi = { request: OffsetCommitRequest, response: OffsetCommitResponse };
const group = "commits-without-end";
const topic = "compaction-offsets";
const commits = 40_000;
const IN_FLIGHT = 100;

async function committing(broker: Broker): Promise<string> {
  const made = await java(`${tools}.TopicCommand`, [
    "--bootstrap-server",
    broker.bootstrap,
    "--create",
    "--topic",
    topic,
  ]);
  assert.equal(made.code, 0, made.stderr);
  const connection = await RawConnection.open(broker.bootstrap);
  const bodyOf = (offset: number) => ({
    groupId: group,
    memberId: "",
    topics: [
      {
        name: topic,
        partitions: [
          {
            partitionIndex: 0,
            committedOffset: BigInt(offset),
            committedMetadata: "x".repeat(60),
          },
        ],
      },
    ],
  });
  const errorOf = (answer: Awaited<ReturnType<typeof commit>>): number =>
    answer.topics[0]!.partitions[0]!.errorCode;
  const commit = (offset: number) => connection.ask(commitApi, 8, bodyOf(offset));
  // The offsets topic comes into being with the first question for a coordinator.
  await committed(broker.bootstrap, group, topic, 0);
  assert.equal(errorOf(await commit(0)), 0);
  for (let from = 1; from <= commits; from += IN_FLIGHT) {
    for (let at = from; at < from + IN_FLIGHT; at++) {
      connection.send(connection.frameOf(OffsetCommitRequest, 8, bodyOf(at)));
    }
    for (let at = from; at < from + IN_FLIGHT; at++) {
      assert.ok(typeof (await connection.hear(20_000)) !== "string");
    }
  }
  assert.equal(errorOf(await commit(commits)), 0);
  connection.end();
  const directory = join(broker.dataDirectory, "__consumer_offsets-0");
  const sizeOf = (): number => {
    const logs = readdirSync(directory).filter((file) => file.endsWith(".log"));
    return logs.reduce((sum, file) => sum + statSync(join(directory, file)).size, 0);
  };
  for (let waitedMs = 0; sizeOf() > 2 * 1_048_576 && waitedMs < 30_000; waitedMs += 200) {
    await sleep(200);
  }
  const bytes = sizeOf();
  assert.ok(bytes <= 2 * 1_048_576, `${bytes} bytes after ${commits} commits`);
  return `${bytes} bytes after ${commits} commits`;
}

async function remembered(broker: Broker): Promise<string> {
  const offset = await committed(broker.bootstrap, group, topic, 0);
  assert.equal(offset, commits);
  return `offset ${offset}`;
}

const broker = await startBroker(whichBroker(), { settings });
const { dataDirectory } = broker;
const directory = broker.name === "kafka" ? join(dataDirectory, "..") : dataDirectory;
try {
  for (const codec of codecs) {
    await checks.check(`LogCompactionTester, ${codec}`, () => compacting(broker, codec));
  }
  await checks.check("the offsets topic stays small", () => committing(broker));
} finally {
  await broker.stop();
}
for (const [name, cleanEnd] of cleanedTo(dataDirectory)) {
  // Its records have keys of the groups' own form.
  if (name.startsWith("__consumer_offsets")) continue;
  await checks.check(`DumpLogSegments --deep-iteration, ${name}`, () =>
    agreeing(dataDirectory, name, cleanEnd),
  );
}
const again = await startBroker(whichBroker(), { settings, directory });
try {
  await checks.check("the last offset is there after a restart", () => remembered(again));
} finally {
  await again.stop();
}
checks.finish();
