// A partition actor with a real durability actor over a disk in memory; everyone else is a puppet.
//
// Lives on: tests.

import { strict as assert } from "node:assert";
import { durabilityActor } from "../../../src/actors/durability/durability.ts";
import type {
  FetchArgs,
  FetchReply,
  PartitionSettings,
  ProduceReply,
} from "../../../src/actors/partition/messages.ts";
import { partitionRef } from "../../../src/actors/partition/messages.ts";
import { partitionActor } from "../../../src/actors/partition/partition.ts";
import { resolveBrokerSettings } from "../../../src/config/broker-config.ts";
import type { TopicSettings } from "../../../src/config/topic-config.ts";
import { resolveTopicSettings } from "../../../src/config/topic-config.ts";
import { recordBatchJobs } from "../../../src/protocol/record-batch/jobs.ts";
import type { BatchOptions, RecordDraft } from "../../../src/protocol/record-batch.ts";
import { baseOffsetOf, batchSizeOf, buildBatch } from "../../../src/protocol/record-batch.ts";
import { jobRunner } from "../../../src/runtime/jobs.ts";
import type { Disk, Job, Jobs } from "../../../src/runtime/ports.ts";
import type { Outcome } from "../../../src/base/outcome.ts";
import { memoryDisk } from "../../../src/storage/memory-disk.ts";
import type { Asked } from "../../support/actor-harness.ts";
import { ActorHarness } from "../../support/actor-harness.ts";

export const TOPIC_ID = "TTTTTTTTTTTTTTTTTTTTTA";
export const DIRECTORY = "/data/orders-0";
export const LOG_FILE = `${DIRECTORY}/00000000000000000000.log`;
export const partition = partitionRef(TOPIC_ID, 0);

const broker = resolveBrokerSettings({ "node.id": "1", "log.dirs": "/data" });
assert.ok("settings" in broker);
const brokerSettings = broker.settings;

export function topicConfig(overrides: Readonly<Record<string, string>> = {}): TopicSettings {
  return resolveTopicSettings(brokerSettings, overrides);
}

/** Jobs that end when the test lets them. */
export class HeldJobs implements Jobs {
  private readonly runJob = jobRunner(recordBatchJobs);
  readonly waiting: { job: Job; done: (outcome: Outcome<Uint8Array>) => void }[] = [];

  run(job: Job, done: (outcome: Outcome<Uint8Array>) => void): void {
    this.waiting.push({ job, done });
  }

  release(): void {
    for (const { job, done } of this.waiting.splice(0)) done(this.runJob(job));
  }
}

export type StageOptions = {
  readonly config?: Readonly<Record<string, string>>;
  readonly disk?: Disk;
  readonly settings?: Partial<PartitionSettings>;
  /** Does things to the harness before the partition is there. */
  readonly prepare?: (harness: ActorHarness) => void;
};

const utf8 = new TextEncoder();
export const NOW_MS = 1_700_000_000_000;

export function record(value: string, more: Partial<RecordDraft> = {}): RecordDraft {
  return { key: utf8.encode("k"), value: utf8.encode(value), timestampMs: NOW_MS, ...more };
}

export function batchOf(values: readonly string[], options: BatchOptions = {}): Uint8Array {
  return buildBatch(
    values.map((value) => record(value)),
    options,
  );
}

export class Stage {
  readonly disk: Disk;
  readonly jobs = new HeldJobs();
  readonly harness: ActorHarness;

  constructor({ config = {}, disk = memoryDisk(), settings = {}, prepare }: StageOptions = {}) {
    this.disk = disk;
    disk.submit({ operation: "makeDirectory", args: { path: "/data" } }, () => {});
    this.harness = new ActorHarness({
      kinds: [durabilityActor, partitionActor],
      puppets: [
        ["broker", "0"],
        ["front-door", "0"],
      ],
      disk,
      jobs: this.jobs,
    });
    prepare?.(this.harness);
    this.harness.spawn(durabilityActor, "0", { logDirectories: ["/data"] });
    this.harness.spawn(partitionActor, partition.key, {
      topicId: TOPIC_ID,
      topicName: "orders",
      index: 0,
      logDirectory: "/data",
      offline: null,
      leaderEpoch: 3,
      imageOffset: 7,
      config: topicConfig(config),
      cleanStart: false,
      recoveryPoint: 0,
      logStartOffset: 0,
      firstDirtyOffset: 0,
      retentionCheckIntervalMs: 300_000,
      producerIdExpirationCheckIntervalMs: 600_000,
      checkpointIntervalMs: 60_000,
      ...settings,
    });
  }

  /** The same partition after the host has died: unsynced bytes have survived. */
  restart(settings: Partial<PartitionSettings> = {}, config: StageOptions["config"] = {}): Stage {
    return new Stage({ config, disk: this.disk, settings });
  }

  produce(batch: Uint8Array, { acks = -1, version = 13 } = {}): Asked<ProduceReply> {
    return this.harness.ask(partition, "produce", { batch, acks, produceVersion: version });
  }

  /** Produces, expects success and tells the base offset. */
  produced(values: readonly string[], options: BatchOptions = {}): number {
    const { errorCode, baseOffset } = this.produce(batchOf(values, options)).value;
    assert.equal(errorCode, 0);
    return baseOffset;
  }

  askFetch(fetchOffset: number, more: Partial<FetchArgs> = {}): Asked<FetchReply> {
    return this.harness.ask(partition, "fetch", {
      fetchOffset,
      maxBytes: 1_000_000,
      wholeFirstBatch: true,
      currentLeaderEpoch: -1,
      lastFetchedEpoch: -1,
      readCommitted: false,
      ...more,
    });
  }

  fetch(fetchOffset: number, more: Partial<FetchArgs> = {}): FetchReply {
    return this.askFetch(fetchOffset, more).value;
  }

  listOffset(timestamp: number, more: { version?: number; currentLeaderEpoch?: number } = {}) {
    const args = { timestamp, readCommitted: false, currentLeaderEpoch: -1, version: 11, ...more };
    return this.harness.ask(partition, "listOffset", args).value;
  }

  configure(config: Readonly<Record<string, string>>, leaderEpoch = 3): void {
    this.harness.tell(partition, "configure", { config: topicConfig(config), leaderEpoch });
  }

  /** Base offsets of the batches in a fetch reply. */
  static batches({ records }: FetchReply): number[] {
    const offsets: number[] = [];
    for (let at = 0; at < records.length; at += batchSizeOf(records, at)) {
      offsets.push(baseOffsetOf(records, at));
    }
    return offsets;
  }
}
