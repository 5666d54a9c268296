// What a controller does first when it has come to lead: the features of a new cluster, this node's
// registration, topics found on disk that the metadata log does not know, and new leader epochs after
// an unclean stop.
//
// Lives on: anywhere (pure).

import type { BrokerState, MetadataImage } from "../../metadata/image.ts";
import { ResourceType } from "../../metadata/image.ts";
import { topicNameProblem } from "../../metadata/topic-names.ts";
import type { MetadataRecord } from "../../protocol/records/metadata-record.ts";
import type { ControllerSettings, FoundTopic } from "./messages.ts";
import { newPartition } from "./placement.ts";
import type { PlanContext } from "./plan.ts";
import { recordsPerRequestMax } from "./plan.ts";

/** 4.3-IV0. */
export const metadataVersion = 30;
const oldestMetadataVersion = 7;
const plaintext = 0;
/** Of a topic that is taken over: itself and its configs. */
const recordsBesidePartitions = 3;

/** Features of a cluster that has none yet. `metadata.version` leads: it says how to read the rest. */
export function featureRecords(image: MetadataImage): readonly MetadataRecord[] {
  if (image.features().has("metadata.version")) return [];
  const value = { name: "metadata.version", featureLevel: metadataVersion };
  return [{ kind: "FeatureLevelRecord", value }];
}

/**
 * This node as a broker. Its epoch is the offset of this very record, so that a later registration
 * always has a later one (KIP-631).
 */
export function registration(
  { nodeId, directoryId, config }: ControllerSettings,
  incarnationId: string,
  brokerEpoch: number,
): MetadataRecord {
  const broker: BrokerState = {
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
    ],
    rack: config.rack,
    fenced: false,
    inControlledShutdown: false,
    logDirs: [directoryId],
    cordonedLogDirs: null,
  };
  return { kind: "RegisterBrokerRecord", value: { ...broker, isMigratingZkBroker: false } };
}

/**
 * Far above what a cluster has ever given out, far below 2^53, and another place each time: producers
 * of the logs that were found are remembered there by ids, and a new producer that was given one of
 * these would be taken for the old one, its first records for repetitions, and dropped.
 */
export function producerIdsBeyond({ image, nodeId, chance }: PlanContext): MetadataRecord {
  const brokerEpoch = image.brokers().get(nodeId)?.brokerEpoch ?? -1;
  const nextProducerId = 2 ** 40 + chance() * 1_024;
  return { kind: "ProducerIdsRecord", value: { brokerId: nodeId, brokerEpoch, nextProducerId } };
}

/** How long what was found is to be kept lies elsewhere, so all of it is, until somebody says so. */
function keepAll(topic: string): MetadataRecord[] {
  return ["retention.ms", "retention.bytes"].map((name) => {
    const value = { resourceType: ResourceType.TOPIC, resourceName: topic, name, value: "-1" };
    return { kind: "ConfigRecord", value };
  });
}

export type Import = {
  readonly topic: FoundTopic;
  readonly records: readonly MetadataRecord[];
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
    if (partitionCount + recordsBesidePartitions > recordsPerRequestMax) return [];
    const topicId = topic.topicId ?? context.newId();
    if (image.topicById(topicId) !== undefined || taken.has(topicId)) return [];
    taken.add(topicId);
    const records: MetadataRecord[] = [{ kind: "TopicRecord", value: { name, topicId } }];
    for (let index = 0; index < partitionCount; index++) {
      const replicas = [context.nodeId];
      records.push(newPartition(context, topicId, index, replicas, latestLeaderEpoch + 1));
    }
    records.push(...keepAll(name));
    return [{ topic, records }];
  });
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
