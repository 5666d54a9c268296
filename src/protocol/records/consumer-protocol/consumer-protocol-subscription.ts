// ConsumerProtocolSubscription: what a member of a classic consumer group subscribes to. An int16
// version stands in front. Never flexible; a reader takes what it knows of a newer version.
//
// v1 partitions owned until now; v2 the generation they were owned in; v3 rack.
//
// Lives on: anywhere.

import type { Infer } from "../../schema.ts";
import { arrayOf, bytes, int32, message, string } from "../../schema.ts";

export const ConsumerProtocolSubscription = message(
  { name: "ConsumerProtocolSubscription", apiKey: -1, versions: [0, 3], flexibleFrom: Infinity },
  {
    topics: arrayOf(string),
    userData: bytes.nullable().orElse(null),
    ownedPartitions: arrayOf({
      topic: string,
      partitions: arrayOf(int32),
    })
      .from(1)
      .ignorable(),
    generationId: int32.from(2).orElse(-1).ignorable(),
    rackId: string.from(3).nullable().orElse(null).ignorable(),
  },
);
export type ConsumerProtocolSubscription = Infer<typeof ConsumerProtocolSubscription>;
