// StreamsGroupTopologyDescriptionUpdate (key 93): a member of a streams group pushes the text of its
// topology, for describing tools (KIP-1331).
//
// New in Kafka 4.4, which had not been released when this was declared.
//
// Lives on: anywhere.

import type { Infer } from "../schema.ts";
import { arrayOf, int16, int32, int8, message, string, struct } from "../schema.ts";

const topologyDescriptionNode = {
  name: string,
  /** 1 source, 2 processor, 3 sink. */
  nodeType: int8,
  sourceTopics: arrayOf(string),
  sinkTopic: string.nullable().orElse(null),
  stores: arrayOf(string),
  successors: arrayOf(string),
};

const topologyDescription = {
  subtopologies: arrayOf({
    subtopologyId: string,
    nodes: arrayOf(topologyDescriptionNode),
  }),
  globalStores: arrayOf({
    source: struct(topologyDescriptionNode),
    processor: struct(topologyDescriptionNode),
  }),
};

export const StreamsGroupTopologyDescriptionUpdateRequest = message(
  {
    name: "StreamsGroupTopologyDescriptionUpdateRequest",
    apiKey: 93,
    versions: [0, 0],
    flexibleFrom: 0,
  },
  {
    groupId: string,
    memberId: string,
    topologyEpoch: int32,
    topologyDescription: struct(topologyDescription),
  },
);
export type StreamsGroupTopologyDescriptionUpdateRequest = Infer<
  typeof StreamsGroupTopologyDescriptionUpdateRequest
>;

export const StreamsGroupTopologyDescriptionUpdateResponse = message(
  {
    name: "StreamsGroupTopologyDescriptionUpdateResponse",
    apiKey: 93,
    versions: [0, 0],
    flexibleFrom: 0,
  },
  {
    throttleTimeMs: int32,
    errorCode: int16,
    errorMessage: string.nullable().orElse(null),
  },
);
export type StreamsGroupTopologyDescriptionUpdateResponse = Infer<
  typeof StreamsGroupTopologyDescriptionUpdateResponse
>;
