// StreamsGroupTopology (__consumer_offsets, type 23): the topology that a streams group runs.
//
// Lives on: anywhere.

import type { Infer } from "../../schema.ts";
import { arrayOf, int16, int32, message, string } from "../../schema.ts";

export const StreamsGroupTopologyKey = message(
  { name: "StreamsGroupTopologyKey", apiKey: 23, versions: [0, 0], flexibleFrom: Infinity },
  {
    groupId: string,
  },
);
export type StreamsGroupTopologyKey = Infer<typeof StreamsGroupTopologyKey>;

const topicConfig = {
  key: string,
  value: string,
};

const topicInfo = {
  name: string,
  partitions: int32,
  replicationFactor: int16,
  topicConfigs: arrayOf(topicConfig),
};

export const StreamsGroupTopologyValue = message(
  { name: "StreamsGroupTopologyValue", apiKey: 23, versions: [0, 0], flexibleFrom: 0 },
  {
    epoch: int32,
    subtopologies: arrayOf({
      subtopologyId: string,
      sourceTopics: arrayOf(string),
      sourceTopicRegex: arrayOf(string),
      stateChangelogTopics: arrayOf(topicInfo),
      repartitionSinkTopics: arrayOf(string),
      repartitionSourceTopics: arrayOf(topicInfo),
      copartitionGroups: arrayOf({
        sourceTopics: arrayOf(int16),
        sourceTopicRegex: arrayOf(int16),
        repartitionSourceTopics: arrayOf(int16),
      }),
    }),
  },
);
export type StreamsGroupTopologyValue = Infer<typeof StreamsGroupTopologyValue>;
