// A broker actor whose partitions, controller and front door are puppets.
//
// Lives on: tests.

import { strict as assert } from "node:assert";
import { brokerActor } from "../../../src/actors/broker/broker.ts";
import { brokerRef } from "../../../src/actors/broker/messages.ts";
import type { LogDirectoryFacts } from "../../../src/actors/log-directory/messages.ts";
import { success } from "../../../src/base/outcome.ts";
import type { BrokerSettings } from "../../../src/config/broker-config.ts";
import { resolveBrokerSettings } from "../../../src/config/broker-config.ts";
import type { MetadataRecord } from "../../../src/protocol/records/metadata-record.ts";
import type { Disk } from "../../../src/runtime/ports.ts";
import { memoryDisk } from "../../../src/storage/memory-disk.ts";
import type { Heard } from "../../support/actor-harness.ts";
import { ActorHarness } from "../../support/actor-harness.ts";
import { DiskByHand } from "../../support/disk-by-hand.ts";

export const broker = brokerRef(0);
export const directory = "/data";
export const directories: readonly LogDirectoryFacts[] = [
  { path: directory, directoryId: "d".repeat(21) + "A", cleanStart: true, failure: null },
];
export const FOO = "FFFFFFFFFFFFFFFFFFFFFA";
export const BAR = "BBBBBBBBBBBBBBBBBBBBBA";

export function config(properties: Readonly<Record<string, string>> = {}): BrokerSettings {
  const always = { "node.id": "1", "log.dirs": directory };
  const resolved = resolveBrokerSettings({ ...always, ...properties });
  assert.ok("settings" in resolved);
  return resolved.settings;
}

export function topic(topicId: string, name: string): MetadataRecord {
  return { kind: "TopicRecord", value: { name, topicId } };
}

export function partition(topicId: string, partitionId: number): MetadataRecord {
  const none: number[] = [];
  const value = {
    topicId,
    partitionId,
    replicas: [1],
    isr: [1],
    removingReplicas: none,
    addingReplicas: none,
    leader: 1,
    leaderRecoveryState: 0,
    leaderEpoch: 0,
    partitionEpoch: 0,
    directories: [],
    eligibleLeaderReplicas: null,
    lastKnownElr: null,
  };
  return { kind: "PartitionRecord", value };
}

/** A broker among puppets. Partitions open at once unless held. */
export class Stage {
  readonly disk: Disk;
  readonly files: DiskByHand;
  readonly harness: ActorHarness;
  private offset = 0;

  constructor(
    prepare: (files: DiskByHand) => void = () => {},
    disk: Disk = memoryDisk(),
    properties: Readonly<Record<string, string>> = {},
    facts: readonly LogDirectoryFacts[] = directories,
  ) {
    this.disk = disk;
    this.files = new DiskByHand(disk);
    this.files.makeDirectory(directory);
    prepare(this.files);
    this.harness = new ActorHarness({
      kinds: [brokerActor],
      puppets: [["partition"], ["group-coordinator"], ["controller", "0"], ["front-door", "0"]],
      disk,
    });
    const settings = {
      nodeId: 1,
      config: config(properties),
      directories: facts,
    };
    this.harness.spawn(brokerActor, "0", settings);
  }

  /** What was told to the partitions, as `message key`. */
  partitionsHeard(): string[] {
    const heard = this.harness.heard.filter(({ who }) => who.startsWith("partition "));
    return heard.map(({ who, message }) => `${message} ${who.slice("partition ".length)}`);
  }

  messages(): string[] {
    return this.harness.heard.map(({ message }) => message);
  }

  replaceImage(...records: MetadataRecord[]): void {
    this.offset += records.length;
    const image = { records, lastOffset: this.offset };
    this.harness.tell(broker, "imageReplaced", { image });
  }

  change(...records: MetadataRecord[]): void {
    this.offset += records.length;
    const delta = { records, lastOffset: this.offset };
    this.harness.tell(broker, "imageChanged", { delta });
  }

  /** Answers everything that waits until nothing does. */
  answerAll(answers: Record<string, unknown> = {}): void {
    const usual: Record<string, unknown> = {
      opened: success({ logEndOffset: 0 }),
      metadataReplaced: {},
      metadataChanged: {},
      remove: success(null),
      checkpoint: { recoveryPoint: 7, logStartOffset: 3, highWatermark: 9, firstDirtyOffset: 5 },
      close: {
        clean: true,
        recoveryPoint: 9,
        logStartOffset: 3,
        highWatermark: 9,
        firstDirtyOffset: 0,
      },
      ...answers,
    };
    for (;;) {
      const waiting = this.harness.heard.find((h) => h.replyTo !== undefined && !h.answered);
      if (waiting === undefined) return;
      this.harness.answer(waiting.message, usual[waiting.message]);
    }
  }

  heard(message: string): Heard[] {
    return this.harness.heard.filter((heard) => heard.message === message);
  }

  checkpoint(name: string): string | undefined {
    return this.files.readText(`${directory}/${name}`);
  }
}
