// What several records of the remote log have in common.
//
// Lives on: anywhere.

import { int32, int64, string, uuid } from "../../schema.ts";

export const topicIdPartition = {
  name: string,
  id: uuid,
  partition: int32,
};

/** Where in the segment an epoch begins. */
export const segmentLeaderEpoch = {
  leaderEpoch: int32,
  offset: int64,
};
