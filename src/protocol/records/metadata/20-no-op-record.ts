// NoOpRecord (metadata log, type 20): says nothing; it moves the committed offset forward.
//
// Lives on: anywhere.

import type { Infer } from "../../schema.ts";
import { message } from "../../schema.ts";

export const NoOpRecord = message(
  { name: "NoOpRecord", apiKey: 20, versions: [0, 0], flexibleFrom: 0 },
  {},
);
export type NoOpRecord = Infer<typeof NoOpRecord>;
