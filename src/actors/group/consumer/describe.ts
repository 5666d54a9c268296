// What ConsumerGroupDescribe tells of a consumer group.
//
// Lives on: host thread (part of the group actor).

import type { AssignedTopic, DescribedConsumerGroup } from "../messages.ts";
import type { ConsumerGroup, Owned } from "./consumer-group.ts";
import { stateOf } from "./consumer-group.ts";
import { assignorOf } from "./target.ts";

export function describeConsumerGroup(
  group: ConsumerGroup,
  configuredAssignors: readonly string[],
): DescribedConsumerGroup {
  return {
    state: stateOf(group),
    groupEpoch: group.groupEpoch,
    assignmentEpoch: group.assignmentEpoch,
    assignorName: assignorOf(group, configuredAssignors),
    members: [...group.members.values()].map((member) => ({
      memberId: member.memberId,
      instanceId: member.instanceId,
      rackId: member.rackId,
      memberEpoch: member.memberEpoch,
      clientId: member.clientId,
      clientHost: member.clientHost,
      subscribedTopicNames: member.subscribedTopicNames,
      subscribedTopicRegex: member.subscribedTopicRegex,
      assigned: listed(member.assigned),
      target: [...(group.targets.get(member.memberId) ?? [])].map(([topicId, partitions]) => ({
        topicId,
        partitions,
      })),
      isClassic: member.classic !== null,
    })),
  };
}

function listed(owned: Owned): AssignedTopic[] {
  return [...owned].map(([topicId, epochs]) => ({
    topicId,
    partitions: [...epochs.keys()].sort((a, b) => a - b),
  }));
}
