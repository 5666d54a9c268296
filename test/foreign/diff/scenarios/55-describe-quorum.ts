// DescribeQuorum, AddRaftVoter, RemoveRaftVoter: of one node, which is the whole quorum.

import type { ApiScenarios, Body, Step } from "../scenario.ts";
import { each, kept, one, unknownId, zeroId } from "../scenario.ts";

const partitionsOf = (topicName: string, partitions: readonly number[] = [0]) => ({
  topicName,
  partitions: partitions.map((partitionIndex) => ({ partitionIndex })),
});
const metadata = "__cluster_metadata";
const quorum = { topics: [partitionsOf(metadata)] };

export const describeQuorumScenarios: ApiScenarios = {
  api: "DescribeQuorum",
  scenarios: [
    one("as it is", quorum),
    one("nothing", { topics: [] }),
    one("no partition", { topics: [partitionsOf(metadata, [])] }),
    each("other partitions", [[1], [-1], [0, 1], [0, 0]], (partitions) => ({
      topics: [partitionsOf(metadata, partitions)],
    })),
    {
      name: "other topics",
      topics: { a: {} },
      steps: [
        { body: { topics: [partitionsOf("~a")] } },
        { body: { topics: [partitionsOf("~none", [0, 3])] } },
        { body: { topics: [partitionsOf("")] } },
        { body: { topics: [partitionsOf("~a"), partitionsOf(metadata)] } },
        { body: { topics: [partitionsOf(metadata), partitionsOf(metadata)] } },
      ],
    },
  ],
};

const ourCluster: Step = {
  api: "DescribeCluster",
  body: {},
  keep: { cluster: "clusterId" },
};
const listeners = [{ name: "CONTROLLER", host: "127.0.0.1", port: 1 }];
const voter = { voterId: 99, voterDirectoryId: unknownId };
const added = { clusterId: null, timeoutMs: 1_000, ...voter, listeners };

/** Each change alone, and what the quorum is afterwards: as it was. */
const refused = (name: string, bodies: readonly Body[]) => ({
  name,
  steps: [
    ourCluster,
    ...bodies.map((body): Step => ({ body })),
    { api: "DescribeQuorum", body: quorum },
  ],
});

export const addRaftVoterScenarios: ApiScenarios = {
  api: "AddRaftVoter",
  scenarios: [
    refused("of another cluster", [
      { ...added, clusterId: unknownId },
      { ...added, clusterId: "" },
    ]),
    refused("one that votes already", [
      { ...added, voterId: 1 },
      { ...added, voterId: 1, voterDirectoryId: zeroId },
    ]),
    refused("no such voter can be", [
      { ...added, voterId: -1 },
      { ...added, voterId: -2 },
      { ...added, voterDirectoryId: zeroId },
    ]),
    refused("no listeners", [{ ...added, listeners: [] }]),
    // From here on a change waits for its voter to come, and until it is given up there is no other.
    // A listener without a host is not among them: it ends Kafka's controller.
    refused("one that nobody can reach", [
      added,
      { ...added, clusterId: kept("cluster") },
      { ...added, listeners: [...listeners, ...listeners] },
      { ...added, listeners: [{ name: "CONTROLLER", host: "127.0.0.1", port: 0 }] },
    ]),
    refused("a listener of another name", [
      { ...added, listeners: [{ name: "PLAINTEXT", host: "127.0.0.1", port: 1 }] },
    ]),
  ],
};

export const removeRaftVoterScenarios: ApiScenarios = {
  api: "RemoveRaftVoter",
  scenarios: [
    refused("of another cluster", [
      { clusterId: unknownId, ...voter },
      { clusterId: "", ...voter },
    ]),
    refused("one that does not vote", [
      { clusterId: null, ...voter },
      { clusterId: kept("cluster"), ...voter },
      { clusterId: null, voterId: -1, voterDirectoryId: zeroId },
    ]),
    refused("the last one by a wrong disk", [
      { clusterId: null, voterId: 1, voterDirectoryId: unknownId },
      { clusterId: null, voterId: 1, voterDirectoryId: zeroId },
    ]),
  ],
};
