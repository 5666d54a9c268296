// FindCoordinator (key 10): which broker coordinates a group, a transactional id or a share
// partition.
//
// v1 key types; v3 flexible; v4 several keys at once (KIP-699); v5 TRANSACTION_ABORTABLE; v6 share
// partitions, under the key `group:topic id:partition` (KIP-932).
//
// Lives on: anywhere.

import type { Infer } from "../schema.ts";
import { arrayOf, int16, int32, int8, message, string } from "../schema.ts";

export const FindCoordinatorRequest = message(
  { name: "FindCoordinatorRequest", apiKey: 10, versions: [0, 6], flexibleFrom: 3 },
  {
    key: string.upTo(3),
    /** 0: group; 1: transactional id; 2: share partition. */
    keyType: int8.from(1).orElse(0),
    coordinatorKeys: arrayOf(string).from(4),
  },
);
export type FindCoordinatorRequest = Infer<typeof FindCoordinatorRequest>;

export const FindCoordinatorResponse = message(
  { name: "FindCoordinatorResponse", apiKey: 10, versions: [0, 6], flexibleFrom: 3 },
  {
    throttleTimeMs: int32.from(1).ignorable(),
    errorCode: int16.upTo(3),
    errorMessage: string.from(1).upTo(3).nullable().ignorable(),
    nodeId: int32.upTo(3),
    host: string.upTo(3),
    port: int32.upTo(3),
    coordinators: arrayOf({
      key: string,
      nodeId: int32,
      host: string,
      port: int32,
      errorCode: int16,
      errorMessage: string.nullable().ignorable(),
    }).from(4),
  },
);
export type FindCoordinatorResponse = Infer<typeof FindCoordinatorResponse>;
