// SnapshotFooterRecord: the control record that ends a snapshot; without it the file is torn.
//
// Lives on: anywhere.

import type { Infer } from "../../schema.ts";
import { int16, message } from "../../schema.ts";

export const SnapshotFooterRecord = message(
  { name: "SnapshotFooterRecord", apiKey: -1, versions: [0, 0], flexibleFrom: 0 },
  {
    version: int16,
  },
);
export type SnapshotFooterRecord = Infer<typeof SnapshotFooterRecord>;
