// AssignReplicasToDirs (key 73): a broker tells which log directories its replicas are in
// (KIP-858).
//
// Lives on: anywhere.

import type { Infer } from "../schema.ts";
import { arrayOf, int16, int32, int64, message, uuid } from "../schema.ts";

export const AssignReplicasToDirsRequest = message(
  { name: "AssignReplicasToDirsRequest", apiKey: 73, versions: [0, 0], flexibleFrom: 0 },
  {
    brokerId: int32,
    brokerEpoch: int64.orElse(-1),
    directories: arrayOf({
      id: uuid,
      topics: arrayOf({
        topicId: uuid,
        partitions: arrayOf({
          partitionIndex: int32,
        }),
      }),
    }),
  },
);
export type AssignReplicasToDirsRequest = Infer<typeof AssignReplicasToDirsRequest>;

export const AssignReplicasToDirsResponse = message(
  { name: "AssignReplicasToDirsResponse", apiKey: 73, versions: [0, 0], flexibleFrom: 0 },
  {
    throttleTimeMs: int32,
    errorCode: int16,
    directories: arrayOf({
      id: uuid,
      topics: arrayOf({
        topicId: uuid,
        partitions: arrayOf({
          partitionIndex: int32,
          errorCode: int16,
        }),
      }),
    }),
  },
);
export type AssignReplicasToDirsResponse = Infer<typeof AssignReplicasToDirsResponse>;
