// Admission of request bodies: a pool of bytes that all connections of a host share. A frame takes
// its bytes out of the pool before its body is read and gives them back when its request has been
// answered. Who finds no room waits in line, first come first served: a large frame at the head is
// never passed by small ones behind it. A frame larger than the whole pool is admitted alone.
//
// Bytes are taken for what a frame's length claims, and the body may never come; or they come, and a disk
// that stands still keeps their answers. So frames have pools by size: who claims much and sends nothing
// keeps others from sending much, until the idle rules end it, and no number of batches that wait for the
// disk keeps anybody from asking for metadata.
//
// Lives on: anywhere (pure; part of the front door).

import { assert } from "../../base/assert.ts";

/** Frames up to a size, and their share of all that may be taken. Of records there are few in a tiny one. */
const CLASSES = [
  { frameBytesMax: 4 * 1024, share: 1 / 16 },
  { frameBytesMax: 64 * 1024, share: 3 / 16 },
  { frameBytesMax: Infinity, share: 3 / 4 },
] as const;

/** What a connection sees of the pools. */
export type Admission = Pick<AdmissionPool, "take" | "giveBack" | "stopWaiting">;

export class AdmissionPools implements Admission {
  readonly bytesMax: number;
  readonly #pools: readonly AdmissionPool[];

  constructor(bytesMax: number) {
    this.bytesMax = bytesMax;
    this.#pools = CLASSES.map(({ share }) => new AdmissionPool(bytesMax * share));
  }

  get bytes(): number {
    return this.#pools.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  get waiting(): number {
    return this.#pools.reduce((sum, { waiting }) => sum + waiting, 0);
  }

  take(connectionId: number, bytes: number, admitted: () => void): boolean {
    return this.#poolOf(bytes).take(connectionId, bytes, admitted);
  }

  giveBack(bytes: number): void {
    this.#poolOf(bytes).giveBack(bytes);
  }

  stopWaiting(connectionId: number): void {
    for (const pool of this.#pools) pool.stopWaiting(connectionId);
  }

  #poolOf(bytes: number): AdmissionPool {
    const at = bytes <= CLASSES[0].frameBytesMax ? 0 : bytes <= CLASSES[1].frameBytesMax ? 1 : 2;
    return this.#pools[at]!;
  }
}

export class AdmissionPool {
  readonly bytesMax: number;
  #bytes = 0;
  /** Connection id -> what it waits for, in the order of arrival. */
  readonly #waiting = new Map<number, { readonly bytes: number; readonly admitted: () => void }>();

  constructor(bytesMax: number) {
    this.bytesMax = bytesMax;
  }

  /** Bytes taken out at present. */
  get bytes(): number {
    return this.#bytes;
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  /**
   * True: the bytes are taken. False: `admitted` is called once they have been taken for
   * `connectionId`, unless it stops waiting before.
   */
  take(connectionId: number, bytes: number, admitted: () => void): boolean {
    assert(!this.#waiting.has(connectionId), "a connection waits for one frame at a time");
    if (this.#waiting.size === 0 && this.#hasRoom(bytes)) {
      this.#bytes += bytes;
      return true;
    }
    this.#waiting.set(connectionId, { bytes, admitted });
    return false;
  }

  giveBack(bytes: number): void {
    this.#bytes -= bytes;
    assert(this.#bytes >= 0, "more bytes were given back than taken");
    this.#admitNext();
  }

  stopWaiting(connectionId: number): void {
    if (this.#waiting.delete(connectionId)) this.#admitNext();
  }

  #hasRoom(bytes: number): boolean {
    return this.#bytes === 0 || this.#bytes + bytes <= this.bytesMax;
  }

  #admitNext(): void {
    for (const [connectionId, { bytes, admitted }] of this.#waiting) {
      if (!this.#hasRoom(bytes)) return;
      this.#waiting.delete(connectionId);
      this.#bytes += bytes;
      admitted();
    }
  }
}
