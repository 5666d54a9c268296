// What was read of logs a moment ago, for the others who are about to ask for the same: where many
// consumers follow a log, one of them reads the file and all are handed the same bytes. A host has one
// of these for all its logs, so that their memory has one bound; the least recently used go first.
//
// A buffer that is kept has a holder more for that (`retain`), and each reader who finds it is another: when
// the last has recycled it, it is read into again. Fresh ones made the collector a third of the host's time
// with ten consumers at the tail (the bench's rows `tail-10`, `tail-100`).
//
// Lives on: anywhere (pure). Hot: once per fetched partition.

import { batchSizeAt } from "../protocol/record-batch.ts";
import type { Segment } from "./segment.ts";

export const SHARED_READS_BYTES_DEFAULT = 8 * 1024 * 1024;
/** One log is not to take the place of all others. */
const READ_BYTES_MAX = 1024 * 1024;

type Kept = { readonly position: number; readonly bytes: Uint8Array };

export class SharedReads {
  readonly bytesMax: number;
  /** Not by path: a topic that is made anew has the same. */
  readonly #bySegment = new Map<Segment, Kept>();
  /** Also those let go: answers may still be on their way. */
  readonly #shared = new WeakSet<ArrayBufferLike>();
  #unkept: Uint8Array[] = [];
  #bytes = 0;
  /** How often files have changed under what may be kept of them. */
  changes = 0;

  constructor(bytesMax = SHARED_READS_BYTES_DEFAULT) {
    this.bytesMax = bytesMax;
  }

  get bytesUsed(): number {
    return this.#bytes;
  }

  /** `length` bytes from `position` on, if all of them are there and a whole batch comes first. Read only. */
  find(segment: Segment, position: number, length: number): Uint8Array | undefined {
    const kept = this.#bySegment.get(segment);
    if (kept === undefined) return undefined;
    const at = position - kept.position;
    if (at < 0 || at + length > kept.bytes.length) return undefined;
    const found = kept.bytes.subarray(at, at + length);
    return batchSizeAt(found, 0) > 0 ? found : undefined;
  }

  /** The bytes must be held for it; `takeUnkept` says when they need not be any more. */
  keep(segment: Segment, position: number, bytes: Uint8Array): void {
    this.#letGo(segment);
    this.#bySegment.set(segment, { position, bytes });
    this.#shared.add(bytes.buffer);
    this.#bytes += bytes.length;
    for (const oldest of this.#bySegment.keys()) {
      if (this.#bytes <= this.bytesMax) return;
      this.#letGo(oldest);
    }
  }

  /** What was kept and is not any more since the last time. */
  takeUnkept(): readonly Uint8Array[] {
    const unkept = this.#unkept;
    this.#unkept = [];
    return unkept;
  }

  /** These are one reader's own. Their buffer may have been shared in an earlier use. */
  noteUnshared({ buffer }: Uint8Array): void {
    this.#shared.delete(buffer);
  }

  /** Whether others may have the same bytes in hand: then they can be given to nobody for good. */
  isShared({ buffer }: Uint8Array): boolean {
    return this.#shared.has(buffer);
  }

  /** After what the file holds there has changed, or gone. */
  drop(segment: Segment): void {
    this.changes += 1;
    this.#letGo(segment);
  }

  #letGo(segment: Segment): void {
    const kept = this.#bySegment.get(segment);
    if (kept === undefined) return;
    this.#bySegment.delete(segment);
    this.#bytes -= kept.bytes.length;
    this.#unkept.push(kept.bytes);
  }
}

const CROWD_MAX = 60;
const CROWDED_FROM = 20;

/** Whether a log has so many readers at one place that keeping what one has read pays: three or more. */
export class ReadCrowd {
  #score = 0;
  #position = -1;

  /** Somebody was handed what another had read. */
  shared(): void {
    this.#score = Math.min(this.#score + 2, CROWD_MAX);
  }

  /** Somebody reads from the file; whether what comes of it is worth keeping. */
  reads(position: number, length: number): boolean {
    if (position === this.#position) this.shared();
    else this.#score = Math.max(this.#score - 3, 0);
    this.#position = position;
    return this.#score >= CROWDED_FROM && length <= READ_BYTES_MAX;
  }
}
