// Cuts the byte stream of a connection into frames, however the chunks fall.
//
// Lives on: anywhere.

import { FRAME_LENGTH_BYTES } from "../protocol/frame.ts";
import { WireError } from "../protocol/wire.ts";

export class FrameReader {
  private readonly frameBytesMax: number;
  private readonly chunks: Uint8Array[] = [];
  private buffered = 0;

  constructor(frameBytesMax: number) {
    this.frameBytesMax = frameBytesMax;
  }

  /** The frames that the chunk completes, without their length. */
  push(chunk: Uint8Array): Uint8Array[] {
    this.chunks.push(chunk);
    this.buffered += chunk.byteLength;
    const frames: Uint8Array[] = [];
    for (;;) {
      if (this.buffered < FRAME_LENGTH_BYTES) return frames;
      const head = this.join(FRAME_LENGTH_BYTES);
      const length = new DataView(head.buffer, head.byteOffset, FRAME_LENGTH_BYTES).getInt32(0);
      if (length < 0 || length > this.frameBytesMax) {
        throw new WireError(
          `a frame of ${length} bytes, at most ${this.frameBytesMax} are taken`,
          0,
        );
      }
      const total = FRAME_LENGTH_BYTES + length;
      if (this.buffered < total) return frames;
      const whole = this.join(total);
      frames.push(whole.subarray(FRAME_LENGTH_BYTES, total));
      const rest = whole.subarray(total);
      if (rest.byteLength > 0) this.chunks[0] = rest;
      else this.chunks.shift();
      this.buffered -= total;
    }
  }

  /** The first chunk, made long enough to hold `count` bytes. */
  private join(count: number): Uint8Array {
    const first = this.chunks[0] ?? new Uint8Array(0);
    if (first.byteLength >= count) return first;
    let taken = 0;
    let bytes = 0;
    while (bytes < count) bytes += this.chunks[taken++]?.byteLength ?? 0;
    const joined = new Uint8Array(bytes);
    let at = 0;
    for (const chunk of this.chunks.splice(0, taken)) {
      joined.set(chunk, at);
      at += chunk.byteLength;
    }
    this.chunks.unshift(joined);
    return joined;
  }
}
