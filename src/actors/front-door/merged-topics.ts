// What some requests come to in Kafka, which reads them into a map: a topic named twice is one topic,
// of a partition named twice the last word counts, and a topic without partitions is none.
//
// Lives on: anywhere (pure; part of the front door).

type Topic<P> = { readonly name: string; readonly partitions: readonly P[] };

export function mergedTopics<P>(
  topics: readonly Topic<P>[],
  indexOf: (partition: P) => number,
): readonly Topic<P>[] {
  const byName = new Map<string, Map<number, P>>();
  for (const { name, partitions } of topics) {
    if (partitions.length === 0) continue;
    const byIndex = byName.get(name) ?? new Map<number, P>();
    for (const partition of partitions) byIndex.set(indexOf(partition), partition);
    byName.set(name, byIndex);
  }
  return [...byName].map(([name, byIndex]) => ({ name, partitions: [...byIndex.values()] }));
}
