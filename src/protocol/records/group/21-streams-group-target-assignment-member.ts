// StreamsGroupTargetAssignmentMember (__consumer_offsets, type 21): the tasks a member is meant to
// run.
//
// Lives on: anywhere.

import type { Infer } from "../../schema.ts";
import { arrayOf, int32, message, string } from "../../schema.ts";

export const StreamsGroupTargetAssignmentMemberKey = message(
  {
    name: "StreamsGroupTargetAssignmentMemberKey",
    apiKey: 21,
    versions: [0, 0],
    flexibleFrom: Infinity,
  },
  {
    groupId: string,
    memberId: string,
  },
);
export type StreamsGroupTargetAssignmentMemberKey = Infer<
  typeof StreamsGroupTargetAssignmentMemberKey
>;

const taskIds = {
  subtopologyId: string,
  partitions: arrayOf(int32),
};

export const StreamsGroupTargetAssignmentMemberValue = message(
  {
    name: "StreamsGroupTargetAssignmentMemberValue",
    apiKey: 21,
    versions: [0, 0],
    flexibleFrom: 0,
  },
  {
    activeTasks: arrayOf(taskIds),
    standbyTasks: arrayOf(taskIds),
    warmupTasks: arrayOf(taskIds),
  },
);
export type StreamsGroupTargetAssignmentMemberValue = Infer<
  typeof StreamsGroupTargetAssignmentMemberValue
>;
