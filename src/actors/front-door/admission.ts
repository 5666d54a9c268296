// Admission of request bodies: a pool of bytes that all connections of a host share. A frame takes
// its bytes out of the pool before its body is read and gives them back when its request has been
// answered. Who finds no room waits in line, first come first served: a large frame at the head is
// never passed by small ones behind it. A frame larger than the whole pool is admitted alone.
//
// Lives on: anywhere (pure; part of the front door).

import { assert } from "../../base/assert.ts";

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
