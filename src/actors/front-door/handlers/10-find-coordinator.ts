// FindCoordinator: v0-6. Which broker coordinates a group. There is no coordinator of transactions, so
// those who look for one are told to look again later; nor of share groups, which is told as an
// invalid request, as by a broker that has them switched off.
//
// Version notes:
// - v1: kinds of keys; before, every key is a group
// - v4: several keys, each with an error of its own (KIP-699)
// - v6: share groups (KIP-932)
//
// Lives on: anywhere (part of the front door).

import type { TopicState } from "../../../metadata/image.ts";
import { ErrorCode } from "../../../protocol/error-codes.ts";
import {
  FindCoordinatorRequest,
  FindCoordinatorResponse,
} from "../../../protocol/messages/10-find-coordinator.ts";
import { partitionOfGroup } from "../../group-coordinator/messages.ts";
import { endpointOf } from "../endpoints.ts";
import { offsetsTopic } from "../groups/offsets-topic.ts";
import type { RequestContext } from "../request-context.ts";
import { handler } from "./handler.ts";

const GROUP = 0;
const TRANSACTION = 1;
const BATCHED_FROM_VERSION = 4;

type Found = {
  readonly key: string;
  readonly errorCode: ErrorCode;
  readonly errorMessage: string | null;
  readonly nodeId: number;
  readonly host: string;
  readonly port: number;
};

export const findCoordinator = handler({
  request: FindCoordinatorRequest,
  response: FindCoordinatorResponse,
  versions: [0, 6],

  *handle(context, { key, keyType, coordinatorKeys }) {
    const isBatched = context.apiVersion >= BATCHED_FROM_VERSION;
    const keys = isBatched ? coordinatorKeys : [key];
    const topic = keyType === GROUP ? yield* offsetsTopic(context) : undefined;
    const found = keys.map((each) => find(context, keyType, each, topic));
    if (isBatched) return { throttleTimeMs: 0, coordinators: found };
    const { key: _, ...only } = found[0]!;
    // In these versions Kafka says the name of the code that says nothing.
    const isFound = only.errorCode === ErrorCode.NONE;
    return { throttleTimeMs: 0, ...only, ...(isFound && { errorMessage: "NONE" }) };
  },
});

function find(
  context: RequestContext,
  keyType: number,
  key: string,
  topic: TopicState | undefined,
): Found {
  if (keyType === TRANSACTION) return notFound(key, ErrorCode.COORDINATOR_NOT_AVAILABLE);
  if (keyType !== GROUP) return notFound(key, ErrorCode.INVALID_REQUEST);
  if (topic === undefined) return notFound(key, ErrorCode.COORDINATOR_NOT_AVAILABLE);
  const partition = topic.partitions[partitionOfGroup(key, topic.partitions.length)];
  const endpoint = partition === undefined ? undefined : endpointOf(context, partition.leader);
  if (endpoint === undefined) return notFound(key, ErrorCode.COORDINATOR_NOT_AVAILABLE);
  const { nodeId, host, port } = endpoint;
  return { key, errorCode: ErrorCode.NONE, errorMessage: "", nodeId, host, port };
}

function notFound(key: string, errorCode: ErrorCode): Found {
  const errorMessage =
    errorCode === ErrorCode.INVALID_REQUEST
      ? "There is no coordinator for keys of this type."
      : "The coordinator is not available.";
  return { key, errorCode, errorMessage, nodeId: -1, host: "", port: -1 };
}
