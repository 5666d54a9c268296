// The controller on a real Raft node and a disk that outlives both: what was answered is there after
// every crash, and nothing is given twice.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { brokerKind } from "../../../src/actors/broker/messages.ts";
import { controllerActor } from "../../../src/actors/controller/controller.ts";
import type { ControllerProtocol } from "../../../src/actors/controller/messages.ts";
import { controllerRef } from "../../../src/actors/controller/messages.ts";
import { logDirectoryActor } from "../../../src/actors/log-directory/log-directory.ts";
import { raftNodeActor } from "../../../src/actors/raft-node/raft-node.ts";
import { Prng } from "../../../src/base/prng.ts";
import type { MetadataDelta, MetadataSnapshot } from "../../../src/metadata/image.ts";
import { MetadataImage, ResourceType } from "../../../src/metadata/image.ts";
import { ErrorCode } from "../../../src/protocol/error-codes.ts";
import type { Calls } from "../../../src/runtime/actor.ts";
import type { Disk } from "../../../src/runtime/ports.ts";
import { SimDisk } from "../../../src/sim/disk.ts";
import type { Asked } from "../../support/actor-harness.ts";
import { ActorHarness } from "../../support/actor-harness.ts";
import { settingsOf } from "./plan-context.ts";

const raftSettings = {
  nodeId: 1,
  clusterId: "cluster",
  directoryId: null,
  voters: [{ nodeId: 1, directoryId: null, endpoints: [] }],
  joins: false,
  bootstrap: [],
  endpoints: [],
  listen: null,
  directory: "/data/gofka-metadata-0",
  segmentBytes: 4096,
  electionTimeoutMs: 100,
};

/** A node's metadata plane; its broker is played by an image that follows at once. */
class Life {
  readonly harness: ActorHarness;
  readonly image = { current: new MetadataImage() };

  constructor(disk: (schedule: (delayMs: number, run: () => void) => void) => Disk, seed: number) {
    const early: [number, () => void][] = [];
    let schedule = (delayMs: number, run: () => void): void => void early.push([delayMs, run]);
    this.harness = new ActorHarness({
      kinds: [raftNodeActor, controllerActor, logDirectoryActor],
      puppets: [[brokerKind, "0"]],
      disk: disk((delayMs, run) => schedule(delayMs, run)),
      seed,
    });
    const { clock } = this.harness;
    schedule = (delayMs, run) => void clock.startTimer(Math.ceil(delayMs), run);
    const directories = { directories: ["/data"], metadataDirectory: "/data" };
    this.harness.spawn(logDirectoryActor, "0", directories);
    this.harness.spawn(raftNodeActor, "0", raftSettings);
    const properties = { "metadata.log.max.record.bytes.between.snapshots": "300" };
    this.harness.spawn(controllerActor, "0", settingsOf(properties));
    for (const [delayMs, run] of early) schedule(delayMs, run);
    this.harness.tell(controllerRef(), "hostJoined", { hostIndex: 0 });
  }

  advance(byMs: number): void {
    this.harness.advance(byMs);
    for (const { message, args } of this.harness.take()) {
      if (message === "imageReplaced") {
        this.image.current = MetadataImage.from(args["image"] as MetadataSnapshot);
      } else if (message === "imageChanged") {
        this.image.current.advance(args["delta"] as MetadataDelta);
      } else continue;
      const offset = this.image.current.lastOffset;
      this.harness.tell(controllerRef(), "hostApplied", { hostIndex: 0, offset });
    }
  }

  ask<K extends Calls<ControllerProtocol>>(
    kind: K,
    args: ControllerProtocol[K]["args"],
  ): Asked<ControllerProtocol[K]["reply"]> {
    return this.harness.ask(controllerRef(), kind, args);
  }

  untilReady(): void {
    const ready = this.ask("ready", {});
    for (let step = 0; step < 500 && !ready.answered; step++) this.advance(10);
    assert.ok(ready.answered, `ready; ${this.harness.stopNodeReason ?? "still running"}`);
  }
}

/** What clients were told, which no crash may take back. */
class Promises {
  readonly topics = new Map<string, { id: string; retentionMs: string | undefined }>();
  readonly firstIds = new Set<number>();

  check(image: MetadataImage, where: string): void {
    for (const [name, { id, retentionMs }] of this.topics) {
      assert.equal(image.topicByName(name)?.topicId, id, `${where}: ${name}`);
      const held = image.configsOf(ResourceType.TOPIC, name)["retention.ms"];
      if (retentionMs !== undefined) assert.equal(held, retentionMs, `${where}: ${name}`);
    }
  }
}

class Client {
  private readonly open: (() => boolean)[] = [];
  private readonly promises: Promises;
  private readonly prng: Prng;
  private made = 0;

  constructor(promises: Promises, prng: Prng) {
    this.promises = promises;
    this.prng = prng;
  }

  act(life: Life, prefix: string): void {
    for (const [at, isDone] of [...this.open.entries()].reverse()) {
      if (isDone()) this.open.splice(at, 1);
    }
    if (this.open.length > 3) return;
    const known = [...this.promises.topics.keys()];
    const kind = this.prng.below(3);
    if (kind === 0 || known.length === 0) return this.create(life, `${prefix}.${this.made++}`);
    if (kind === 1) return this.configure(life, this.prng.pick(known));
    this.takeIds(life);
  }

  private create(life: Life, name: string): void {
    const topic = { name, partitionCount: 2, replicationFactor: 1, assignments: [], configs: [] };
    const asked = life.ask("createTopics", { topics: [topic], validateOnly: false });
    this.open.push(() => {
      if (!asked.answered) return false;
      const [result] = asked.value.results;
      if (result?.errorCode !== ErrorCode.NONE) return true;
      this.promises.topics.set(name, { id: result.topicId, retentionMs: undefined });
      const seen = life.image.current.topicByName(name);
      assert.equal(seen?.partitions.length, 2, "answered when the host has applied it");
      return true;
    });
  }

  private configure(life: Life, name: string): void {
    const value = String(1000 + this.prng.below(1_000_000));
    const promise = this.promises.topics.get(name)!;
    // While it is under way, and if it is never answered, nobody knows.
    promise.retentionMs = undefined;
    const resource = { type: ResourceType.TOPIC, name };
    const changes = [{ name: "retention.ms", operation: 0, value }];
    const args = { resources: [{ resource, changes }], validateOnly: false };
    const asked = life.ask("changeConfigs", args);
    this.open.push(() => {
      if (!asked.answered) return false;
      const isLast =
        life.image.current.configsOf(ResourceType.TOPIC, name)["retention.ms"] === value;
      if (asked.value.results[0]?.errorCode === ErrorCode.NONE && isLast)
        promise.retentionMs = value;
      return true;
    });
  }

  private takeIds(life: Life): void {
    const brokerEpoch = life.image.current.brokers().get(1)?.brokerEpoch ?? -1;
    const asked = life.ask("allocateProducerIds", { brokerId: 1, brokerEpoch });
    this.open.push(() => {
      if (!asked.answered) return false;
      const { errorCode, firstProducerId, count } = asked.value;
      if (errorCode !== ErrorCode.NONE) return true;
      assert.equal(count, 1000);
      assert.ok(!this.promises.firstIds.has(firstProducerId), `${firstProducerId} is given twice`);
      this.promises.firstIds.add(firstProducerId);
      return true;
    });
  }
}

describe("controller and raft node", () => {
  test("keep what they answered over kills and power cuts", () => {
    for (let seed = 1; seed <= 10; seed++) {
      const prng = new Prng(seed, "clients");
      const disk = new SimDisk(new Prng(seed, "disk"));
      const promises = new Promises();
      for (let life = 0; life < 6; life++) {
        const where = `seed ${seed}, life ${life}`;
        const node = new Life((schedule) => disk.port(schedule), seed * 10 + life);
        const client = new Client(promises, prng);
        if (life > 0) {
          node.untilReady();
          promises.check(node.image.current, where);
        }
        const steps = 20 + prng.below(200);
        for (let step = 0; step < steps; step++) {
          client.act(node, `life-${life}`);
          node.advance(1);
        }
        assert.equal(node.harness.stopNodeReason, undefined, where);
        if (prng.chance(0.5)) disk.kill();
        else disk.powerCut();
      }
      assert.ok(promises.topics.size > 10 && promises.firstIds.size > 5, "something was done");
    }
  });
});
