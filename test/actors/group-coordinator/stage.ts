// A coordinator and its groups over a real partition on a disk in memory; everyone else is a puppet.
//
// Lives on: tests.

import { durabilityActor } from "../../../src/actors/durability/durability.ts";
import { groupActor } from "../../../src/actors/group/group.ts";
import type { GroupRequests } from "../../../src/actors/group/messages.ts";
import { groupCoordinatorActor } from "../../../src/actors/group-coordinator/coordinator.ts";
import { groupCoordinatorRef } from "../../../src/actors/group-coordinator/messages.ts";
import { partitionRef } from "../../../src/actors/partition/messages.ts";
import { partitionActor } from "../../../src/actors/partition/partition.ts";
import { ZERO_UUID } from "../../../src/base/uuid.ts";
import type { GroupSettings } from "../../../src/config/group-config.ts";
import type { Disk } from "../../../src/runtime/ports.ts";
import { memoryDisk } from "../../../src/storage/memory-disk.ts";
import type { Asked } from "../../support/actor-harness.ts";
import { ActorHarness } from "../../support/actor-harness.ts";
import { groupConfig } from "../group/stage.ts";
import { topicConfig } from "../partition/stage.ts";

export const TOPIC_ID = "OOOOOOOOOOOOOOOOOOOOOA";
export const partition = partitionRef(TOPIC_ID, 0);
export const coordinator = groupCoordinatorRef(TOPIC_ID, 0);

export class CoordinatorStage {
  readonly disk: Disk;
  readonly harness: ActorHarness;
  config: GroupSettings;

  constructor(config: Partial<GroupSettings> = {}, disk = memoryDisk(), isHeld = false) {
    this.disk = disk;
    this.config = { ...groupConfig, ...config };
    disk.submit({ operation: "makeDirectory", args: { path: "/data" } }, () => {});
    this.harness = new ActorHarness({
      kinds: [durabilityActor, partitionActor, groupCoordinatorActor, groupActor],
      puppets: [
        ["broker", "0"],
        ["front-door", "0"],
      ],
      disk,
    });
    if (isHeld) this.harness.disk.hold(() => true);
    this.harness.spawn(durabilityActor, "0", { logDirectories: ["/data"] });
    this.harness.spawn(partitionActor, partition.key, {
      topicId: TOPIC_ID,
      topicName: "__consumer_offsets",
      index: 0,
      logDirectory: "/data",
      offline: null,
      leaderEpoch: 0,
      imageOffset: 0,
      config: topicConfig({ "cleanup.policy": "compact" }),
      cleanStart: false,
      recoveryPoint: 0,
      logStartOffset: 0,
      firstDirtyOffset: 0,
      retentionCheckIntervalMs: 300_000,
      producerIdExpirationCheckIntervalMs: 600_000,
      checkpointIntervalMs: 60_000,
    });
    this.harness.spawn(groupCoordinatorActor, coordinator.key, {
      topicId: TOPIC_ID,
      index: 0,
      config: this.config,
      overrides: {},
    });
  }

  /** The same after the host has died. */
  restart({ isHeld = false } = {}): CoordinatorStage {
    return new CoordinatorStage(this.config, this.disk, isHeld);
  }

  ask<K extends keyof GroupRequests>(kind: K, args: GroupRequests[K]["args"]) {
    return this.harness.ask(coordinator, kind, args) as Asked<GroupRequests[K]["reply"]>;
  }

  commit(groupId: string, offset: number, topic = "t", partitionIndex = 0) {
    const committed = { partitionIndex, offset: BigInt(offset), leaderEpoch: -1, metadata: "" };
    return this.ask("commitOffsets", {
      groupId,
      generationIdOrMemberEpoch: -1,
      memberId: "",
      groupInstanceId: null,
      retentionTimeMs: -1,
      apiVersion: 8,
      topics: [{ name: topic, topicId: ZERO_UUID, partitions: [committed] }],
    });
  }

  join(groupId: string, memberId = "") {
    const asked = this.ask("joinGroup", {
      groupId,
      memberId,
      groupInstanceId: null,
      clientId: "client",
      clientHost: "/127.0.0.1",
      sessionTimeoutMs: 10_000,
      rebalanceTimeoutMs: 30_000,
      protocolType: "consumer",
      protocols: [{ name: "range", metadata: new Uint8Array(0) }],
      requiresKnownMemberId: false,
      supportsSkippingAssignment: true,
      reason: null,
    });
    this.harness.advance(0);
    return asked;
  }

  /** The offset that a group has committed for a partition; -1: none. */
  fetch(groupId: string, topic = "t", partitionIndex = 0) {
    return this.ask("fetchOffsets", {
      groupId,
      memberId: null,
      memberEpoch: -1,
      requireStable: false,
      topics: [{ name: topic, topicId: ZERO_UUID, partitions: [partitionIndex] }],
    });
  }

  offset(groupId: string, topic = "t", partitionIndex = 0): number {
    const { value } = this.fetch(groupId, topic, partitionIndex);
    return "topics" in value ? Number(value.topics[0]!.partitions[0]!.offset) : NaN;
  }

  list(states: readonly string[] = [], types: readonly string[] = []) {
    return this.harness.ask(coordinator, "listGroups", { states, types }).value;
  }

  /** Ids, sorted, of all groups in the coordinator's list. */
  ids(states: readonly string[] = [], types: readonly string[] = []): string[] {
    return this.list(states, types)
      .groups.map(({ groupId }) => groupId)
      .toSorted();
  }
}
