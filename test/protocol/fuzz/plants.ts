// Faults of the kinds that the fuzzer is there to find, put into the real reader: its test sees to it
// that each is found.

import { Reader } from "../../../src/protocol/wire.ts";

const ROOM_ELEMENTS_MAX = 1e6;

const { compactCount } = Reader.prototype;

export const plants = {
  /** Makes room for as many elements as a count says, before the count is held against anything. */
  preallocates(): void {
    Reader.prototype.compactCount = function preallocate(elementBytesMin) {
      const { at } = this;
      const room = new Array<number>(Math.min(this.uvarint(), ROOM_ELEMENTS_MAX));
      this.at = at;
      return Math.min(compactCount.call(this, elementBytesMin), room.length);
    };
  },
  /** Takes every length at its word. */
  trusts(): void {
    Reader.prototype.take = function trust(count) {
      const { at } = this;
      this.at = at + count;
      return at;
    };
  },
  /** Waits for bytes that never come. */
  waits(): void {
    Reader.prototype.compactCount = function wait(elementBytesMin) {
      const { at } = this;
      while (this.uvarint() > this.remaining()) this.at = at;
      this.at = at;
      return compactCount.call(this, elementBytesMin);
    };
  },
};
export type PlantName = keyof typeof plants;
