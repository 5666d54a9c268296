// In which of its broker's data directories a new partition is to lie: the one with the fewest. (Kafka has
// the broker choose, and tell: KIP-858.)
//
// Lives on: anywhere (pure).

import { ZERO_UUID } from "../../base/uuid.ts";
import type { MetadataImage } from "../../metadata/image.ts";

/** Of one plan: what it has placed counts, though the image does not have it yet. */
export class DirectoryChooser {
  /** How many partitions lie in a directory, by its id. */
  #counts: Map<string, number> | undefined;

  next(image: MetadataImage, brokerId: number): string {
    const [first, ...others] = image.brokers().get(brokerId)?.logDirs ?? [];
    if (first === undefined || others.length === 0) return first ?? ZERO_UUID;
    const counts = (this.#counts ??= countPartitions(image));
    const countOf = (id: string): number => counts.get(id) ?? 0;
    const chosen = others.reduce((least, id) => (countOf(id) < countOf(least) ? id : least), first);
    counts.set(chosen, countOf(chosen) + 1);
    return chosen;
  }
}

function countPartitions(image: MetadataImage): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { partitions } of image.topics()) {
    for (const { directories } of partitions) {
      for (const id of directories) counts.set(id, (counts.get(id) ?? 0) + 1);
    }
  }
  return counts;
}
