// A partition by the names that users know it by.
//
// Lives on: anywhere (pure).

export type TopicPartition = { readonly topic: string; readonly partition: number };

/** Names a partition in maps. A topic's name may hold dashes: the last one counts. */
export function keyOf({ topic, partition }: TopicPartition): string {
  return `${topic}-${partition}`;
}

/** By topic, then by number. */
export function comparePartitions(a: TopicPartition, b: TopicPartition): number {
  return a.topic < b.topic ? -1 : a.topic > b.topic ? 1 : a.partition - b.partition;
}

export type PartitionsOfTopic = { readonly topic: string; readonly partitions: readonly number[] };

/** As messages have them: one entry per topic, in order. */
export function byTopic(partitions: Iterable<TopicPartition>): PartitionsOfTopic[] {
  const topics = new Map<string, number[]>();
  for (const { topic, partition } of [...partitions].sort(comparePartitions)) {
    const numbers = topics.get(topic);
    if (numbers === undefined) topics.set(topic, [partition]);
    else numbers.push(partition);
  }
  return [...topics].map(([topic, numbers]) => ({ topic, partitions: numbers }));
}

export function flattened(topics: Iterable<PartitionsOfTopic>): TopicPartition[] {
  return [...topics].flatMap(({ topic, partitions }) =>
    partitions.map((partition) => ({ topic, partition })),
  );
}
