// Admission of request bodies: a pool of bytes that all connections of a host share. A frame takes
// its bytes out of the pool before its body is read and gives them back when its request has been
// answered. Who finds no room waits in line, first come first served: a large frame at the head is
// never passed by small ones behind it. A frame larger than the whole pool is admitted alone.
//
// Bytes are taken for what a frame's length claims, and the body may never come. So small frames have
// a pool of their own: who claims much and sends nothing keeps others from sending much, until the
// idle rules end it, and nobody from asking for metadata.
//
// Lives on: anywhere (pure; part of the front door).

import { assert } from "../../base/assert.ts";

const SMALL_FRAME_BYTES = 64 * 1024;
/** Of all that may be taken, what is kept for small frames. */
const SMALL_SHARE = 1 / 4;

/** What a connection sees of the pools. */
export type Admission = Pick<AdmissionPool, "take" | "giveBack" | "stopWaiting">;

export class AdmissionPools implements Admission {
  readonly bytesMax: number;
  readonly #small: AdmissionPool;
  readonly #large: AdmissionPool;

  constructor(bytesMax: number) {
    this.bytesMax = bytesMax;
    this.#small = new AdmissionPool(bytesMax * SMALL_SHARE);
    this.#large = new AdmissionPool(bytesMax * (1 - SMALL_SHARE));
  }

  get bytes(): number {
    return this.#small.bytes + this.#large.bytes;
  }

  get waiting(): number {
    return this.#small.waiting + this.#large.waiting;
  }

  take(connectionId: number, bytes: number, admitted: () => void): boolean {
    return this.#poolOf(bytes).take(connectionId, bytes, admitted);
  }

  giveBack(bytes: number): void {
    this.#poolOf(bytes).giveBack(bytes);
  }

  stopWaiting(connectionId: number): void {
    this.#small.stopWaiting(connectionId);
    this.#large.stopWaiting(connectionId);
  }

  #poolOf(bytes: number): AdmissionPool {
    return bytes <= SMALL_FRAME_BYTES ? this.#small : this.#large;
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
