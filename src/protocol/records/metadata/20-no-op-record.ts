// NoOpRecord, a record of the metadata log (type 20).
//
// Lives on: anywhere.

import type { Infer } from "../../schema.ts";
import { message } from "../../schema.ts";

export const NoOpRecord = message(
  { name: "NoOpRecord", apiKey: 20, versions: [0, 0], flexibleFrom: 0 },
  {},
);
export type NoOpRecord = Infer<typeof NoOpRecord>;
