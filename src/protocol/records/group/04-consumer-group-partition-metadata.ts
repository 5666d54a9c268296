// ConsumerGroupPartitionMetadata (__consumer_offsets, type 4): partitions of subscribed topics;
// Kafka 4.1 writes the metadata hash into type 3 instead.
//
// Lives on: anywhere.

import type { Infer } from "../../schema.ts";
import { arrayOf, int32, message, string, uuid } from "../../schema.ts";

export const ConsumerGroupPartitionMetadataKey = message(
  {
    name: "ConsumerGroupPartitionMetadataKey",
    apiKey: 4,
    versions: [0, 0],
    flexibleFrom: Infinity,
  },
  {
    groupId: string,
  },
);
export type ConsumerGroupPartitionMetadataKey = Infer<typeof ConsumerGroupPartitionMetadataKey>;

export const ConsumerGroupPartitionMetadataValue = message(
  { name: "ConsumerGroupPartitionMetadataValue", apiKey: 4, versions: [0, 0], flexibleFrom: 0 },
  {
    topics: arrayOf({
      topicId: uuid,
      topicName: string,
      numPartitions: int32,
      partitionMetadata: arrayOf({
        partition: int32,
        racks: arrayOf(string),
      }),
    }),
  },
);
export type ConsumerGroupPartitionMetadataValue = Infer<typeof ConsumerGroupPartitionMetadataValue>;
