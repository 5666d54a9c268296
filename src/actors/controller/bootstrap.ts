// What a controller does first when it has come to lead: the features of a new cluster, this node's
// registration, topics found on disk that the metadata log does not know, and new leader epochs after
// an unclean stop.
//
// Lives on: anywhere (pure).

import { brokerOverridesProblem } from "../../config/broker-changes.ts";
import { brokerDefinitionOf } from "../../config/known-keys.ts";
import { topicOverridesProblem } from "../../config/topic-config.ts";
import type { BrokerState, ConfigValues, MetadataImage } from "../../metadata/image.ts";
import { ResourceType } from "../../metadata/image.ts";
import { topicNameProblem } from "../../metadata/topic-names.ts";
import type { MetadataRecord } from "../../protocol/records/metadata-record.ts";
import type { FoundCluster, FoundTopic } from "../log-directory/messages.ts";
import type { ControllerSettings } from "./messages.ts";
import { newPartition } from "./placement.ts";
import type { PlanContext } from "./plan.ts";
import { recordsPerRequestMax } from "./plan.ts";

/** 4.3-IV0. */
export const metadataVersion = 30;
const oldestMetadataVersion = 7;
const plaintext = 0;

/** Until its features are committed a cluster is new. */
export function isNewCluster(image: MetadataImage): boolean {
  return !image.features().has("metadata.version");
}

/** 1: groups may speak the consumer protocol (KIP-848). */
const groupVersion = { name: "group.version", featureLevel: 1 };

/** A cluster that was begun before groups could has it from now on. */
export function missingFeatures(image: MetadataImage): readonly MetadataRecord[] {
  if (image.features().has(groupVersion.name)) return [];
  return [{ kind: "FeatureLevelRecord", value: groupVersion }];
}

/** Features of a new cluster: the level at which the one before it was, where that is known here. */
export function featureRecords(found: FoundCluster | null): readonly MetadataRecord[] {
  const before = found?.metadataVersion ?? metadataVersion;
  const isKnown = before >= oldestMetadataVersion && before <= metadataVersion;
  const featureLevel = isKnown ? before : metadataVersion;
  return [
    { kind: "FeatureLevelRecord", value: groupVersion },
    { kind: "FeatureLevelRecord", value: { name: "metadata.version", featureLevel } },
  ];
}

/** This node as a broker. */
export function brokerOf(
  { nodeId, directoryId, config }: ControllerSettings,
  incarnationId: string,
  brokerEpoch: number,
): BrokerState {
  return {
    brokerId: nodeId,
    incarnationId,
    brokerEpoch,
    endPoints: [
      {
        name: config.listenerName,
        host: config.advertisedHost,
        port: config.advertisedPort,
        securityProtocol: plaintext,
      },
    ],
    features: [
      {
        name: "metadata.version",
        minSupportedVersion: oldestMetadataVersion,
        maxSupportedVersion: metadataVersion,
      },
      {
        name: groupVersion.name,
        minSupportedVersion: 0,
        maxSupportedVersion: groupVersion.featureLevel,
      },
    ],
    rack: config.rack,
    fenced: false,
    inControlledShutdown: false,
    logDirs: [directoryId],
    cordonedLogDirs: null,
  };
}

/**
 * Its registration. The epoch is the offset of this very record, so that a later registration always
 * has a later one (KIP-631).
 */
export function registration(
  settings: ControllerSettings,
  incarnationId: string,
  brokerEpoch: number,
): MetadataRecord {
  const broker = brokerOf(settings, incarnationId, brokerEpoch);
  return { kind: "RegisterBrokerRecord", value: { ...broker, isMigratingZkBroker: false } };
}

/**
 * Producers of the logs that were found are remembered there by ids, and a new producer that was given
 * one of these would be taken for the old one, its first records for repetitions, and dropped.
 */
export function producerIds(
  context: PlanContext,
  cluster: FoundCluster | null,
  topics: readonly FoundTopic[],
): readonly MetadataRecord[] {
  const { image, nodeId } = context;
  if (image.nextProducerId > 0) return [];
  const isTold = cluster !== null && topics.every(({ configs }) => configs !== null);
  const used = cluster?.nextProducerId ?? 0;
  const nextProducerId = isTold || topics.length === 0 ? used : Math.max(used, beyondAll(context));
  if (nextProducerId === 0) return [];
  const brokerEpoch = image.brokers().get(nodeId)?.brokerEpoch ?? -1;
  const value = { brokerId: nodeId, brokerEpoch, nextProducerId };
  return [{ kind: "ProducerIdsRecord", value }];
}

/** Far above what a cluster has ever given out, far below 2^53, and another place each time. */
function beyondAll({ chance }: PlanContext): number {
  return 2 ** 40 + chance() * 1_024;
}

function configRecords(
  resourceType: number,
  resourceName: string,
  configs: ConfigValues,
): readonly MetadataRecord[] {
  return Object.entries(configs).map(([name, value]) => ({
    kind: "ConfigRecord",
    value: { resourceType, resourceName, name, value },
  }));
}

/** How long what was found is to be kept nobody tells, so all of it is, until somebody says so. */
const keepAll: ConfigValues = { "retention.ms": "-1", "retention.bytes": "-1" };

export type Import = {
  readonly topic: FoundTopic;
  readonly records: readonly MetadataRecord[];
  /** What it was configured to and cannot be here. */
  readonly refusedConfigs: readonly string[];
};

/**
 * Topics that lie on disk and that nobody knows. Each keeps its id, and gets a leader epoch after all
 * that its logs hold. A topic whose id is another's is left alone: its files are older than the log.
 */
export function imports(context: PlanContext, found: readonly FoundTopic[]): readonly Import[] {
  const { image } = context;
  const taken = new Set<string>();
  return found.flatMap((topic): Import[] => {
    const { name, partitionCount, latestLeaderEpoch } = topic;
    if (image.topicByName(name) !== undefined || topicNameProblem(name) !== undefined) return [];
    const { configs, refusedConfigs } = acceptableConfigs(context, topic);
    const recordCount = 1 + partitionCount + Object.keys(configs).length;
    if (recordCount > recordsPerRequestMax) return [];
    const topicId = topic.topicId ?? context.newId();
    if (image.topicById(topicId) !== undefined || taken.has(topicId)) return [];
    taken.add(topicId);
    const records: MetadataRecord[] = [{ kind: "TopicRecord", value: { name, topicId } }];
    for (let index = 0; index < partitionCount; index++) {
      const replicas = [context.nodeId];
      records.push(newPartition(context, topicId, index, replicas, latestLeaderEpoch + 1));
    }
    records.push(...configRecords(ResourceType.TOPIC, name, configs));
    return [{ topic, records, refusedConfigs }];
  });
}

function acceptableConfigs({ config }: PlanContext, { configs }: FoundTopic) {
  return partition(configs ?? keepAll, (one) => topicOverridesProblem(config, one) === undefined);
}

export type ConfigImport = {
  readonly own: ConfigValues;
  readonly allBrokers: ConfigValues;
  readonly refusedConfigs: readonly string[];
  readonly records: readonly MetadataRecord[];
};

/**
 * Dynamic configs of the broker and of all brokers. Those that each broker has for itself say where
 * and how that Kafka was reached, and are this node's own affair.
 */
export function brokerConfigs(
  { config, nodeId }: PlanContext,
  cluster: FoundCluster | null,
): ConfigImport {
  const isWanted = (one: ConfigValues, allBrokers: boolean): boolean =>
    Object.keys(one).every((name) => brokerDefinitionOf(name)?.scope === "cluster-wide") &&
    brokerOverridesProblem(config, one, allBrokers) === undefined;
  const own = partition(cluster?.ownConfigs ?? {}, (one) => isWanted(one, false));
  const all = partition(cluster?.allBrokersConfigs ?? {}, (one) => isWanted(one, true));
  return {
    own: own.configs,
    allBrokers: all.configs,
    refusedConfigs: [...own.refusedConfigs, ...all.refusedConfigs],
    records: [
      ...configRecords(ResourceType.BROKER, String(nodeId), own.configs),
      ...configRecords(ResourceType.BROKER, "", all.configs),
    ],
  };
}

/** Each config is looked at alone. */
function partition(
  configs: ConfigValues,
  isWanted: (one: ConfigValues) => boolean,
): { readonly configs: ConfigValues; readonly refusedConfigs: readonly string[] } {
  const entries = Object.entries(configs);
  const wanted = entries.filter(([name, value]) => isWanted({ [name]: value }));
  const refused = entries.filter(([name, value]) => !isWanted({ [name]: value }));
  return {
    configs: Object.fromEntries(wanted),
    refusedConfigs: refused.map(([name]) => name),
  };
}

/**
 * After an unclean stop the end of a log may be gone, and other records may come to have its offsets.
 * A new leader epoch tells clients apart what they have read before (KIP-320).
 */
export function newLeaderEpochs(image: MetadataImage, nodeId: number): readonly MetadataRecord[] {
  return image.topics().flatMap(({ topicId, partitions }) =>
    partitions
      .filter(({ leader }) => leader === nodeId)
      .map(({ partitionId }): MetadataRecord => {
        const value = {
          partitionId,
          topicId,
          isr: null,
          leader: nodeId,
          replicas: null,
          removingReplicas: null,
          addingReplicas: null,
          leaderRecoveryState: -1,
          directories: null,
          eligibleLeaderReplicas: null,
          lastKnownElr: null,
        };
        return { kind: "PartitionChangeRecord", value };
      }),
  );
}
