// StreamsGroupCurrentMemberAssignment (__consumer_offsets, type 22): the tasks a member runs and
// still has to give up.
//
// Lives on: anywhere.

import type { Infer } from "../../schema.ts";
import { arrayOf, int32, int8, message, string } from "../../schema.ts";

export const StreamsGroupCurrentMemberAssignmentKey = message(
  {
    name: "StreamsGroupCurrentMemberAssignmentKey",
    apiKey: 22,
    versions: [0, 0],
    flexibleFrom: Infinity,
  },
  {
    groupId: string,
    memberId: string,
  },
);
export type StreamsGroupCurrentMemberAssignmentKey = Infer<
  typeof StreamsGroupCurrentMemberAssignmentKey
>;

const taskIds = {
  subtopologyId: string,
  partitions: arrayOf(int32),
  assignmentEpochs: arrayOf(int32).nullable().tagged(0),
};

export const StreamsGroupCurrentMemberAssignmentValue = message(
  {
    name: "StreamsGroupCurrentMemberAssignmentValue",
    apiKey: 22,
    versions: [0, 0],
    flexibleFrom: 0,
  },
  {
    memberEpoch: int32,
    previousMemberEpoch: int32,
    state: int8,
    activeTasks: arrayOf(taskIds),
    standbyTasks: arrayOf(taskIds),
    warmupTasks: arrayOf(taskIds),
    activeTasksPendingRevocation: arrayOf(taskIds),
    standbyTasksPendingRevocation: arrayOf(taskIds),
    warmupTasksPendingRevocation: arrayOf(taskIds),
  },
);
export type StreamsGroupCurrentMemberAssignmentValue = Infer<
  typeof StreamsGroupCurrentMemberAssignmentValue
>;
