// AlterReplicaLogDirs (key 34): moves replicas between the log directories of a broker.
//
// v2 flexible.
//
// Lives on: anywhere.

import type { Infer } from "../schema.ts";
import { arrayOf, int16, int32, message, string } from "../schema.ts";

export const AlterReplicaLogDirsRequest = message(
  { name: "AlterReplicaLogDirsRequest", apiKey: 34, versions: [1, 2], flexibleFrom: 2 },
  {
    dirs: arrayOf({
      path: string,
      topics: arrayOf({
        name: string,
        partitions: arrayOf(int32),
      }),
    }),
  },
);
export type AlterReplicaLogDirsRequest = Infer<typeof AlterReplicaLogDirsRequest>;

export const AlterReplicaLogDirsResponse = message(
  { name: "AlterReplicaLogDirsResponse", apiKey: 34, versions: [1, 2], flexibleFrom: 2 },
  {
    throttleTimeMs: int32,
    results: arrayOf({
      topicName: string,
      partitions: arrayOf({
        partitionIndex: int32,
        errorCode: int16,
      }),
    }),
  },
);
export type AlterReplicaLogDirsResponse = Infer<typeof AlterReplicaLogDirsResponse>;
