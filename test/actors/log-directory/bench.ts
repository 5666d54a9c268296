// A log-directory actor over a disk in memory, and what others may have left on it.
//
// Lives on: tests.

import { strict as assert } from "node:assert";
import { logDirectoryActor } from "../../../src/actors/log-directory/log-directory.ts";
import type {
  DirectoryFacts,
  NewIdentity,
  Stock,
} from "../../../src/actors/log-directory/messages.ts";
import { logDirectoryRef } from "../../../src/actors/log-directory/messages.ts";
import type { Outcome } from "../../../src/base/outcome.ts";
import { memoryDisk } from "../../../src/storage/memory-disk.ts";
import type { Asked } from "../../support/actor-harness.ts";
import { ActorHarness } from "../../support/actor-harness.ts";
import { DiskByHand } from "../../support/disk-by-hand.ts";

export const DIRECTORY = "/data/logs";
export const MARK = ".kafka_cleanshutdown";
export const CLUSTER_ID = "Some1-cluster_id-of-22";
export const DIRECTORY_ID = "a-directory-id-of-22-_";
export const TOPIC_IDS = ["topicidnumber1xxxxxxxx", "topicidnumber2xxxxxxxx"] as const;

export class Bench {
  readonly below = memoryDisk();
  readonly byHand = new DiskByHand(this.below);
  readonly directories: readonly string[];
  harness: ActorHarness;

  constructor(directories: readonly string[] = [DIRECTORY]) {
    this.directories = directories;
    this.harness = this.started();
  }

  /** A new life of the actor on the same disk. */
  restart(): void {
    this.harness = this.started();
  }

  started(): ActorHarness {
    const harness = new ActorHarness({ kinds: [logDirectoryActor], disk: this.below });
    const settings = { directories: this.directories, metadataDirectory: DIRECTORY };
    harness.spawn(logDirectoryActor, "0", settings);
    return harness;
  }

  ask(nodeId = 1, asked: Partial<NewIdentity> = {}): Asked<Outcome<DirectoryFacts>> {
    const anyCluster = { nodeId, clusterId: null, isNamed: false, begins: true };
    return this.harness.ask(logDirectoryRef(), "prepare", { ...anyCluster, ...asked });
  }

  prepare(nodeId = 1): DirectoryFacts {
    const { value } = this.ask(nodeId);
    assert.ok(value.ok, JSON.stringify(value));
    return value.value;
  }

  /** What there is to take over. */
  stock(nodeId = 1): Stock {
    const { value } = this.harness.ask(logDirectoryRef(), "takeStock", { nodeId });
    assert.ok(value.ok, JSON.stringify(value));
    return value.value;
  }

  refusal(nodeId = 1): string {
    const { value } = this.ask(nodeId);
    assert.ok(!value.ok, "it was accepted");
    assert.equal(value.fault, "refused");
    return value.detail;
  }

  markClean(except: readonly string[] = []): Outcome<null> {
    return this.harness.ask(logDirectoryRef(), "markClean", { except }).value;
  }

  write(name: string, text: string): void {
    const path = `${DIRECTORY}/${name}`;
    this.byHand.makeDirectory(path.slice(0, path.lastIndexOf("/")));
    this.byHand.writeText(path, text);
  }

  read(name: string): string | undefined {
    return this.byHand.readText(`${DIRECTORY}/${name}`);
  }

  makeDirectory(name: string): void {
    this.byHand.makeDirectory(`${DIRECTORY}/${name}`);
  }

  /** As a node of Kafka's would have left it. */
  writeMetaProperties(nodeId = 1): void {
    const lines = [
      "#",
      "#Tue Nov 24 02:13:07 UTC 2026",
      `cluster.id=${CLUSTER_ID}`,
      `directory.id=${DIRECTORY_ID}`,
      `node.id=${nodeId}`,
      "version=1",
    ];
    this.write("meta.properties", `${lines.join("\n")}\n`);
  }

  writePartition(name: string, topicId: string | null, epochs: readonly number[] = []): void {
    this.makeDirectory(name);
    if (topicId !== null) {
      this.write(`${name}/partition.metadata`, `version: 0\ntopic_id: ${topicId}`);
    }
    if (epochs.length > 0) {
      const lines = epochs.map((epoch, index) => `${epoch} ${index * 100}`);
      this.write(`${name}/leader-epoch-checkpoint`, `0\n${lines.length}\n${lines.join("\n")}\n`);
    }
  }
}
