// The APIs that Gofka serves, by the names that Apache's BrokerApiVersionsCommand prints. Each is
// served in every version that Kafka 4.3 has.

export const servedApis: readonly string[] = [
  "Produce",
  "Fetch",
  "ListOffsets",
  "Metadata",
  "OffsetForLeaderEpoch",
  "ApiVersions",
  "CreateTopics",
  "DeleteTopics",
  "DeleteRecords",
  "InitProducerId",
  "DescribeConfigs",
  "AlterConfigs",
  "DescribeLogDirs",
  "CreatePartitions",
  "IncrementalAlterConfigs",
  "DescribeCluster",
  "DescribeProducers",
  "DescribeTopicPartitions",
  "ListConfigResources",
];
