// `gofka.flush.policy`: what an acknowledgement promises. Kafka's `flush.messages` and `flush.ms` map
// onto it, so that a topic set up for Kafka keeps its meaning.
//
// Lives on: anywhere (pure).

import { assert } from "../base/assert.ts";

/** `intervalMs`: acknowledged from the page cache, synced that often. */
export type FlushPolicy = "os" | "group" | "each" | { readonly intervalMs: number };

/** Chooses by the topic's replicas: `group` when there is one, `os` when there are more. */
const automatic = "auto";
export const flushPolicyDefault = automatic;

export function flushPolicyProblem(text: string): string | undefined {
  if (/^(auto|os|group|each|interval:[1-9]\d{0,8})$/.test(text)) return undefined;
  return "String must be one of: auto, os, group, each, interval:MS";
}

/** What one level (topic or broker) says about flushing. Unset keys are undefined. */
export type FlushKeys = {
  readonly policy: string | undefined;
  readonly messages: number | undefined;
  readonly ms: number | undefined;
};

/**
 * The policy of the first level that says anything. Within a level the policy key wins over Kafka's
 * two. One replica has no peer to read lost bytes back from, so its acks wait for the disk unless
 * someone chose otherwise.
 */
export function resolveFlushPolicy(
  levels: readonly FlushKeys[],
  replicationFactor: number,
): FlushPolicy {
  for (const level of levels) {
    const chosen = policyOf(level);
    if (chosen !== undefined) return chosen;
  }
  return replicationFactor === 1 ? "group" : "os";
}

function policyOf({ policy, messages, ms }: FlushKeys): FlushPolicy | undefined {
  if (policy !== undefined && policy !== automatic) {
    if (policy === "os" || policy === "group" || policy === "each") return policy;
    assert(policy.startsWith("interval:"), "the flush policy was to be checked before");
    return { intervalMs: Number(policy.slice("interval:".length)) };
  }
  // A sync per message is Kafka's way to say: acknowledged is durable. A group commit promises that.
  if (messages === 1 || ms === 0) return "group";
  if (ms !== undefined && ms < Number.MAX_SAFE_INTEGER) return { intervalMs: ms };
  if (messages !== undefined && messages < Number.MAX_SAFE_INTEGER) return "os";
  return undefined;
}
