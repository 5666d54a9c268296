// ElectLeaders (`ReplicationControlManager.electLeaders`): the preferred replica is to lead, or any that is
// there where none leads.
//
// Lives on: anywhere (pure).

import type { MetadataImage, PartitionState } from "../../metadata/image.ts";
import { ErrorCode } from "../../protocol/error-codes.ts";
import type { MetadataRecord } from "../../protocol/records/metadata-record.ts";
import { isUsable, leaderChange, NO_LEADER } from "./brokers.ts";
import type { ElectionResult, LeaderElection } from "./messages.ts";
import type { Plan, PlanContext, Refusal } from "./plan.ts";
import { accepted, recordsPerRequestMax, refusal, tooManyPartitions } from "./plan.ts";

const PREFERRED = 0;

export function planElectLeaders(
  { image }: PlanContext,
  { electionType, topics }: LeaderElection,
): Plan<readonly ElectionResult[]> {
  const records: MetadataRecord[] = [];
  const elect = (name: string, partitionId: number) => {
    const elected = electLeader(image, name, partitionId, electionType === PREFERRED);
    if ("errorCode" in elected) return { partitionId, ...elected };
    if (records.length >= recordsPerRequestMax) return { partitionId, ...tooManyPartitions };
    records.push(leaderChange(elected.topicId, partitionId, elected.leader));
    return { partitionId, ...accepted };
  };
  if (topics !== null) {
    const results = topics.map(({ name, partitionIds }) => ({
      name,
      partitions: [...new Set(partitionIds)].map((partitionId) => elect(name, partitionId)),
    }));
    return { records, results };
  }
  // Of all there are, partitions that are as they should be are not told of.
  const results = image.topics().map(({ name, partitions }) => ({
    name,
    partitions: partitions
      .map(({ partitionId }) => elect(name, partitionId))
      .filter(({ errorCode }) => errorCode !== ErrorCode.ELECTION_NOT_NEEDED),
  }));
  return { records, results };
}

function electLeader(
  image: MetadataImage,
  name: string,
  partitionId: number,
  isPreferred: boolean,
): { readonly topicId: string; readonly leader: number } | Refusal {
  const topic = image.topicByName(name);
  if (topic === undefined) {
    return refusal(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, `No such topic as ${name}`);
  }
  const partition = topic.partitions[partitionId];
  if (partition === undefined) {
    const message = `No such partition as ${name}-${partitionId}`;
    return refusal(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, message);
  }
  const { leader, replicas } = partition;
  const isAsItShouldBe = isPreferred ? leader === replicas[0] : leader !== NO_LEADER;
  if (isAsItShouldBe) return refusal(ErrorCode.ELECTION_NOT_NEEDED, "It is led as it should be.");
  const elected = isPreferred ? preferred(image, partition) : anyInSync(image, partition);
  if (elected !== undefined) return { topicId: topic.topicId, leader: elected };
  return isPreferred
    ? refusal(ErrorCode.PREFERRED_LEADER_NOT_AVAILABLE, "The first replica is away.")
    : refusal(ErrorCode.ELIGIBLE_LEADERS_NOT_AVAILABLE, "All replicas are away.");
}

function mayLead(image: MetadataImage, { isr }: PartitionState, brokerId: number): boolean {
  const broker = image.brokers().get(brokerId);
  return broker !== undefined && isUsable(broker) && isr.includes(brokerId);
}

function preferred(image: MetadataImage, partition: PartitionState): number | undefined {
  return partition.replicas.slice(0, 1).find((brokerId) => mayLead(image, partition, brokerId));
}

/** With one replica, which is always in sync, there is nobody to be chosen uncleanly. */
function anyInSync(image: MetadataImage, partition: PartitionState): number | undefined {
  return partition.replicas.find((brokerId) => mayLead(image, partition, brokerId));
}
