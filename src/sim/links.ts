// The simulated Links port. Envelopes cross as copies after a random time, first in, first out per
// pair of hosts; what the sender gave away is poisoned at once, so that whoever still reads it is
// found out by the first checksum.
//
// Lives on: the simulator's thread.

import type { Prng } from "../base/prng.ts";
import type { Envelope, LinkEvents, Links } from "../runtime/ports.ts";
import type { Life } from "./life.ts";

/** The byte that stands where given-away bytes stood. */
export const POISON = 0xdb;

type Received = Pick<Envelope, "head" | "blobs">;

/** One end of a channel between two hosts: a MessagePort in slow motion. */
export class SimPort {
  private readonly life: Life;
  private readonly prng: Prng;
  private peer: SimPort | undefined;
  private listener: { message(received: Received): void; closed(): void } | undefined;
  /** What has arrived and not been heard; `null` says that the other end has closed. */
  private readonly inbox: (Received | null)[] = [];
  private open = true;

  constructor(life: Life, prng: Prng) {
    this.life = life;
    this.prng = prng;
  }

  static join(one: SimPort, other: SimPort): void {
    one.peer = other;
    other.peer = one;
  }

  post(received: Received): void {
    if (this.open) this.peer?.arrive(received);
  }

  listen(listener: SimPort["listener"]): void {
    this.listener = listener;
    for (let waiting = this.inbox.length; waiting > 0; waiting--) this.hearLater();
  }

  /** Everything posted before is heard by the other end, then that this end has closed. */
  close(): void {
    if (!this.open) return;
    this.open = false;
    this.peer?.arrive(null);
  }

  private arrive(item: Received | null): void {
    if (!this.open) return;
    this.inbox.push(item);
    if (this.listener !== undefined) this.hearLater();
  }

  /** Some time later the next item is heard, whichever it then is: the queue keeps the order. */
  private hearLater(): void {
    const delayMs = crossingMs(this.prng);
    this.life.after(delayMs, "link", () => {
      const item = this.inbox.shift();
      if (!this.open || item === undefined) return;
      if (item !== null) {
        this.life.scheduler.trace.noteBytes(item.head);
        this.listener?.message(item);
      } else {
        this.open = false;
        this.listener?.closed();
      }
    });
  }
}

/** Tens of microseconds as a rule, milliseconds when the receiving thread is busy. */
function crossingMs(prng: Prng): number {
  return prng.below(50) === 0 ? prng.float() * 20 : 0.005 + prng.float() * 0.1;
}

export class SimLinks implements Links {
  readonly hostIndex: number;
  readonly hostCount: number;
  readonly asideIndex: number;
  private readonly ports: (SimPort | undefined)[] = [];
  private events: LinkEvents | undefined;

  constructor(
    hostIndex: number,
    { hostCount, hasAside = false }: { readonly hostCount: number; readonly hasAside?: boolean },
    linked: readonly (readonly [hostIndex: number, port: SimPort])[],
  ) {
    this.hostIndex = hostIndex;
    this.hostCount = hostCount;
    this.asideIndex = hasAside ? hostCount : 0;
    for (const [other, port] of linked) this.ports[other] = port;
  }

  isUp(hostIndex: number): boolean {
    return hostIndex === this.hostIndex || this.ports[hostIndex] !== undefined;
  }

  post(hostIndex: number, envelope: Envelope): void {
    const received = copyOf(envelope);
    for (const buffer of envelope.transfer) new Uint8Array(buffer).fill(POISON);
    this.ports[hostIndex]?.post(received);
  }

  subscribe(events: LinkEvents): void {
    this.events = events;
    this.ports.forEach((port, hostIndex) => {
      if (port !== undefined) this.listen(hostIndex, port, events);
    });
  }

  connect(hostIndex: number, port: SimPort): void {
    this.disconnect(hostIndex);
    this.ports[hostIndex] = port;
    if (this.events === undefined) return;
    this.listen(hostIndex, port, this.events);
    this.events.up(hostIndex);
  }

  close(): void {
    this.events = undefined;
    for (const port of this.ports) port?.close();
    this.ports.length = 0;
  }

  private listen(hostIndex: number, port: SimPort, events: LinkEvents): void {
    port.listen({
      message: (received) => {
        if (this.ports[hostIndex] === port) events.envelope(hostIndex, received);
      },
      closed: () => {
        if (this.ports[hostIndex] === port) this.disconnect(hostIndex);
      },
    });
  }

  private disconnect(hostIndex: number): void {
    const port = this.ports[hostIndex];
    if (port === undefined) return;
    this.ports[hostIndex] = undefined;
    port.close();
    this.events?.down(hostIndex);
  }
}

/** Blobs of one buffer stay views of one buffer, as a port would have it. */
function copyOf({ head, blobs }: Envelope): Received {
  const copies = new Map<ArrayBufferLike, ArrayBuffer>();
  const copied = blobs.map((blob) => {
    let copy = copies.get(blob.buffer);
    if (copy === undefined) {
      copy = new Uint8Array(blob.buffer).slice().buffer;
      copies.set(blob.buffer, copy);
    }
    return new Uint8Array(copy, blob.byteOffset, blob.byteLength);
  });
  return { head: head.slice(), blobs: copied };
}
