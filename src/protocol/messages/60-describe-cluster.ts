// DescribeCluster (key 60): cluster id, controller and brokers (KIP-700).
//
// v1 endpoint types (KIP-919); v2 fenced brokers (KIP-1073).
//
// Lives on: anywhere.

import type { Infer } from "../schema.ts";
import { arrayOf, boolean, int16, int32, int8, message, string } from "../schema.ts";

export const DescribeClusterRequest = message(
  { name: "DescribeClusterRequest", apiKey: 60, versions: [0, 2], flexibleFrom: 0 },
  {
    includeClusterAuthorizedOperations: boolean,
    /** 1 brokers, 2 controllers. */
    endpointType: int8.from(1).orElse(1),
    includeFencedBrokers: boolean.from(2),
  },
);
export type DescribeClusterRequest = Infer<typeof DescribeClusterRequest>;

export const DescribeClusterResponse = message(
  { name: "DescribeClusterResponse", apiKey: 60, versions: [0, 2], flexibleFrom: 0 },
  {
    throttleTimeMs: int32,
    errorCode: int16,
    errorMessage: string.nullable().orElse(null),
    endpointType: int8.from(1).orElse(1),
    clusterId: string,
    controllerId: int32.orElse(-1),
    brokers: arrayOf({
      brokerId: int32,
      host: string,
      port: int32,
      rack: string.nullable().orElse(null),
      isFenced: boolean.from(2),
    }),
    clusterAuthorizedOperations: int32.orElse(-0x8000_0000),
  },
);
export type DescribeClusterResponse = Infer<typeof DescribeClusterResponse>;
