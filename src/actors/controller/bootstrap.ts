// What a controller does first when it has come to lead: the features of a new cluster, this node's
// registration, and topics found on disk that the metadata log does not know.
//
// Lives on: anywhere (pure).

import { brokerOverridesProblem } from "../../config/broker-changes.ts";
import { brokerDefinitionOf } from "../../config/known-keys.ts";
import { topicOverridesProblem } from "../../config/topic-config.ts";
import { isSupported, latestMetadataVersion, supportedFeatures } from "../../metadata/features.ts";
import type { BrokerState, ConfigValues, MetadataImage } from "../../metadata/image.ts";
import { ResourceType } from "../../metadata/image.ts";
import { topicNameProblem } from "../../metadata/topic-names.ts";
import type { MetadataRecord } from "../../protocol/records/metadata-record.ts";
import type { FoundCluster, FoundTopic } from "../log-directory/messages.ts";
import type { ControllerSettings } from "./messages.ts";
import { newPartition } from "./placement.ts";
import type { PlanContext } from "./plan.ts";
import { recordsPerRequestMax } from "./plan.ts";

const plaintext = 0;

/** Until its features are committed a cluster is new. */
export function isNewCluster(image: MetadataImage): boolean {
  return !image.features().has("metadata.version");
}

const groupVersion = { name: "group.version", featureLevel: 1 };

/** Features of a new cluster: the level at which the one before it was, where that is known here. */
export function featureRecords(found: FoundCluster | null): readonly MetadataRecord[] {
  const before = found?.metadataVersion ?? latestMetadataVersion;
  const isKnown = isSupported("metadata.version", before);
  const featureLevel = isKnown ? before : latestMetadataVersion;
  return [
    { kind: "FeatureLevelRecord", value: groupVersion },
    { kind: "FeatureLevelRecord", value: { name: "metadata.version", featureLevel } },
  ];
}

/**
 * This node as a broker. One among others is fenced until it has followed the metadata; a lone node is
 * told of to nobody before.
 */
export function brokerOf(
  { nodeId, directories, config }: ControllerSettings,
  incarnationId: string,
): BrokerState {
  return {
    brokerId: nodeId,
    incarnationId,
    brokerEpoch: -1,
    endPoints: [
      {
        name: config.listenerName,
        host: config.advertisedHost,
        port: config.advertisedPort,
        securityProtocol: plaintext,
      },
    ],
    features: supportedFeatures.map(({ name, minVersion, maxVersion }) => ({
      name,
      minSupportedVersion: minVersion,
      maxSupportedVersion: maxVersion,
    })),
    rack: config.rack,
    fenced: config.quorum.listen !== null,
    inControlledShutdown: false,
    logDirs: directories
      .filter(({ failure }) => failure === null)
      .map(({ directoryId }) => directoryId),
    cordonedLogDirs: null,
  };
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
