// How topics come and go.
//
// Lives on: anywhere (data).

import type { ConfigDefinition } from "../definition.ts";
import { boolean, int, long } from "../definition.ts";

export const topicDefaultDefinitions: readonly ConfigDefinition[] = [
  int("num.partitions", "1", "medium", "Partitions of a topic created without saying how many.", {
    atLeast: 1,
  }),
  int(
    "default.replication.factor",
    "1",
    "medium",
    "Replicas of a partition created without saying how many.",
  ),
  boolean(
    "auto.create.topics.enable",
    "true",
    "high",
    "Whether asking for the metadata of a missing topic creates it.",
  ),
  boolean("delete.topic.enable", "true", "high", "Whether clients may delete topics."),
  int(
    "min.insync.replicas",
    "1",
    "high",
    "Replicas that must hold a write before `acks=all` is answered.",
    { atLeast: 1, scope: "cluster-wide" },
  ),
  boolean(
    "unclean.leader.election.enable",
    "false",
    "high",
    "Whether a replica that missed writes may lead when no other is left.",
    { scope: "cluster-wide" },
  ),
  long(
    "unclean.leader.election.interval.ms",
    "300000",
    "medium",
    "How often partitions without a leader are looked at for an unclean election.",
    { atLeast: 1, internal: true },
  ),
  boolean(
    "auto.leader.rebalance.enable",
    "true",
    "high",
    "Whether leadership moves back to the preferred replicas by itself.",
  ),
  long(
    "leader.imbalance.check.interval.seconds",
    "300",
    "high",
    "How often the spread of leaders is checked.",
    { atLeast: 1 },
  ),
];
