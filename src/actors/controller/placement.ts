// Which brokers hold which partitions: placement of new ones and checks of those a client places
// itself (`StripedReplicaPlacer`, `ReplicationControlManager.validateManualPartitionAssignment`).
//
// Lives on: anywhere (pure).

import { ErrorCode } from "../../protocol/error-codes.ts";
import type { MetadataRecord } from "../../protocol/records/metadata-record.ts";
import { isUsable, NO_LEADER } from "./brokers.ts";
import { StripedPlacer } from "./striped-placer.ts";
import type { PlanContext, Refusal } from "./plan.ts";
import { refusal } from "./plan.ts";

export type Replicas = readonly number[];

/** Said rather than to keep one copy where several were asked for. */
const notReplicated = refusal(
  ErrorCode.INVALID_REPLICATION_FACTOR,
  "Partitions are not replicated yet: the replication factor must be 1.",
);

/** Replicas of `count` partitions, spread over racks and brokers. */
export function placePartitions(
  { image, chance, replicasMax }: PlanContext,
  count: number,
  replicationFactor: number,
): readonly Replicas[] | Refusal {
  const impossible = (why: string): Refusal =>
    refusal(
      ErrorCode.INVALID_REPLICATION_FACTOR,
      `Unable to replicate the partition ${replicationFactor} time(s): ${why}`,
    );
  const brokers = [...image.brokers().values()]
    .filter(({ inControlledShutdown }) => !inControlledShutdown)
    .sort((a, b) => a.brokerId - b.brokerId);
  if (!brokers.some(isUsable)) {
    return impossible(
      "All brokers are currently fenced, or have all their log directories cordoned.",
    );
  }
  if (replicationFactor > brokers.length) {
    return impossible(
      `The target replication factor of ${replicationFactor} cannot be reached because only ` +
        `${brokers.length} broker(s) are registered or some brokers have all their log ` +
        "directories cordoned.",
    );
  }
  if (replicationFactor > replicasMax) return notReplicated;
  const placer = new StripedPlacer(brokers, chance);
  return Array.from({ length: count }, () => placer.place(replicationFactor));
}

/** Why a client's own placement of one partition will not do. */
export function placementProblem(
  { image, replicasMax }: PlanContext,
  replicas: Replicas,
  partitionId: number,
  replicationFactor: number | undefined,
): Refusal | undefined {
  const wrong = (message: string): Refusal =>
    refusal(ErrorCode.INVALID_REPLICA_ASSIGNMENT, `The manual partition assignment ${message}`);
  if (replicas.length === 0) return wrong("includes an empty replica list.");
  const sorted = [...replicas].sort((a, b) => a - b);
  const stranger = sorted.find((brokerId) => !image.brokers().has(brokerId));
  if (stranger !== undefined) {
    return wrong(`includes broker ${stranger}, but no such broker is registered.`);
  }
  const twice = sorted.find((brokerId, at) => sorted[at - 1] === brokerId);
  if (twice !== undefined) return wrong(`includes the broker ${twice} more than once.`);
  if (replicationFactor !== undefined && replicas.length !== replicationFactor) {
    return wrong(
      `includes a partition with ${replicas.length} replica(s), but this is not consistent with ` +
        `previous partitions, which have ${replicationFactor} replica(s).`,
    );
  }
  if (replicas.length > replicasMax) return notReplicated;
  if (replicas.every((brokerId) => !isUsable(image.brokers().get(brokerId)!))) {
    return refusal(
      ErrorCode.INVALID_REPLICA_ASSIGNMENT,
      "All brokers specified in the manual partition assignment for partition " +
        `${partitionId} are fenced or in controlled shutdown.`,
    );
  }
  return undefined;
}

/** A new partition: its first usable replica leads, and all usable ones are in sync. */
export function newPartition(
  { image, directories }: PlanContext,
  topicId: string,
  partitionId: number,
  replicas: Replicas,
  leaderEpoch = 0,
): MetadataRecord {
  const isr = replicas.filter((brokerId) => isUsable(image.brokers().get(brokerId)!));
  const value = {
    partitionId,
    topicId,
    replicas,
    isr,
    removingReplicas: [],
    addingReplicas: [],
    leader: isr[0] ?? NO_LEADER,
    leaderRecoveryState: 0,
    leaderEpoch,
    partitionEpoch: 0,
    directories: replicas.map((brokerId) => directories.next(image, brokerId)),
    eligibleLeaderReplicas: null,
    lastKnownElr: null,
  };
  return { kind: "PartitionRecord", value };
}
