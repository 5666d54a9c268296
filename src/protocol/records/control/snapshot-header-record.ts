// SnapshotHeaderRecord: the control record that begins a snapshot.
//
// Lives on: anywhere.

import type { Infer } from "../../schema.ts";
import { int16, int64, message } from "../../schema.ts";

export const SnapshotHeaderRecord = message(
  { name: "SnapshotHeaderRecord", apiKey: -1, versions: [0, 0], flexibleFrom: 0 },
  {
    version: int16,
    lastContainedLogTimestamp: int64,
  },
);
export type SnapshotHeaderRecord = Infer<typeof SnapshotHeaderRecord>;
