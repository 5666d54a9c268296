// Keys that Gofka has and Kafka has not.
//
// Lives on: anywhere (data).

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

export const gofkaBrokerDefinitions: readonly ConfigDefinition[] = [flushPolicy];
export const gofkaTopicDefinitions: readonly ConfigDefinition[] = [flushPolicy];
