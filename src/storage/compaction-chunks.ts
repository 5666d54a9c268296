// Reading a segment for compaction: whole batches in chunks of bounded size, with a digest of every
// key in them. What is compressed is inflated, and made anew, by a job on another thread. The rest is
// done here, in small chunks with way given to requests in between: such a chunk takes less than half a
// millisecond, and the trip to a job thread, with its copies, was measured to take longer.
//
// Lives on: anywhere (over the Disk port and jobs; part of log-compaction.ts).

import type { HashKey } from "../base/half-sip-hash.ts";
import { failure, FaultRaised, need } from "../base/outcome.ts";
import type { Routine } from "../runtime/routine.ts";
import { disk, giveWay, runJob, sleep } from "../runtime/routine.ts";
import type { KeyDigests } from "../protocol/record-batch.ts";
import {
  batchSizeAt,
  batchSizeOf,
  codecOf,
  digestKeys,
  DigestWriter,
  hasPlainRecords,
  impossibleBatch,
  readKeyDigests,
  rebuildBatches,
  recordsAt,
} from "../protocol/record-batch.ts";
import type { Fates } from "./compaction-fates.ts";
import { LOG_SUFFIX } from "./file-names.ts";
import type { Segment } from "./segment.ts";

export type CompactionLimits = {
  /** Read at a time, unless a batch is larger. */
  readonly chunkBytes: number;
  /** Memory for the map of keys. */
  readonly mapBytes: number;
  /** How full the map may get, below 1. */
  readonly mapLoadFactor: number;
  /** Read and written per second. */
  readonly bytesPerSecondMax: number;
};

/** With what a compressed batch may become. */
export type ChunkLimits = CompactionLimits & { readonly inflatedBytesMax: number };

/** Of what is looked at here. */
const PLAIN_CHUNK_BYTES = 64 * 1024;
/** Where there are requests, so many of these are followed by a rest. */
const CHUNKS_PER_REST = 4;
const REST_MS = 1;
/** Whoever wants compaction to end must not wait for a slow one. */
const PAUSE_MS_MAX = 100;
/** Shorter ones would be made longer than they are meant to be. */
const PAUSE_MS_MIN = 5;

export class ChunkReader {
  private readonly limits: ChunkLimits;
  private readonly keys: readonly [HashKey, HashKey];
  private readonly mayGoOn: () => boolean;
  /** Of the chunk at hand. */
  private readonly digests = new DigestWriter();
  /** Where the last chunk was compressed, the next one is likely to be. */
  private isCompressed = false;
  private chunks = 0;
  /** Pauses that are due. */
  private owedMs = 0;

  constructor(limits: ChunkLimits, keys: readonly [HashKey, HashKey], mayGoOn: () => boolean) {
    this.limits = limits;
    this.keys = keys;
    this.mayGoOn = mayGoOn;
  }

  /** The whole batches from `position` on, as many as fit a chunk; at least one. */
  *read(segment: Segment, position: number): Routine<Uint8Array> {
    this.checkGoingOn();
    const path = segment.path(LOG_SUFFIX);
    const bytesLeft = segment.sizeBytes - position;
    const { chunkBytes } = this.limits;
    const bytesMax = this.isCompressed ? chunkBytes : Math.min(chunkBytes, PLAIN_CHUNK_BYTES);
    let wanted = Math.min(bytesMax, bytesLeft);
    for (;;) {
      const bytes = yield* disk("read", { path, position, length: wanted });
      yield* this.pace(bytes.length);
      const whole = wholeBatches(bytes);
      if (whole > 0) return bytes.subarray(0, whole);
      const size = bytes.length < recordsAt ? recordsAt : batchSizeOf(bytes);
      if (bytes.length < wanted || size <= wanted || size > bytesLeft) {
        const detail = `${path} holds no whole batch at byte ${position}`;
        throw new FaultRaised(failure("corrupt", detail));
      }
      wanted = size;
    }
  }

  *digest(batches: Uint8Array): Routine<KeyDigests> {
    const { keys, digests } = this;
    const bytesMax = this.limits.inflatedBytesMax;
    this.isCompressed = isAnyCompressed(batches);
    if (!this.isCompressed) {
      yield* this.pass();
      digestKeys(batches, keys, bytesMax, digests);
      return digests;
    }
    const [[key0, key1], [key2, key3]] = keys;
    const options = { key0, key1, key2, key3, bytesMax };
    const answer = yield* runJob({ name: "digestKeys", input: batches, options });
    this.checkGoingOn();
    return readKeyDigests(need(answer));
  }

  /** There is nothing to be known of the chunk that is not known; others have their turn all the same. */
  *pass(): Routine<undefined> {
    this.chunks += 1;
    yield* giveWay(this.chunks % CHUNKS_PER_REST === 0 ? REST_MS : 0);
    this.checkGoingOn();
    return undefined;
  }

  *rebuild(batches: Uint8Array, fates: Fates, deleteHorizonMs: number): Routine<Uint8Array> {
    const bytesMax = this.limits.inflatedBytesMax;
    const made = isAnyCompressed(batches)
      ? yield* this.rebuildElsewhere(batches, fates, deleteHorizonMs)
      : rebuildBatches(batches, fates.bytes, deleteHorizonMs, bytesMax);
    yield* this.pace(made.length);
    return made;
  }

  private *rebuildElsewhere(
    batches: Uint8Array,
    fates: Fates,
    deleteHorizonMs: number,
  ): Routine<Uint8Array> {
    const input = new Uint8Array(batches.length + fates.bytes.length);
    input.set(batches);
    input.set(fates.bytes, batches.length);
    const bytesMax = this.limits.inflatedBytesMax;
    const options = { batchesBytes: batches.length, deleteHorizonMs, bytesMax };
    const answer = need(yield* runJob({ name: "rebuildBatches", input, options }));
    this.checkGoingOn();
    return answer;
  }

  checkGoingOn(): void {
    if (!this.mayGoOn()) throw new FaultRaised(failure("stopped", "compaction is not to go on"));
  }

  private *pace(bytes: number): Routine<void> {
    this.owedMs += (bytes * 1000) / this.limits.bytesPerSecondMax;
    while (this.owedMs >= PAUSE_MS_MIN) {
      const pauseMs = Math.min(this.owedMs, PAUSE_MS_MAX);
      this.owedMs -= pauseMs;
      yield* sleep(pauseMs);
      this.checkGoingOn();
    }
  }
}

/** Of those that are looked into. */
function isAnyCompressed(batches: Uint8Array): boolean {
  for (let at = 0; at < batches.length; at += batchSizeOf(batches, at)) {
    if (codecOf(batches, at) !== 0 && hasPlainRecords(batches, at)) return true;
  }
  return false;
}

function wholeBatches(bytes: Uint8Array): number {
  let at = 0;
  for (;;) {
    const size = batchSizeAt(bytes, at);
    if (size === 0) return at;
    if (size === impossibleBatch) {
      throw new FaultRaised(failure("corrupt", "bytes that are no batch"));
    }
    at += size;
  }
}
