// The metadata image: what the committed metadata records add up to. The controller, every broker
// actor and every front door hold one each and move it forward by the same records, so that a front
// door answers Metadata without asking anyone.
//
// The image is changed in place and never shared between actors. What it hands out (topics,
// partitions, brokers) is read-only, and an object once handed out does not change: a change of a
// partition puts a new object in its place.
//
// Lives on: anywhere.

import { assert } from "../base/assert.ts";
import type { MetadataRecord } from "../protocol/records/metadata-record.ts";
import { isInternalTopic, mayCollide, unifiedTopicName } from "./topic-names.ts";

/** A change of the image: committed records in order, up to and including `lastOffset`. */
export type MetadataDelta = {
  readonly records: readonly MetadataRecord[];
  readonly lastOffset: number;
};

/** A whole image, as the records that make it up from nothing. Crosses hosts as it is. */
export type MetadataSnapshot = {
  readonly records: readonly MetadataRecord[];
  readonly lastOffset: number;
};

type RecordOf<K extends MetadataRecord["kind"]> = Extract<MetadataRecord, { kind: K }>["value"];

export type BrokerState = Omit<RecordOf<"RegisterBrokerRecord">, "isMigratingZkBroker">;

export type PartitionState = Omit<RecordOf<"PartitionRecord">, "topicId">;

export type TopicState = {
  readonly name: string;
  readonly topicId: string;
  readonly isInternal: boolean;
  /** Dense: the partition with index i is at i. */
  readonly partitions: readonly PartitionState[];
};

/** `ConfigResource.Type`. */
export const ResourceType = { TOPIC: 2, BROKER: 4, GROUP: 32, CLIENT_METRICS: 16 } as const;

export type ConfigValues = Readonly<Record<string, string>>;

type MutableTopic = TopicState & { partitions: PartitionState[] };

const noConfigs: ConfigValues = Object.freeze({});

function unknownTopic(topicId: string): string {
  return `topic ${topicId} is not known`;
}

export class MetadataImage {
  /** The offset of the last record applied; -1 when nothing has been. */
  lastOffset = -1;
  /** The first id of the next block of producer ids. */
  nextProducerId = 0;
  readonly #producerIds = { brokerId: -1, brokerEpoch: -1 };
  readonly #topicsByName = new Map<string, MutableTopic>();
  readonly #topicsById = new Map<string, MutableTopic>();
  /** Unified name -> names, for names that hold a `.` or `_`. */
  readonly #collisions = new Map<string, Set<string>>();
  readonly #brokers = new Map<number, BrokerState>();
  readonly #features = new Map<string, number>();
  /** `<type>/<name>` -> key -> value. */
  readonly #configs = new Map<string, { type: number; name: string; values: ConfigValues }>();
  #partitionCount = 0;
  #sortedTopics: readonly TopicState[] | undefined;

  static from(snapshot: MetadataSnapshot): MetadataImage {
    const image = new MetadataImage();
    image.advance(snapshot);
    return image;
  }

  // ------------------------------------------------------------------ lookups

  topicByName(name: string): TopicState | undefined {
    return this.#topicsByName.get(name);
  }

  topicById(topicId: string): TopicState | undefined {
    return this.#topicsById.get(topicId);
  }

  /** All topics, sorted by name. The same array until a topic comes or goes. */
  topics(): readonly TopicState[] {
    this.#sortedTopics ??= [...this.#topicsByName.values()].sort((a, b) =>
      a.name < b.name ? -1 : a.name > b.name ? 1 : 0,
    );
    return this.#sortedTopics;
  }

  get topicCount(): number {
    return this.#topicsByName.size;
  }

  get partitionCount(): number {
    return this.#partitionCount;
  }

  /** A topic of another name that would share this one's metric names. */
  collidingTopic(name: string): string | undefined {
    const names = this.#collisions.get(unifiedTopicName(name));
    return names === undefined ? undefined : [...names].find((other) => other !== name);
  }

  brokers(): ReadonlyMap<number, BrokerState> {
    return this.#brokers;
  }

  /** Finalized levels; a feature at level 0 is not there. */
  features(): ReadonlyMap<string, number> {
    return this.#features;
  }

  /** The dynamic configs of one resource; a broker name of "" means every broker. */
  configsOf(type: number, name: string): ConfigValues {
    return this.#configs.get(`${type}/${name}`)?.values ?? noConfigs;
  }

  /** Names of the resources of a type that have at least one config, sorted. */
  configuredResources(type: number): readonly string[] {
    return [...this.#configs.values()]
      .filter((resource) => resource.type === type)
      .map((resource) => resource.name)
      .sort();
  }

  // ------------------------------------------------------------------ moving forward

  /** Applies a delta, or a snapshot onto an empty image. */
  advance(change: MetadataDelta | MetadataSnapshot): void {
    for (const record of change.records) this.apply(record);
    this.lastOffset = change.lastOffset;
  }

  /**
   * Why a record cannot follow what has been applied; undefined when it can. Of a log that somebody
   * else has written this is to be asked first.
   */
  problemOf(record: MetadataRecord): string | undefined {
    switch (record.kind) {
      case "TopicRecord": {
        const { name, topicId } = record.value;
        const isKnown = this.#topicsByName.has(name) || this.#topicsById.has(topicId);
        return isKnown ? `topic ${name} is created twice` : undefined;
      }
      case "PartitionRecord": {
        const { topicId, partitionId } = record.value;
        const count = this.#topicsById.get(topicId)?.partitions.length;
        if (count === undefined) return unknownTopic(topicId);
        const isNext = partitionId >= 0 && partitionId <= count;
        return isNext ? undefined : `partition ${partitionId} comes after ${count} of its topic`;
      }
      case "PartitionChangeRecord": {
        const { topicId, partitionId } = record.value;
        const topic = this.#topicsById.get(topicId);
        if (topic === undefined) return unknownTopic(topicId);
        const isThere = topic.partitions[partitionId] !== undefined;
        return isThere ? undefined : `a change of partition ${partitionId}, which is not there`;
      }
      case "RemoveTopicRecord": {
        const { topicId } = record.value;
        return this.#topicsById.has(topicId) ? undefined : unknownTopic(topicId);
      }
      case "BrokerRegistrationChangeRecord":
        return this.#strangerProblem(record.value.brokerId);
      case "FenceBrokerRecord":
      case "UnfenceBrokerRecord":
        return this.#strangerProblem(record.value.id);
      default:
        return undefined;
    }
  }

  #strangerProblem(brokerId: number): string | undefined {
    return this.#brokers.has(brokerId) ? undefined : `broker ${brokerId} is not registered`;
  }

  /** One committed record. Kinds that this image keeps nothing of are passed over. */
  apply(record: MetadataRecord): void {
    const problem = this.problemOf(record);
    assert(problem === undefined, `a metadata record makes no sense: ${problem}`);
    switch (record.kind) {
      case "TopicRecord":
        return this.#addTopic(record.value);
      case "PartitionRecord":
        return this.#putPartition(record.value);
      case "PartitionChangeRecord":
        return this.#changePartition(record.value);
      case "RemoveTopicRecord":
        return this.#removeTopic(record.value.topicId);
      case "ConfigRecord":
        return this.#setConfig(record.value);
      case "FeatureLevelRecord":
        if (record.value.featureLevel === 0) this.#features.delete(record.value.name);
        else this.#features.set(record.value.name, record.value.featureLevel);
        return;
      case "RegisterBrokerRecord": {
        const { isMigratingZkBroker: _, ...broker } = record.value;
        this.#brokers.set(broker.brokerId, broker);
        return;
      }
      case "UnregisterBrokerRecord":
        this.#brokers.delete(record.value.brokerId);
        return;
      case "BrokerRegistrationChangeRecord":
        return this.#changeBroker(record.value);
      case "FenceBrokerRecord":
        return this.#setFenced(record.value.id, true);
      case "UnfenceBrokerRecord":
        return this.#setFenced(record.value.id, false);
      case "ProducerIdsRecord":
        this.#producerIds.brokerId = record.value.brokerId;
        this.#producerIds.brokerEpoch = record.value.brokerEpoch;
        this.nextProducerId = record.value.nextProducerId;
        return;
      default:
        return;
    }
  }

  #topicOf(topicId: string): MutableTopic {
    return this.#topicsById.get(topicId)!;
  }

  #addTopic({ name, topicId }: RecordOf<"TopicRecord">): void {
    const topic: MutableTopic = {
      name,
      topicId,
      isInternal: isInternalTopic(name),
      partitions: [],
    };
    this.#topicsByName.set(name, topic);
    this.#topicsById.set(topicId, topic);
    this.#sortedTopics = undefined;
    if (!mayCollide(name)) return;
    const unified = unifiedTopicName(name);
    const names = this.#collisions.get(unified);
    if (names === undefined) this.#collisions.set(unified, new Set([name]));
    else names.add(name);
  }

  #removeTopic(topicId: string): void {
    const topic = this.#topicOf(topicId);
    this.#topicsById.delete(topicId);
    this.#topicsByName.delete(topic.name);
    this.#configs.delete(`${ResourceType.TOPIC}/${topic.name}`);
    this.#partitionCount -= topic.partitions.length;
    this.#sortedTopics = undefined;
    const unified = unifiedTopicName(topic.name);
    const names = this.#collisions.get(unified);
    names?.delete(topic.name);
    if (names?.size === 0) this.#collisions.delete(unified);
  }

  #putPartition(record: RecordOf<"PartitionRecord">): void {
    const { topicId, ...partition } = record;
    const { partitions } = this.#topicOf(topicId);
    if (partition.partitionId === partitions.length) this.#partitionCount++;
    partitions[partition.partitionId] = partition;
  }

  #changePartition(change: RecordOf<"PartitionChangeRecord">): void {
    const { partitions } = this.#topicOf(change.topicId);
    const old = partitions[change.partitionId]!;
    // A change of leader is a new leader epoch; any change is a new partition epoch
    // (PartitionRegistration.merge).
    const leaderChanged = change.leader !== -2;
    partitions[change.partitionId] = {
      partitionId: old.partitionId,
      replicas: change.replicas ?? old.replicas,
      isr: change.isr ?? old.isr,
      removingReplicas: change.removingReplicas ?? old.removingReplicas,
      addingReplicas: change.addingReplicas ?? old.addingReplicas,
      leader: leaderChanged ? change.leader : old.leader,
      leaderRecoveryState:
        change.leaderRecoveryState === -1 ? old.leaderRecoveryState : change.leaderRecoveryState,
      leaderEpoch: leaderChanged ? old.leaderEpoch + 1 : old.leaderEpoch,
      partitionEpoch: old.partitionEpoch + 1,
      directories: change.directories ?? old.directories,
      eligibleLeaderReplicas: change.eligibleLeaderReplicas ?? old.eligibleLeaderReplicas,
      lastKnownElr: change.lastKnownElr ?? old.lastKnownElr,
    };
  }

  #setConfig({ resourceType, resourceName, name, value }: RecordOf<"ConfigRecord">): void {
    const key = `${resourceType}/${resourceName}`;
    const { [name]: _, ...others } = this.#configs.get(key)?.values ?? noConfigs;
    const values = value === null ? others : { ...others, [name]: value };
    if (Object.keys(values).length === 0) this.#configs.delete(key);
    else this.#configs.set(key, { type: resourceType, name: resourceName, values });
  }

  #setFenced(brokerId: number, fenced: boolean): void {
    const old = this.#brokers.get(brokerId)!;
    this.#brokers.set(brokerId, { ...old, fenced });
  }

  #changeBroker(change: RecordOf<"BrokerRegistrationChangeRecord">): void {
    const old = this.#brokers.get(change.brokerId)!;
    this.#brokers.set(change.brokerId, {
      ...old,
      fenced: change.fenced === 0 ? old.fenced : change.fenced === 1,
      inControlledShutdown: change.inControlledShutdown === 1 || old.inControlledShutdown,
      logDirs: change.logDirs.length === 0 ? old.logDirs : change.logDirs,
      cordonedLogDirs: change.cordonedLogDirs ?? old.cordonedLogDirs,
    });
  }

  // ------------------------------------------------------------------ the whole of it

  /** The records that make this image from nothing, in an order that `apply` can follow. */
  snapshot(): MetadataSnapshot {
    const records: MetadataRecord[] = [];
    for (const [name, featureLevel] of this.#features) {
      records.push({ kind: "FeatureLevelRecord", value: { name, featureLevel } });
    }
    for (const broker of this.#brokers.values()) {
      records.push({
        kind: "RegisterBrokerRecord",
        value: { ...broker, isMigratingZkBroker: false },
      });
    }
    for (const { name, topicId, partitions } of this.#topicsByName.values()) {
      records.push({ kind: "TopicRecord", value: { name, topicId } });
      for (const partition of partitions) {
        records.push({ kind: "PartitionRecord", value: { ...partition, topicId } });
      }
    }
    for (const { type, name: resourceName, values } of this.#configs.values()) {
      for (const [name, value] of Object.entries(values)) {
        const config = { resourceType: type, resourceName, name, value };
        records.push({ kind: "ConfigRecord", value: config });
      }
    }
    if (this.nextProducerId > 0) {
      const value = { ...this.#producerIds, nextProducerId: this.nextProducerId };
      records.push({ kind: "ProducerIdsRecord", value });
    }
    return { records, lastOffset: this.lastOffset };
  }
}
