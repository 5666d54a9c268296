// One partition as Metadata and DescribeTopicPartitions tell it (KRaftMetadataCache of Kafka).
//
// Lives on: anywhere (part of the front door).

import type { PartitionState } from "../../metadata/image.ts";
import { ErrorCode } from "../../protocol/error-codes.ts";
import { aliveEndpoints } from "./endpoints.ts";
import type { RequestContext } from "./request-context.ts";

export type PartitionDescription = {
  readonly errorCode: ErrorCode;
  readonly partitionIndex: number;
  readonly leaderId: number;
  readonly leaderEpoch: number;
  readonly replicaNodes: readonly number[];
  readonly isrNodes: readonly number[];
  readonly offlineReplicas: readonly number[];
};

const NO_LEADER = -1;
/** Clients of these versions hear of replicas that are away only through an error. */
const REPLICA_ERRORS_UP_TO_VERSION = 0;
const METADATA = 3;
const LISTENER_ERRORS_FROM_VERSION = 6;

export class PartitionDescriber {
  readonly #alive: ReadonlySet<number>;
  readonly #brokers: ReadonlyMap<number, unknown>;
  readonly #isOldest: boolean;
  readonly #knowsListenerErrors: boolean;

  /** `apiKey`: DescribeTopicPartitions is younger than all these differences. */
  constructor(context: RequestContext, apiKey = METADATA) {
    const isMetadata = apiKey === METADATA;
    this.#alive = new Set(aliveEndpoints(context).map(({ nodeId }) => nodeId));
    this.#brokers = context.image.brokers();
    this.#isOldest = isMetadata && context.apiVersion <= REPLICA_ERRORS_UP_TO_VERSION;
    this.#knowsListenerErrors = !isMetadata || context.apiVersion >= LISTENER_ERRORS_FROM_VERSION;
  }

  describe(state: PartitionState): PartitionDescription {
    const { replicas, isr, leader } = state;
    const offlineReplicas = replicas.filter((nodeId) => !this.#alive.has(nodeId));
    const isLed = this.#alive.has(leader);
    return {
      errorCode: isLed ? this.#replicaError(state) : this.#leaderError(leader),
      partitionIndex: state.partitionId,
      leaderId: isLed ? leader : NO_LEADER,
      leaderEpoch: state.leaderEpoch,
      replicaNodes: this.#isOldest ? this.#aliveOf(replicas) : replicas,
      isrNodes: this.#isOldest ? this.#aliveOf(isr) : isr,
      offlineReplicas,
    };
  }

  #aliveOf(nodeIds: readonly number[]): readonly number[] {
    return nodeIds.filter((nodeId) => this.#alive.has(nodeId));
  }

  #replicaError({ replicas, isr }: PartitionState): ErrorCode {
    if (!this.#isOldest) return ErrorCode.NONE;
    const isWhole = [...replicas, ...isr].every((nodeId) => this.#alive.has(nodeId));
    return isWhole ? ErrorCode.NONE : ErrorCode.REPLICA_NOT_AVAILABLE;
  }

  #leaderError(leader: number): ErrorCode {
    return this.#brokers.has(leader) && this.#knowsListenerErrors
      ? ErrorCode.LISTENER_NOT_FOUND
      : ErrorCode.LEADER_NOT_AVAILABLE;
  }
}
