// One direction of a simulated TCP connection: bytes leave in the order written, cut anywhere, arrive
// later, and wait for a receiver who may be slow. What does not fit the window waits with the sender.
//
// Lives on: the simulator's thread.

import type { Prng } from "../base/prng.ts";

/** How a wire behaves; drawn per world. */
export type WireOptions = {
  readonly latencyMs: number;
  /** Bytes on their way and unread at most: the kernel's buffers on both sides. */
  readonly windowBytes: number;
  /** The largest piece that arrives at once; one in eight is only a few bytes. */
  readonly segmentBytesMax: number;
};

/** So many of the segments that waited through a pause are on their way to being heard at a time. */
const HEARINGS_MAX = 16;

export type PipeEvents = {
  /** Schedules an arrival; the pipe keeps their order, whatever the delays. */
  travel(arrive: () => void): void;
  bytes(chunk: Uint8Array): void;
  /** The sender has ended, and every byte before it has been heard. */
  ended(): void;
  /** Nothing waits with the sender any more. */
  drained(): void;
};

/** What travels: bytes, or the end of the stream. */
type Segment = Uint8Array | "end";

export class Pipe {
  unsentBytes = 0;
  private readonly prng: Prng;
  private readonly wire: WireOptions;
  private readonly events: PipeEvents;
  private unsent: Uint8Array[] = [];
  private endQueued = false;
  private endSent = false;
  private travelling: Segment[] = [];
  private arrived: Segment[] = [];
  /** Bytes travelling or arrived and not yet heard. */
  private windowUsed = 0;
  private paused = false;
  private hearings = 0;
  private closed = false;

  constructor(prng: Prng, wire: WireOptions, events: PipeEvents) {
    this.prng = prng;
    this.wire = wire;
    this.events = events;
  }

  get unreadBytes(): number {
    return this.windowUsed;
  }

  write(chunks: readonly Uint8Array[]): void {
    if (this.closed || this.endQueued) return;
    for (const chunk of chunks) {
      // By reference, as a real socket has it: who changes a chunk before it has left sends that.
      this.unsent.push(chunk);
      this.unsentBytes += chunk.byteLength;
    }
    this.pump();
  }

  end(): void {
    this.endQueued = true;
    this.pump();
  }

  /** Ends with what has left; what still waits with the sender is lost. */
  abandon(): void {
    this.unsent = [];
    this.unsentBytes = 0;
    this.end();
  }

  /** Nothing more is sent, arrives or is heard. */
  close(): void {
    this.closed = true;
    this.unsent = [];
    this.unsentBytes = 0;
    this.travelling = [];
    this.arrived = [];
  }

  pause(): void {
    this.paused = true;
  }

  resume(): void {
    if (!this.paused) return;
    this.paused = false;
    this.hearMoreLater();
  }

  private pump(): void {
    // Not for every byte of room: a receiver opens its window when half of it is free.
    if (this.windowUsed * 2 > this.wire.windowBytes) return;
    while (!this.closed && this.unsentBytes > 0 && this.windowUsed < this.wire.windowBytes) {
      const segment = this.cut(this.wire.windowBytes - this.windowUsed);
      this.windowUsed += segment.byteLength;
      this.send(segment);
    }
    if (this.endQueued && !this.endSent && this.unsentBytes === 0) {
      this.endSent = true;
      this.send("end");
    }
  }

  private cut(room: number): Uint8Array {
    const few = this.prng.below(8) === 0;
    const wanted = 1 + this.prng.below(few ? 12 : this.wire.segmentBytesMax);
    const size = Math.min(wanted, room, this.unsentBytes);
    const segment = new Uint8Array(size);
    for (let at = 0; at < size;) {
      const chunk = this.unsent[0]!;
      const part = chunk.subarray(0, size - at);
      segment.set(part, at);
      at += part.byteLength;
      if (part.byteLength === chunk.byteLength) this.unsent.shift();
      else this.unsent[0] = chunk.subarray(part.byteLength);
    }
    this.unsentBytes -= size;
    return segment;
  }

  private send(segment: Segment): void {
    this.travelling.push(segment);
    this.events.travel(() => {
      const first = this.travelling.shift();
      if (this.closed || first === undefined) return;
      this.arrived.push(first);
      if (!this.paused) this.hear();
    });
  }

  /**
   * One event per waiting segment, so that a pause in the middle holds back the rest; and only a few
   * ahead, because whoever pauses again at once makes them all come for nothing.
   */
  private hearMoreLater(): void {
    while (this.hearings < Math.min(this.arrived.length, HEARINGS_MAX)) {
      this.hearings += 1;
      this.events.travel(() => {
        this.hearings -= 1;
        if (this.paused || this.closed) return;
        this.hear();
        if (!this.paused) this.hearMoreLater();
      });
    }
  }

  private hear(): void {
    const segment = this.arrived.shift();
    if (segment === undefined) return;
    if (segment === "end") return this.events.ended();
    this.windowUsed -= segment.byteLength;
    this.events.bytes(segment);
    const waited = this.unsentBytes > 0;
    this.pump();
    if (waited && this.unsentBytes === 0 && !this.closed) this.events.drained();
  }
}
