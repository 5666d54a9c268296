// What a group consumer can be told, with Kafka's defaults, and which membership that makes.
//
// Lives on: anywhere (ports passed in).

import { uuidText } from "../../base/uuid.ts";
import type { FetcherOptions } from "../fetcher.ts";
import type { AssignorName } from "./assignors/index.ts";
import { clientAssignors } from "./assignors/index.ts";
import { ClassicMembership } from "./classic-membership.ts";
import { ConsumerMembership } from "./consumer-membership.ts";
import type { MemberSurroundings } from "./member-base.ts";
import type { Membership } from "./membership.ts";
import type { OffsetReset } from "./start-positions.ts";

export type GroupConsumerOptions = FetcherOptions & {
  readonly groupId: string;
  /** A static member: its place is kept while it is away (KIP-345). */
  readonly groupInstanceId?: string;
  /** Where it is; partitions with a replica there are preferred (KIP-881). */
  readonly rackId?: string;
  /** `consumer`: the coordinator shares out, and nobody stops for a rebalance (KIP-848). */
  readonly protocol?: "classic" | "consumer";
  /** Of the consumer protocol; left out, the coordinator chooses. */
  readonly serverAssignor?: string;
  /** Of the classic protocol. In order of preference; the group agrees on one that all members have. */
  readonly assignors?: readonly AssignorName[];
  /** This and the next are the coordinator's to say in the consumer protocol. */
  readonly sessionTimeoutMs?: number;
  readonly heartbeatIntervalMs?: number;
  /** Who does not poll for so long is out of the group, and holds up a rebalance no longer. */
  readonly maxPollIntervalMs?: number;
  readonly maxPollRecords?: number;
  readonly autoCommit?: boolean;
  readonly autoCommitIntervalMs?: number;
  /** Where to begin without a committed offset. */
  readonly offsetReset?: OffsetReset;
  /** How often topics are looked up again. */
  readonly metadataMaxAgeMs?: number;
};

export type ResolvedOptions = Required<Omit<GroupConsumerOptions, keyof FetcherOptions>>;

export function resolveOptions(options: GroupConsumerOptions): ResolvedOptions {
  return {
    groupId: options.groupId,
    groupInstanceId: options.groupInstanceId ?? "",
    rackId: options.rackId ?? "",
    protocol: options.protocol ?? "classic",
    serverAssignor: options.serverAssignor ?? "",
    assignors: options.assignors ?? ["range", "cooperative-sticky"],
    sessionTimeoutMs: options.sessionTimeoutMs ?? 45_000,
    heartbeatIntervalMs: options.heartbeatIntervalMs ?? 3_000,
    maxPollIntervalMs: options.maxPollIntervalMs ?? 300_000,
    maxPollRecords: options.maxPollRecords ?? 500,
    autoCommit: options.autoCommit ?? true,
    autoCommitIntervalMs: options.autoCommitIntervalMs ?? 5_000,
    offsetReset: options.offsetReset ?? "latest",
    metadataMaxAgeMs: options.metadataMaxAgeMs ?? 300_000,
  };
}

export function joinGroupAs(options: ResolvedOptions, around: MemberSurroundings): Membership {
  const common = {
    groupId: options.groupId,
    groupInstanceId: options.groupInstanceId === "" ? null : options.groupInstanceId,
    rebalanceTimeoutMs: options.maxPollIntervalMs,
    rackId: options.rackId === "" ? null : options.rackId,
  };
  if (options.protocol === "consumer") {
    const { random } = around.cluster.ports;
    if (random === undefined) throw new RangeError("the consumer protocol needs a random port");
    const memberId = uuidText(random.bytes(16));
    const serverAssignor = options.serverAssignor === "" ? null : options.serverAssignor;
    const consumer = { ...common, memberId, serverAssignor };
    return new ConsumerMembership(around, consumer);
  }
  const { sessionTimeoutMs, heartbeatIntervalMs } = options;
  const assignors = options.assignors.map((name) => clientAssignors[name]);
  const classic = { ...common, sessionTimeoutMs, heartbeatIntervalMs, assignors };
  return new ClassicMembership(around, classic);
}
