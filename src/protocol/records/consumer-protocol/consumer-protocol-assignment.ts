// ConsumerProtocolAssignment, a blob that classic group members exchange through the coordinator.
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
