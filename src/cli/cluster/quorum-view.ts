// How a cluster's quorum is, as its nodes tell it over Kafka's protocol: who leads, how far each of the
// others is behind, and which brokers are fenced.
//
// Lives on: main thread.

import { existsSync } from "node:fs";
import type { Outcome } from "../../base/outcome.ts";
import { failure, success } from "../../base/outcome.ts";
import { Cluster } from "../../client/cluster.ts";
import type { ApiPair } from "../../client/connection.ts";
import { tcpSockets } from "../../net/sockets.ts";
import { describeError, ErrorCode } from "../../protocol/error-codes.ts";
import {
  DescribeQuorumRequest,
  DescribeQuorumResponse,
} from "../../protocol/messages/55-describe-quorum.ts";
import {
  DescribeClusterRequest,
  DescribeClusterResponse,
} from "../../protocol/messages/60-describe-cluster.ts";
import type { Draft, Infer, Message, Shape } from "../../protocol/schema.ts";
import { realClock } from "../../runtime/threads/clock.ts";
import { textFrom } from "./node-process.ts";
import type { NodePlan } from "./plan.ts";
import { HOST, logOf } from "./plan.ts";

export type MemberView = {
  readonly nodeId: number;
  readonly isVoter: boolean;
  readonly logEndOffset: number;
  /** Records of the metadata log that the leader has and it has not; null: it is not heard of. */
  readonly lag: number | null;
};

export type QuorumView = {
  readonly clusterId: string;
  readonly leaderId: number;
  readonly term: number;
  readonly highWatermark: number;
  readonly members: readonly MemberView[];
  /** Brokers that are registered and not fenced. */
  readonly aliveBrokers: readonly number[];
};

const METADATA_LOG = "__cluster_metadata";
/** A node that cannot reach the one that leads says so after a while; another may know better. */
const ASK_WITHIN_MS = 3_000;

const quorumApi = { request: DescribeQuorumRequest, response: DescribeQuorumResponse };
const clusterApi = { request: DescribeClusterRequest, response: DescribeClusterResponse };

/** As the first of these nodes tells it that can; they are all asked at once. */
export async function viewQuorum(nodes: readonly NodePlan[]): Promise<Outcome<QuorumView>> {
  let fault = failure("stopped", "no node runs");
  const views = nodes.map(async (node) => {
    const view = await viewFrom(node);
    if (view.ok) return view;
    fault = view;
    throw new Error(view.detail);
  });
  return await Promise.any(views).catch(() => fault);
}

async function viewFrom({ port }: NodePlan): Promise<Outcome<QuorumView>> {
  const client = new Cluster(
    { sockets: tcpSockets, clock: realClock },
    { bootstrap: [{ host: HOST, port }], requestTimeoutMs: ASK_WITHIN_MS },
  );
  try {
    const topics = [{ topicName: METADATA_LOG, partitions: [{ partitionIndex: 0 }] }];
    const [quorum, cluster] = await Promise.all([
      ask(client, quorumApi, { topics }),
      ask(client, clusterApi, { includeClusterAuthorizedOperations: false }),
    ]);
    if (!quorum.ok) return quorum;
    if (!cluster.ok) return cluster;
    return viewOf(quorum.value, cluster.value);
  } finally {
    client.close();
  }
}

function ask<Q extends Shape, R extends Shape>(
  client: Cluster,
  api: ApiPair<Q, R>,
  body: Draft<Message<Q>>,
): Promise<Outcome<Infer<Message<R>>>> {
  return new Promise((resolve) => client.callAny(api, body, resolve));
}

function viewOf(
  quorum: DescribeQuorumResponse,
  { clusterId, brokers }: DescribeClusterResponse,
): Outcome<QuorumView> {
  const partition = quorum.topics[0]?.partitions[0];
  const code = quorum.errorCode || (partition?.errorCode ?? ErrorCode.UNKNOWN_SERVER_ERROR);
  if (code !== ErrorCode.NONE || partition === undefined) {
    return failure("refused", describeError(code).name);
  }
  const { leaderId, leaderEpoch: term, highWatermark, currentVoters, observers } = partition;
  const end = currentVoters.find(({ replicaId }) => replicaId === leaderId)?.logEndOffset ?? 0;
  const memberOf = (isVoter: boolean) => (state: (typeof currentVoters)[number]) => ({
    nodeId: state.replicaId,
    isVoter,
    logEndOffset: state.logEndOffset,
    lag: state.logEndOffset < 0 ? null : Math.max(0, end - state.logEndOffset),
  });
  const members = [...currentVoters.map(memberOf(true)), ...observers.map(memberOf(false))];
  const aliveBrokers = brokers.map(({ brokerId }) => brokerId);
  return success({ clusterId, leaderId, term, highWatermark, members, aliveBrokers });
}

/** When it began to lead in this term, as its log has it; undefined when that is not there. */
export function ledSince(folder: string, { leaderId, term }: QuorumView): string | undefined {
  const path = logOf(folder, leaderId);
  if (!existsSync(path)) return undefined;
  for (const line of textFrom(path, 0).split("\n").reverse()) {
    if (!line.includes('"msg":"leads"')) continue;
    const said = JSON.parse(line) as { term?: unknown; time?: unknown };
    if (said.term === term && typeof said.time === "string") return said.time;
  }
  return undefined;
}
