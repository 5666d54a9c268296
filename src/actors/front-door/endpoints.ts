// Where clients reach brokers, and who leads what, in the terms of the listener they came in on.
//
// Lives on: anywhere (part of the front door).

import type { PartitionState } from "../../metadata/image.ts";
import type { RequestContext } from "./request-context.ts";

export type NodeEndpoint = {
  readonly nodeId: number;
  readonly host: string;
  readonly port: number;
  readonly rack: string | null;
};

/** Where clients of this listener reach a broker; `undefined` when they cannot. */
export function endpointOf(context: RequestContext, nodeId: number): NodeEndpoint | undefined {
  const { desk, config, connection, image } = context;
  if (nodeId === desk.nodeId) {
    const { advertisedHost: host, advertisedPort, rack } = config;
    const port = advertisedPort === 0 ? connection.facts.local.port : advertisedPort;
    return { nodeId, host, port, rack };
  }
  const broker = image.brokers().get(nodeId);
  const endPoint = broker?.endPoints.find(({ name }) => name === config.listenerName);
  if (broker === undefined || endPoint === undefined) return undefined;
  return { nodeId, host: endPoint.host, port: endPoint.port, rack: broker.rack };
}

/** Brokers that clients of this listener can reach, by id. */
export function aliveEndpoints(context: RequestContext): readonly NodeEndpoint[] {
  return [...context.image.brokers().values()]
    .filter(({ fenced }) => !fenced)
    .map(({ brokerId }) => brokerId)
    .sort((a, b) => a - b)
    .map((nodeId) => endpointOf(context, nodeId))
    .filter((endpoint) => endpoint !== undefined);
}

/** Any broker passes admin requests on to the controller, so any of them may be named (KIP-500). */
export function anyController(context: RequestContext, alive: readonly NodeEndpoint[]): number {
  if (alive.length === 1) return alive[0]!.nodeId;
  return alive.length === 0 ? -1 : alive[context.world.uint32() % alive.length]!.nodeId;
}

/**
 * Where the leader is, for clients that came to the wrong broker, so that they need not ask for
 * metadata first (KIP-951).
 */
export class LeaderHints {
  readonly #context: RequestContext;
  readonly #endpoints = new Map<number, NodeEndpoint>();

  constructor(context: RequestContext) {
    this.#context = context;
  }

  /** The field `currentLeader` of a partition. */
  leaderOf({ leader, leaderEpoch }: PartitionState): { leaderId: number; leaderEpoch: number } {
    const endpoint = endpointOf(this.#context, leader);
    if (endpoint !== undefined) this.#endpoints.set(leader, endpoint);
    return { leaderId: leader, leaderEpoch };
  }

  /** The field `nodeEndpoints` of the response. */
  get nodeEndpoints(): readonly NodeEndpoint[] {
    return [...this.#endpoints.values()];
  }
}
