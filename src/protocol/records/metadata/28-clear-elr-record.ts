// ClearElrRecord (metadata log, type 28): the eligible leaders of a topic, or of all, are cleared
// (KIP-966).
//
// Lives on: anywhere.

import type { Infer } from "../../schema.ts";
import { message, string } from "../../schema.ts";

export const ClearElrRecord = message(
  { name: "ClearElrRecord", apiKey: 28, versions: [0, 0], flexibleFrom: 0 },
  {
    topicName: string,
  },
);
export type ClearElrRecord = Infer<typeof ClearElrRecord>;
