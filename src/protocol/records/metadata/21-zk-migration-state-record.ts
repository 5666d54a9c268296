// ZkMigrationStateRecord (metadata log, type 21): how far a migration from ZooKeeper is; of old
// logs only.
//
// Lives on: anywhere.

import type { Infer } from "../../schema.ts";
import { int8, message } from "../../schema.ts";

export const ZkMigrationStateRecord = message(
  { name: "ZkMigrationStateRecord", apiKey: 21, versions: [0, 0], flexibleFrom: 0 },
  {
    zkMigrationState: int8,
  },
);
export type ZkMigrationStateRecord = Infer<typeof ZkMigrationStateRecord>;
