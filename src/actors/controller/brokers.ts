// What becomes of brokers, as records: registered, fenced, unfenced, gone (KIP-631,
// `ReplicationControlManager.handleBrokerFenced` and its kin). A partition has one replica, so
// leadership never moves: while its broker is away it has no leader, and another leader epoch when it has.
//
// Lives on: anywhere (pure).

import type { BrokerState, MetadataImage, PartitionState } from "../../metadata/image.ts";
import { ErrorCode } from "../../protocol/error-codes.ts";
import type { MetadataRecord } from "../../protocol/records/metadata-record.ts";
import type { Plan, PlanContext, Refusal } from "./plan.ts";
import { accepted, refusal } from "./plan.ts";

export const NO_LEADER = -1;

/** A broker that new partitions may be led by. */
export function isUsable({ fenced, inControlledShutdown }: BrokerState): boolean {
  return !fenced && !inControlledShutdown;
}

/**
 * Its epoch is the offset of this very record, so that a later registration has a later one. After an
 * unclean stop the end of a log may be gone, and other records may come to have its offsets: a new
 * leader epoch tells clients apart what they have read before (KIP-320).
 */
export function registrationRecords(
  image: MetadataImage,
  broker: BrokerState,
  cleanStart: boolean,
): readonly MetadataRecord[] {
  const { brokerId, fenced } = broker;
  const brokerEpoch = image.lastOffset + 1;
  const value = { ...broker, brokerEpoch, isMigratingZkBroker: false };
  const leaders = fenced
    ? withoutLeader(image, brokerId)
    : leaderChanges(
        image,
        brokerId,
        ({ leader, isr }) =>
          (leader === brokerId && !cleanStart) || (leader === NO_LEADER && isr.includes(brokerId)),
      );
  return [{ kind: "RegisterBrokerRecord", value }, ...leaders];
}

export function fencing(
  image: MetadataImage,
  broker: BrokerState,
  inControlledShutdown = false,
): readonly MetadataRecord[] {
  const fenced = broker.fenced ? 0 : 1;
  return [
    registrationChange(broker, fenced, inControlledShutdown),
    ...withoutLeader(image, broker.brokerId),
  ];
}

export function unfencing(image: MetadataImage, broker: BrokerState): readonly MetadataRecord[] {
  const { brokerId } = broker;
  const isWaiting = ({ leader, isr }: PartitionState): boolean =>
    leader === NO_LEADER && isr.includes(brokerId);
  return [registrationChange(broker, -1, false), ...leaderChanges(image, brokerId, isWaiting)];
}

function registrationChange(
  { brokerId, brokerEpoch }: BrokerState,
  fenced: -1 | 0 | 1,
  inControlledShutdown: boolean,
): MetadataRecord {
  const value = {
    brokerId,
    brokerEpoch,
    fenced,
    inControlledShutdown: inControlledShutdown ? 1 : 0,
    logDirs: [],
    cordonedLogDirs: null,
  };
  return { kind: "BrokerRegistrationChangeRecord", value };
}

/** What is left of its data directories (KIP-858). The last one to fail ends the node. */
export function directoryFailure(broker: BrokerState, failedId: string): readonly MetadataRecord[] {
  const logDirs = broker.logDirs.filter((id) => id !== failedId);
  if (logDirs.length === 0 || logDirs.length === broker.logDirs.length) return [];
  const { brokerId, brokerEpoch } = broker;
  const unchanged = { fenced: 0, inControlledShutdown: 0, cordonedLogDirs: null } as const;
  const value = { brokerId, brokerEpoch, ...unchanged, logDirs };
  return [{ kind: "BrokerRegistrationChangeRecord", value }];
}

/** The only replica stays in sync with itself: it leads again when its broker is back. */
function withoutLeader(image: MetadataImage, brokerId: number): readonly MetadataRecord[] {
  return leaderChanges(image, NO_LEADER, ({ leader }) => leader === brokerId);
}

function leaderChanges(
  image: MetadataImage,
  leader: number,
  isConcerned: (partition: PartitionState) => boolean,
): readonly MetadataRecord[] {
  return image
    .topics()
    .flatMap(({ topicId, partitions }) =>
      partitions
        .filter(isConcerned)
        .map(({ partitionId }) => leaderChange(topicId, partitionId, leader)),
    );
}

/** A new leader epoch, and who leads in it. */
export function leaderChange(topicId: string, partitionId: number, leader: number): MetadataRecord {
  const value = {
    partitionId,
    topicId,
    isr: null,
    leader,
    replicas: null,
    removingReplicas: null,
    addingReplicas: null,
    leaderRecoveryState: -1,
    directories: null,
    eligibleLeaderReplicas: null,
    lastKnownElr: null,
  };
  return { kind: "PartitionChangeRecord", value };
}

// ------------------------------------------------------------------ requests

/** What speaks for this broker is not the broker that is registered (`checkBrokerEpoch`). */
export function brokerEpochError(
  image: MetadataImage,
  brokerId: number,
  brokerEpoch: number,
): ErrorCode {
  const isCurrent = image.brokers().get(brokerId)?.brokerEpoch === brokerEpoch;
  return isCurrent ? ErrorCode.NONE : ErrorCode.STALE_BROKER_EPOCH;
}

/** Controlled shutdown: fenced at once, and not unfenced again in this incarnation. */
export function planStopBroker(
  { image }: PlanContext,
  { brokerId, brokerEpoch }: { readonly brokerId: number; readonly brokerEpoch: number },
): Plan<{ errorCode: ErrorCode }> {
  const results = { errorCode: brokerEpochError(image, brokerId, brokerEpoch) };
  const broker = image.brokers().get(brokerId);
  const isDone = broker === undefined || (broker.fenced && broker.inControlledShutdown);
  if (results.errorCode !== ErrorCode.NONE || isDone) return { records: [], results };
  return { records: fencing(image, broker, true), results, inParts: true };
}

/** UnregisterBroker (`ClusterControlManager.unregisterBroker`): its partitions stay, without a leader. */
export function planUnregisterBroker({ image }: PlanContext, brokerId: number): Plan<Refusal> {
  const broker = image.brokers().get(brokerId);
  if (broker === undefined) {
    const message = `Broker ID ${brokerId} is not currently registered`;
    return { records: [], results: refusal(ErrorCode.BROKER_ID_NOT_REGISTERED, message) };
  }
  const value = { brokerId, brokerEpoch: broker.brokerEpoch };
  const records = [
    ...withoutLeader(image, brokerId),
    { kind: "UnregisterBrokerRecord", value } as const,
  ];
  return { records, results: accepted, inParts: true };
}
