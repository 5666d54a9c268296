// ConsumerProtocolAssignment: what the leader of a classic consumer group assigns to a member. An
// int16 version stands in front. Never flexible; a reader takes what it knows of a newer version.
//
// Lives on: anywhere.

import type { Infer } from "../../schema.ts";
import { arrayOf, bytes, int32, message, string } from "../../schema.ts";

export const ConsumerProtocolAssignment = message(
  { name: "ConsumerProtocolAssignment", apiKey: -1, versions: [0, 3], flexibleFrom: Infinity },
  {
    assignedPartitions: arrayOf({
      topic: string,
      partitions: arrayOf(int32),
    }),
    userData: bytes.nullable().orElse(null),
  },
);
export type ConsumerProtocolAssignment = Infer<typeof ConsumerProtocolAssignment>;
