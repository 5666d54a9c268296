// Which keys a node may be started with, and what to say of one that means nothing: the nearest key
// that does.
//
// Lives on: anywhere (pure).

import type { ConfigDefinition } from "./definition.ts";
import { brokerKeyOf, brokerKeys, topicKeys } from "./keys.ts";
import { whyRemoved } from "./definitions/removed.ts";

/** Families whose members are handed on to something else and cannot be listed. */
const openFamilies = ["config.providers.", "rlmm.config.", "rsm.config."];

/**
 * The definition a key is checked by. `listener.name.<listener>.[<mechanism>.]<key>` sets a broker
 * key for one listener alone.
 */
export function brokerDefinitionOf(key: string): ConfigDefinition | undefined {
  const definition = brokerKeys.get(key);
  if (definition !== undefined) return definition;
  const listener = /^listener\.name\.[^.]+\.(?<rest>.+)$/.exec(key)?.groups?.["rest"];
  if (listener === undefined) return undefined;
  return brokerKeys.get(listener) ?? brokerKeys.get(listener.slice(listener.indexOf(".") + 1));
}

export type KeyVerdict =
  | { readonly verdict: "known" }
  /** Passed on as it is; no rule of ours applies. */
  | { readonly verdict: "open" }
  | { readonly verdict: "removed"; readonly line: string }
  | { readonly verdict: "unknown"; readonly line: string };

export function judgeBrokerKey(key: string): KeyVerdict {
  if (brokerDefinitionOf(key) !== undefined) return { verdict: "known" };
  if (openFamilies.some((family) => key.startsWith(family))) return { verdict: "open" };
  const removed = whyRemoved(key);
  if (removed !== undefined) {
    return { verdict: "removed", line: `${key} has no effect: ${removed}` };
  }
  return { verdict: "unknown", line: `unknown configuration ${key}${hint(key)}` };
}

function hint(key: string): string {
  if (topicKeys.has(key)) {
    const brokerKey = brokerKeyOf(key);
    return brokerKey === undefined
      ? ": it is a topic's, and cannot be set for the whole broker"
      : `: it is a topic's; did you mean ${brokerKey}?`;
  }
  const nearest = nearestKey(key, [...brokerKeys.keys()]);
  return nearest === undefined ? "" : `; did you mean ${nearest}?`;
}

/** The known key with the fewest edits, if these are few enough to be a slip. */
export function nearestKey(key: string, known: readonly string[]): string | undefined {
  const wanted = key.slice(0, 200).toLowerCase().replaceAll(/[_-]/g, ".");
  let best: string | undefined;
  let bestDistance = Math.max(2, Math.floor(wanted.length / 4)) + 1;
  for (const candidate of known) {
    if (Math.abs(candidate.length - wanted.length) >= bestDistance) continue;
    const distance = editDistance(wanted, candidate);
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** Levenshtein distance, one row at a time. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
