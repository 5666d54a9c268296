// Subscriptions by pattern (KIP-848): the coordinator matches them against the names of all topics
// and keeps what they matched, for all members that have the same pattern.
//
// Lives on: host thread (part of the group actor).

import { compareText } from "../assignors/assignor.ts";
import { ErrorCode } from "../../../protocol/error-codes.ts";
import { TopicPattern } from "../patterns/pattern.ts";
import type { Change } from "./change.ts";
import type { ConsumerGroup, ResolvedPattern } from "./consumer-group.ts";
import { isPatternUsed } from "./consumer-group.ts";
import { patternRecord } from "./make-records.ts";
import type { Refusal } from "./refusal.ts";
import { refusal } from "./refusal.ts";
import type { Surroundings } from "./surroundings.ts";

/** New topics are looked at this often at most (`REGEX_BATCH_REFRESH_MIN_INTERVAL_MS`). */
const REFRESH_INTERVAL_MIN_MS = 10_000;

/** A pattern that the group has already was found good then. */
export function checkPattern(group: ConsumerGroup, pattern: string): Refusal | undefined {
  if (pattern === "" || group.patterns.has(pattern)) return undefined;
  const compiled = TopicPattern.compile(pattern);
  if (compiled instanceof TopicPattern) return undefined;
  // Without the place that it is at, as Kafka tells it.
  const [problem] = compiled.problem.split(": `");
  return refusal(
    ErrorCode.INVALID_REGULAR_EXPRESSION,
    `SubscribedTopicRegex \`${pattern}\` is not a valid regular expression: ${problem}.`,
  );
}

/** Called when a member has changed its pattern, after that was written. */
export function exchangePatterns(
  change: Change,
  oldPattern: string,
  newPattern: string,
  around: Surroundings,
): void {
  dropIfUnused(change, oldPattern);
  if (newPattern === "" || change.group.patterns.has(newPattern)) return;
  change.write(patternRecord(newPattern, resolve(newPattern, around)));
}

export function dropIfUnused(change: Change, pattern: string): void {
  const { group } = change;
  if (!group.patterns.has(pattern) || isPatternUsed(group, pattern)) return;
  change.write({ kind: "pattern", pattern, value: null });
}

/**
 * Matches all patterns anew when topics were added, or after a long time; all at once, so that they
 * cause one rebalance. Whether any of them matches other topics now.
 */
export function refreshPatterns(change: Change, around: Surroundings): boolean {
  const { group } = change;
  if (group.patterns.size === 0 || !isRefreshDue(group, around)) return false;
  let isDifferent = false;
  for (const [pattern, old] of [...group.patterns]) {
    const resolved = resolve(pattern, around);
    isDifferent ||= resolved.topics.join() !== old.topics.join();
    change.write(patternRecord(pattern, resolved));
  }
  return isDifferent;
}

function isRefreshDue(group: ConsumerGroup, { settings, topics, wallMs }: Surroundings): boolean {
  let lastMs = 0;
  let version = -1;
  for (const resolved of group.patterns.values()) {
    lastMs = Math.max(lastMs, resolved.timestampMs);
    version = Math.max(version, resolved.version);
  }
  if (wallMs <= lastMs + REFRESH_INTERVAL_MIN_MS) return false;
  return version < topics.version || wallMs > lastMs + settings.patternRefreshIntervalMs;
}

function resolve(pattern: string, { topics, wallMs }: Surroundings): ResolvedPattern {
  const compiled = TopicPattern.compile(pattern);
  const matched: string[] = [];
  // A pattern out of Kafka's log may be one that is too large here; it matches nothing.
  if (compiled instanceof TopicPattern) {
    for (const name of topics.names()) if (compiled.matches(name)) matched.push(name);
  }
  return { topics: matched.sort(compareText), version: topics.version, timestampMs: wallMs };
}
