// Lives on: anywhere (pure; part of the front door).

/** The keys that occur more than once. */
export function duplicatesAmong<K>(keys: Iterable<K>): ReadonlySet<K> {
  const seen = new Set<K>();
  const duplicates = new Set<K>();
  for (const key of keys) {
    if (seen.has(key)) duplicates.add(key);
    seen.add(key);
  }
  return duplicates;
}
