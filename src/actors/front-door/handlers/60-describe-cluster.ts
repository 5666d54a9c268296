// DescribeCluster: v0-2. The brokers and the controller, as clients of this listener reach them.
//
// Version notes:
// - v1: the kind of endpoint asked for (KIP-919); a broker's listener knows of brokers only
// - v2: fenced brokers, when asked for
//
// Lives on: anywhere (part of the front door).

import { ErrorCode } from "../../../protocol/error-codes.ts";
import {
  DescribeClusterRequest,
  DescribeClusterResponse,
} from "../../../protocol/messages/60-describe-cluster.ts";
import { clusterOperations, NOT_ASKED } from "../authorized-operations.ts";
import { aliveEndpoints, anyController, endpointOf } from "../endpoints.ts";
import type { RequestContext } from "../request-context.ts";
import { handler } from "./handler.ts";

const BROKERS = 1;
const CONTROLLERS = 2;

export const describeCluster = handler({
  request: DescribeClusterRequest,
  response: DescribeClusterResponse,
  versions: [0, 2],

  *handle(context, request) {
    const errorCode = endpointError(request.endpointType);
    if (errorCode !== ErrorCode.NONE) {
      const errorMessage = "This listener tells of brokers only";
      return { throttleTimeMs: 0, errorCode, errorMessage, clusterId: "", brokers: [] };
    }
    const alive = aliveEndpoints(context);
    const fenced = request.includeFencedBrokers ? fencedEndpoints(context) : [];
    return {
      throttleTimeMs: 0,
      errorCode,
      clusterId: context.desk.clusterId,
      controllerId: anyController(context, alive),
      brokers: [
        ...alive.map(({ nodeId, ...place }) => ({ brokerId: nodeId, ...place })),
        ...fenced.map(({ nodeId, ...place }) => ({ brokerId: nodeId, ...place, isFenced: true })),
      ],
      clusterAuthorizedOperations: request.includeClusterAuthorizedOperations
        ? clusterOperations
        : NOT_ASKED,
    };
  },
});

function endpointError(endpointType: number): ErrorCode {
  if (endpointType === BROKERS) return ErrorCode.NONE;
  return endpointType === CONTROLLERS
    ? ErrorCode.MISMATCHED_ENDPOINT_TYPE
    : ErrorCode.UNSUPPORTED_ENDPOINT_TYPE;
}

function fencedEndpoints(context: RequestContext) {
  return [...context.image.brokers()]
    .filter(([, { fenced }]) => fenced)
    .map(([nodeId]) => endpointOf(context, nodeId))
    .filter((endpoint) => endpoint !== undefined);
}
