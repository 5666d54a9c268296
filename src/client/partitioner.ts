// Which partition a record goes to: by its key as Java's clients do it (murmur2), or, without a key,
// all of a batch to one partition and the next batch to another (KIP-480).
//
// Lives on: anywhere (pure).

const SEED = 0x9747b28c;
const M = 0x5bd1e995;
const R = 24;

/** Austin Appleby's MurmurHash2, 32 bits, with the seed that Kafka chose. */
export function murmur2(bytes: Uint8Array): number {
  const length = bytes.byteLength;
  let hash = SEED ^ length;
  const whole = length & ~3;
  for (let at = 0; at < whole; at += 4) {
    let k =
      (bytes[at] ?? 0) |
      ((bytes[at + 1] ?? 0) << 8) |
      ((bytes[at + 2] ?? 0) << 16) |
      ((bytes[at + 3] ?? 0) << 24);
    k = Math.imul(k, M);
    k ^= k >>> R;
    k = Math.imul(k, M);
    hash = Math.imul(hash, M) ^ k;
  }
  const left = length - whole;
  if (left > 0) {
    if (left === 3) hash ^= (bytes[whole + 2] ?? 0) << 16;
    if (left >= 2) hash ^= (bytes[whole + 1] ?? 0) << 8;
    hash = Math.imul(hash ^ (bytes[whole] ?? 0), M);
  }
  hash ^= hash >>> 13;
  hash = Math.imul(hash, M);
  return hash ^ (hash >>> 15);
}

/** The same as Java's default partitioner for records with a key. */
export function partitionOfKey(key: Uint8Array, partitionCount: number): number {
  return (murmur2(key) & 0x7fff_ffff) % partitionCount;
}

/**
 * For records without a key: one partition of a topic until its batch has left, then the next one, so
 * that batches are full (KIP-480). Where it begins follows from `start`, so that many clients spread.
 */
export class StickyPartitions {
  private readonly start: number;
  private readonly current = new Map<string, number>();

  constructor(start: number) {
    this.start = start;
  }

  /** `isOpen`: whether a partition's batch is still being filled. */
  pick(topic: string, partitionCount: number, isOpen: (index: number) => boolean): number {
    const last = this.current.get(topic);
    if (last !== undefined && last < partitionCount && isOpen(last)) return last;
    const next = (last === undefined ? this.start : last + 1) % partitionCount;
    this.current.set(topic, next);
    return next;
  }
}
