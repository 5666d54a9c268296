// All scenarios, in the order they are run: a topic that one side alone has made would show in what
// comes later.

import type { ApiScenarios } from "../scenario.ts";
import { produceScenarios } from "./00-produce.ts";
import { fetchScenarios } from "./01-fetch.ts";
import { listOffsetsScenarios } from "./02-list-offsets.ts";
import {
  describeGroupsScenarios,
  deleteGroupsScenarios,
  findCoordinatorScenarios,
  listGroupsScenarios,
} from "./10-find-coordinator.ts";
import {
  heartbeatScenarios,
  joinGroupScenarios,
  leaveGroupScenarios,
  syncGroupScenarios,
} from "./11-join-group.ts";
import { metadataScenarios, strictMetadata } from "./03-metadata.ts";
import {
  offsetCommitScenarios,
  offsetDeleteScenarios,
  offsetFetchScenarios,
} from "./08-offset-commit.ts";
import { apiVersionsScenarios } from "./18-api-versions.ts";
import { createTopicsScenarios, strictCreateTopics } from "./19-create-topics.ts";
import { deleteTopicsScenarios, strictDeleteTopics } from "./20-delete-topics.ts";
import { deleteRecordsScenarios } from "./21-delete-records.ts";
import { initProducerIdScenarios } from "./22-init-producer-id.ts";
import { offsetForLeaderEpochScenarios } from "./23-offset-for-leader-epoch.ts";
import { describeConfigsScenarios } from "./32-describe-configs.ts";
import { alterConfigsScenarios, incrementalAlterConfigsScenarios } from "./33-alter-configs.ts";
import { describeLogDirsScenarios } from "./35-describe-log-dirs.ts";
import { createPartitionsScenarios } from "./37-create-partitions.ts";
import {
  addRaftVoterScenarios,
  describeQuorumScenarios,
  removeRaftVoterScenarios,
} from "./55-describe-quorum.ts";
import {
  electLeadersScenarios,
  unregisterBrokerScenarios,
  updateFeaturesScenarios,
} from "./57-update-features.ts";
import {
  describeClusterScenarios,
  describeProducersScenarios,
  listConfigResourcesScenarios,
} from "./60-describe-cluster.ts";
import {
  consumerGroupDescribeScenarios,
  consumerGroupHeartbeatScenarios,
} from "./68-consumer-group-heartbeat.ts";
import { describeTopicPartitionsScenarios } from "./75-describe-topic-partitions.ts";
import { malformed } from "./malformed.ts";

export const suites: readonly ApiScenarios[] = [
  apiVersionsScenarios,
  electLeadersScenarios,
  updateFeaturesScenarios,
  unregisterBrokerScenarios,
  describeQuorumScenarios,
  removeRaftVoterScenarios,
  addRaftVoterScenarios,
  describeClusterScenarios,
  listConfigResourcesScenarios,
  describeLogDirsScenarios,
  metadataScenarios,
  describeTopicPartitionsScenarios,
  produceScenarios,
  fetchScenarios,
  listOffsetsScenarios,
  offsetForLeaderEpochScenarios,
  deleteRecordsScenarios,
  describeProducersScenarios,
  initProducerIdScenarios,
  createTopicsScenarios,
  createPartitionsScenarios,
  deleteTopicsScenarios,
  describeConfigsScenarios,
  alterConfigsScenarios,
  incrementalAlterConfigsScenarios,
  ...malformed,
  findCoordinatorScenarios,
  joinGroupScenarios,
  syncGroupScenarios,
  heartbeatScenarios,
  leaveGroupScenarios,
  offsetCommitScenarios,
  offsetFetchScenarios,
  offsetDeleteScenarios,
  describeGroupsScenarios,
  listGroupsScenarios,
  deleteGroupsScenarios,
  consumerGroupHeartbeatScenarios,
  consumerGroupDescribeScenarios,
  strictMetadata,
  strictCreateTopics,
  strictDeleteTopics,
];
