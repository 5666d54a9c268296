// Keys that Gofka has and Kafka has not.
//
// Lives on: anywhere (data).

import { writeUuid } from "../../base/uuid.ts";
import type { ConfigDefinition } from "../definition.ts";
import { string } from "../definition.ts";
import { flushPolicyDefault, flushPolicyProblem } from "../flush-policy.ts";

const flushPolicy = string(
  "gofka.flush.policy",
  flushPolicyDefault,
  "high",
  "What an acknowledged record survives: `os` (in the page cache, as Kafka), `interval:MS` (synced " +
    "that often), `group` (one sync for all that wait), `each` (a sync per batch), or `auto` (`group` " +
    "for topics with one replica, else `os`).",
  { scope: "cluster-wide", check: flushPolicyProblem },
);

const clusterId = string(
  "gofka.cluster.id",
  null,
  "medium",
  "The id of the cluster that a node belongs to; what `kafka-storage.sh format --cluster-id` says to " +
    "Kafka. Left out, the node that begins a cluster makes one up.",
  { check: (text) => (isUuid(text) ? undefined : "it must be the 22 characters of an id") },
);

export const gofkaBrokerDefinitions: readonly ConfigDefinition[] = [flushPolicy, clusterId];
function isUuid(text: string): boolean {
  return writeUuid(new Uint8Array(16), 0, text);
}

export const gofkaTopicDefinitions: readonly ConfigDefinition[] = [flushPolicy];
