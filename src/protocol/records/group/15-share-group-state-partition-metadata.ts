// ShareGroupStatePartitionMetadata (__consumer_offsets, type 15): which share partitions are set
// up, or on their way in or out.
//
// Lives on: anywhere.

import type { Infer } from "../../schema.ts";
import { arrayOf, int32, message, string, uuid } from "../../schema.ts";

export const ShareGroupStatePartitionMetadataKey = message(
  {
    name: "ShareGroupStatePartitionMetadataKey",
    apiKey: 15,
    versions: [0, 0],
    flexibleFrom: Infinity,
  },
  {
    groupId: string,
  },
);
export type ShareGroupStatePartitionMetadataKey = Infer<typeof ShareGroupStatePartitionMetadataKey>;

const topicPartitionsInfo = {
  topicId: uuid,
  topicName: string,
  partitions: arrayOf(int32),
};

const topicInfo = {
  topicId: uuid,
  topicName: string,
};

export const ShareGroupStatePartitionMetadataValue = message(
  { name: "ShareGroupStatePartitionMetadataValue", apiKey: 15, versions: [0, 0], flexibleFrom: 0 },
  {
    initializingTopics: arrayOf(topicPartitionsInfo),
    initializedTopics: arrayOf(topicPartitionsInfo),
    deletingTopics: arrayOf(topicInfo),
  },
);
export type ShareGroupStatePartitionMetadataValue = Infer<
  typeof ShareGroupStatePartitionMetadataValue
>;
