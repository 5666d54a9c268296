// Indexes of segments that are not active, kept while they fit. A host shares one among all its logs,
// so that their memory has one bound; the least recently used go first.
//
// Lives on: anywhere (pure).

import type { SegmentIndexes } from "./segment.ts";

export const INDEX_CACHE_BYTES_DEFAULT = 16 * 1024 * 1024;

export class IndexCache {
  readonly bytesMax: number;
  private readonly byPath = new Map<string, SegmentIndexes>();
  private bytes = 0;

  constructor(bytesMax = INDEX_CACHE_BYTES_DEFAULT) {
    this.bytesMax = bytesMax;
  }

  get bytesUsed(): number {
    return this.bytes;
  }

  /** `path` is that of the segment's log file. */
  get(path: string): SegmentIndexes | undefined {
    const found = this.byPath.get(path);
    if (found === undefined) return undefined;
    // A map keeps the order of insertion: taken out and put back, it is the most recently used.
    this.byPath.delete(path);
    this.byPath.set(path, found);
    return found;
  }

  put(path: string, indexes: SegmentIndexes): void {
    this.drop(path);
    this.byPath.set(path, indexes);
    this.bytes += bytesOfIndexes(indexes);
    for (const oldest of this.byPath.keys()) {
      if (this.bytes <= this.bytesMax || this.byPath.size === 1) return;
      this.drop(oldest);
    }
  }

  drop(path: string): void {
    const found = this.byPath.get(path);
    if (found === undefined) return;
    this.byPath.delete(path);
    this.bytes -= bytesOfIndexes(found);
  }
}

function bytesOfIndexes({ offsets, times }: SegmentIndexes): number {
  return offsets.memoryBytes + times.memoryBytes;
}
