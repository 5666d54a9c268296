// A client that administers: it creates and deletes topics, deletes records, asks for offsets, changes
// configs, and checks that it can read what it has written.
//
// Lives on: the simulator's thread.

import { Admin } from "../../client/admin.ts";
import { ErrorCode } from "../../protocol/error-codes.ts";
import type { PartitionHistory } from "../history.ts";
import type { SimClient } from "./sim-client.ts";

const EARLIEST = -2;
const LATEST = -1;
const TOPIC = 2;

export class Administering {
  quiet = false;
  readonly underWay = 0;
  private readonly client: SimClient;
  private readonly admin: Admin;
  private passing: string[] = [];
  private named = 0;
  private readonly unsettled = new Set<string>();
  /** How many changes were begun per topic. */
  private readonly turns = new Map<string, number>();

  constructor(client: SimClient, meanPauseMs: number) {
    this.client = client;
    this.admin = new Admin(client.cluster);
    client.learn(() =>
      client.every(meanPauseMs, () => {
        if (!this.quiet) this.act();
      }),
    );
  }

  private act(): void {
    switch (this.client.prng.below(8)) {
      case 0:
        return this.createTopic();
      case 1:
        return this.deleteTopic();
      case 2:
        return this.deleteRecords();
      case 3:
        return this.changeConfig();
      case 4:
        return this.askEarliest();
      default:
        return this.askLatest();
    }
  }

  private anyPartition(): PartitionHistory {
    const { prng, stage } = this.client;
    const topic = prng.pick(stage.topics);
    return stage.history.partition(topic.name, prng.below(topic.partitions));
  }

  private createTopic(): void {
    const { client } = this;
    const { verdict } = client.stage;
    this.named += 1;
    const name = `${client.name}-${this.named}`;
    const partitions = client.prng.between(1, 4);
    this.admin.createTopics([{ name, partitions, replicationFactor: 1 }], (outcome) => {
      if (!outcome.ok) return;
      const [result] = outcome.value.topics;
      if (result?.errorCode !== ErrorCode.NONE) return;
      this.passing.push(name);
      // Whoever hears that a topic is there finds it, on every host.
      client.cluster.refresh([name], (refreshed) => {
        const found = client.cluster.topic(name)?.partitions.size;
        verdict.hold(!refreshed.ok || found === partitions, "a created topic is there", () => {
          return `${name}: ${found ?? "no"} partitions of ${partitions}`;
        });
      });
    });
  }

  private deleteTopic(): void {
    const { client } = this;
    const name = this.passing.shift();
    if (name === undefined) return;
    this.admin.deleteTopics([name], (outcome) => {
      const result = outcome.ok ? outcome.value.responses[0] : undefined;
      if (result?.errorCode !== ErrorCode.NONE) return;
      client.cluster.refresh([name], (refreshed) => {
        const gone = client.cluster.topic(name) === undefined;
        client.stage.verdict.hold(!refreshed.ok || gone, "a deleted topic is gone", () => name);
      });
    });
  }

  private deleteRecords(): void {
    const partition = this.anyPartition();
    const known = [...partition.idAt.keys()];
    if (known.length === 0) return;
    const offset = this.client.prng.pick(known);
    // Seldom far: a log that is mostly deleted shows little.
    if (offset > partition.deletableUpTo + 50) return;
    partition.deletableUpTo = Math.max(partition.deletableUpTo, offset);
    this.admin.deleteRecords(partition.topic, partition.index, offset, (outcome) => {
      if (!outcome.ok || outcome.value.errorCode !== ErrorCode.NONE) return;
      const { lowWatermark } = outcome.value;
      partition.deletedUpTo = Math.max(partition.deletedUpTo, Math.min(lowWatermark, offset));
      this.client.stage.verdict.hold(
        lowWatermark >= offset || partition.lossGeneration > 0,
        "an answered deletion has happened",
        () => `${partition.name}: low watermark ${lowWatermark}, asked for ${offset}`,
      );
    });
  }

  private askLatest(): void {
    const partition = this.anyPartition();
    const { lossGeneration } = partition;
    const acked = Math.max(-1, ...partition.idAt.keys());
    this.admin.listOffset(partition.topic, partition.index, LATEST, (outcome) => {
      if (!outcome.ok || outcome.value.errorCode !== ErrorCode.NONE) return;
      const { offset } = outcome.value;
      this.client.stage.verdict.hold(
        offset > acked || partition.lossGeneration !== lossGeneration,
        "the latest offset is past all that was acknowledged or read",
        () => `${partition.name}: latest ${offset}, known ${acked}`,
      );
    });
  }

  private askEarliest(): void {
    const partition = this.anyPartition();
    const { deletedUpTo } = partition;
    this.admin.listOffset(partition.topic, partition.index, EARLIEST, (outcome) => {
      if (!outcome.ok || outcome.value.errorCode !== ErrorCode.NONE) return;
      const { offset } = outcome.value;
      const { deletableUpTo, promise, name } = partition;
      const asked = offset <= deletableUpTo || promise.mayExpire;
      const kept = offset >= deletedUpTo;
      this.client.stage.verdict.hold(
        asked && kept,
        "the log starts where deletions left it",
        () => {
          return `${name}: earliest ${offset}, deleted ${deletedUpTo}, asked for ${deletableUpTo}`;
        },
      );
    });
  }

  /** Read your writes: a config that was answered is told by the very next question. */
  private changeConfig(): void {
    const { client } = this;
    const { verdict, topics } = client.stage;
    const { name } = client.prng.pick(topics);
    const value = String(client.prng.between(100_000, 900_000));
    const key = "max.message.bytes";
    const turn = (this.turns.get(name) ?? 0) + 1;
    this.turns.set(name, turn);
    this.admin.setConfigs(TOPIC, name, { [key]: value }, (outcome) => {
      const result = outcome.ok ? outcome.value.responses[0] : undefined;
      if (result?.errorCode !== ErrorCode.NONE) return void this.unsettled.add(`${name} ${value}`);
      this.admin.describeConfigs(TOPIC, name, (described) => {
        const told = described.ok ? described.value.results[0] : undefined;
        if (told?.errorCode !== ErrorCode.NONE) return;
        const now = told.configs.find((config) => config.name === key)?.value;
        // One whose answer was lost may come into force at any time later, as may one sent since.
        const late = this.unsettled.has(`${name} ${now}`) || this.turns.get(name) !== turn;
        verdict.hold(now === value || late, "an answered config is in force", () => {
          return `${name}: ${key} is ${now}, was set to ${value}`;
        });
      });
    });
  }
}
