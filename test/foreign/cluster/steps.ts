// What Apache's tools for clusters are asked, in order: `before` with all nodes there, `after` with the
// third stopped and forgotten.
//
// Lives on: the developer's machine.

import { setTimeout as sleep } from "node:timers/promises";
import type { ThreeNodes } from "./three.ts";

export const tools = "org.apache.kafka.tools";

export type Step = {
  readonly name: string;
  readonly main: string;
  readonly words: (cluster: ThreeNodes) => readonly string[];
  /** What must be in both answers, so that two equal failures are not a success. */
  readonly expect: RegExp;
  readonly normalise?: (text: string) => string;
  /** What is done on each side behind it. */
  readonly behind?: (cluster: ThreeNodes) => Promise<void>;
};

const at = (cluster: ThreeNodes, node: number): readonly string[] => [
  "--bootstrap-server",
  cluster.node(node).bootstrap,
];

type Command = Pick<Step, "name" | "expect"> & Partial<Step> & { readonly tool: string };

function step(node: number, words: string, { tool, ...rest }: Command): Step {
  return {
    main: tool.includes(".") ? tool : `${tools}.${tool}`,
    words: (cluster) => [...at(cluster, node), ...words.split(" ").filter((word) => word !== "")],
    ...rest,
  };
}

/** Who leads is chance, and so is how far the log is. */
const withoutPlaces = (text: string): string =>
  text
    .replaceAll(
      /^(LeaderId|LeaderEpoch|HighWatermark|MaxFollowerLag|MaxFollowerLagTimeMs): .*$/gm,
      "$1: N",
    )
    .replaceAll(/"?(Leader|Follower)\b\s*$/gm, "ROLE")
    .replaceAll(/^(\d)\s+([\w-]{22})\s+\d+\s+(\d+|-1)\s+(\d+|-1)\s+(\d+|-1)\s+/gm, "$1 $2 PLACE ");

const withoutEpoch = (text: string): string => text.replaceAll(/Epoch: \d+/g, "Epoch: N");
/** Features that there are not (docs/COMPATIBILITY.md). */
const withoutOthers = (text: string): string =>
  withoutEpoch(text).replaceAll(
    /^(Feature: )?(transaction|share|streams|eligible\.leader\.replicas|kraft)\.version\b.*$/gm,
    "",
  );
/** The number of the controller that says so. */
const anyController = (text: string): string => text.replaceAll(/controller \d+/g, "controller N");

const quorum = "MetadataQuorumCommand";
const feature = "FeatureCommand";
const cluster = "ClusterTool";
const topics = "TopicCommand";
const election = "LeaderElectionCommand";

export const before: readonly Step[] = [
  ...[0, 1, 2].map((node) =>
    step(node, "describe --status", {
      name: `quorum: status, of node ${node + 1}`,
      tool: quorum,
      expect: /CurrentVoters:.*"id": 3/s,
      normalise: withoutPlaces,
    }),
  ),
  step(1, "describe --replication", {
    name: "quorum: replication",
    tool: quorum,
    expect: /Leader[\s\S]*Follower/,
    normalise: withoutPlaces,
  }),
  step(2, "describe --replication --human-readable", {
    name: "quorum: followers were heard of a moment ago",
    tool: quorum,
    expect: /(ms ago[\s\S]*){6}/,
    normalise: (text) => withoutPlaces(text.replaceAll(/\d+ ms ago/g, "0")),
  }),
  step(0, "describe", {
    name: "features: described",
    tool: feature,
    expect: /metadata\.version.*4\.3-IV0/,
    normalise: withoutOthers,
  }),
  step(1, "disable --feature group.version --dry-run", {
    name: "features: disabled, to see whether it could be",
    tool: feature,
    expect: /can be disabled/,
  }),
  step(1, "downgrade --feature group.version=0", {
    name: "features: downgraded",
    tool: feature,
    expect: /group\.version was downgraded to 0/,
  }),
  step(2, "describe", {
    name: "features: described by another node",
    tool: feature,
    expect: /group\.version.*FinalizedVersionLevel: 0/,
    normalise: withoutOthers,
  }),
  step(0, "upgrade --feature group.version=1", {
    name: "features: upgraded",
    tool: feature,
    expect: /group\.version was upgraded to 1/,
  }),
  step(0, "upgrade --feature group.version=2", {
    name: "features: a level that there is not",
    tool: feature,
    expect: /Could not upgrade group\.version/,
    normalise: anyController,
  }),
  step(0, "downgrade --metadata 3.3-IV3", {
    name: "features: metadata that would be lost",
    tool: feature,
    expect: /Could not downgrade metadata\.version/,
  }),
  step(0, "downgrade --unsafe --metadata 3.3-IV3", {
    name: "features: metadata that would be lost, unsafely",
    tool: feature,
    expect: /Could not downgrade metadata\.version/,
  }),
  step(0, "downgrade --feature metadata.version=40", {
    name: "features: a metadata version that there is not",
    tool: feature,
    expect: /Could not downgrade metadata\.version/,
    normalise: anyController,
  }),
  step(0, "version-mapping --release-version 4.3", {
    name: "features: what a release has",
    tool: feature,
    expect: /metadata\.version=30/,
  }),
  {
    name: "cluster: id",
    main: `${tools}.${cluster}`,
    words: (nodes) => ["cluster-id", ...at(nodes, 2)],
    expect: /Cluster ID: /,
  },
  {
    name: "cluster: endpoints",
    main: `${tools}.${cluster}`,
    words: (nodes) => ["list-endpoints", ...at(nodes, 1)],
    expect: /(PLAINTEXT|127\.0\.0\.1)/,
  },
  {
    name: "cluster: a broker that there is not",
    main: `${tools}.${cluster}`,
    words: (nodes) => ["unregister", ...at(nodes, 1), "--id", "77"],
    expect: /77/,
  },
  step(1, "--election-type preferred --all-topic-partitions", {
    name: "election: of all, none is needed",
    tool: election,
    expect: /^/,
  }),
  step(2, "--election-type preferred --topic twelve --partition 5", {
    name: "election: not needed",
    tool: election,
    expect: /twelve-5/,
  }),
  step(2, "--election-type unclean --topic nowhere --partition 0", {
    name: "election: of a topic that there is not",
    tool: election,
    expect: /nowhere/,
  }),
  step(1, "--create --topic many --replication-factor 4", {
    name: "topics: more replicas than brokers",
    tool: topics,
    expect: /replication factor/i,
  }),
];

async function stopThird(nodes: ThreeNodes): Promise<void> {
  if (nodes.nodes[2] === undefined) return;
  await nodes.stop(2);
  // Whoever leads may have to be found anew.
  await sleep(2_000);
}

/** The third leads four partitions, and nobody can take them over. */
export const after: readonly Step[] = [
  {
    name: "quorum: the third votes no more",
    main: `${tools}.${quorum}`,
    words: (nodes) => [
      ...at(nodes, 0),
      "remove-controller",
      "--controller-id",
      "3",
      "--controller-directory-id",
      nodes.directoryId(2),
    ],
    expect: /Removed\s+KRaft controller 3/,
  },
  {
    name: "quorum: nor can it be removed again",
    main: `${tools}.${quorum}`,
    words: (nodes) => [
      ...at(nodes, 1),
      "remove-controller",
      "--controller-id",
      "3",
      "--controller-directory-id",
      nodes.directoryId(2),
    ],
    expect: /VoterNotFound/,
    normalise: (text) => text.replaceAll(/(VoterNotFoundException:).*/g, "$1 WORDS"),
  },
  {
    name: "quorum: the third votes again",
    main: `${tools}.${quorum}`,
    words: (nodes) => [...at(nodes, 1), "--command-config", nodes.file(2), "add-controller"],
    expect: /Added\s+controller 3/,
    normalise: (text) => text.replaceAll(/ and endpoints:.*/g, ""),
    behind: stopThird,
  },
  step(0, "--describe --topic twelve --unavailable-partitions", {
    name: "topics: four partitions without a leader",
    tool: topics,
    expect: /(Leader: none[\s\S]*){4}/,
    normalise: (text) => text.replaceAll(/Partition: \d+/g, "Partition: N"),
  }),
  {
    name: "cluster: endpoints, with those that are fenced",
    main: `${tools}.${cluster}`,
    words: (nodes) => ["list-endpoints", ...at(nodes, 1), "--include-fenced-brokers"],
    expect: /fenced/,
  },
  {
    name: "cluster: the third is forgotten",
    main: `${tools}.${cluster}`,
    words: (nodes) => ["unregister", ...at(nodes, 1), "--id", "3"],
    expect: /Broker 3 is no longer registered/,
  },
  {
    name: "cluster: endpoints of what is left",
    main: `${tools}.${cluster}`,
    words: (nodes) => ["list-endpoints", ...at(nodes, 0), "--include-fenced-brokers"],
    expect: /127\.0\.0\.1/,
  },
];
