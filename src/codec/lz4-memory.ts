// Where LZ4 frames are decoded: a WebAssembly memory of the thread's own, with the blocks' decoder and
// the checksum beside it (tools/wasm/lz4.wat). The input stands in front, the output behind it and grows
// with what was really decoded. It is kept for the next frame, so that no output is allocated, cleared
// and collected; one that had to grow large is let go.
//
// Lives on: anywhere. Hot.

import { lz4Wasm } from "./lz4-bytes.ts";

/** What `decodeBlock` says of a block that is not one. */
export const lz4Corrupt = -1;
/** What it says when the output does not fit. */
export const lz4Full = -2;

const PAGE_BYTES = 64 * 1024;
/** The decoder copies in words and may touch so much behind the end of the output. */
const SLACK_BYTES = 32;
/** Addresses stay positive, and a memory is no larger than some systems give. */
const MEMORY_BYTES_MAX = 2 ** 31 - PAGE_BYTES;
/** A memory that had to grow beyond this is not kept. */
const KEPT_BYTES_MAX = 4 * 1024 * 1024;

/** As much of the interface as is needed here; the types of Node have nothing of it. */
type WebAssemblyInterface = {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: Exports };
};
const { Module, Instance } = (globalThis as unknown as { WebAssembly: WebAssemblyInterface })
  .WebAssembly;

type Exports = {
  readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): number };
  decode(at: number, end: number, outAt: number, outEnd: number, windowStart: number): number;
  xxhash32(at: number, end: number): number;
};

let module: object | undefined;
let kept: Lz4Memory | undefined;

export class Lz4Memory {
  readonly #code: Exports;
  /** All of the memory. It moves when the memory grows. */
  #bytes: Uint8Array<ArrayBuffer>;
  /** Where the output begins. */
  outStart = 0;

  private constructor() {
    module ??= new Module(Buffer.from(lz4Wasm, "base64"));
    this.#code = new Instance(module).exports;
    this.#bytes = this.#view();
  }

  /** The thread's memory, with `input` at its beginning; undefined when there is no room for that. */
  static with(input: Uint8Array): Lz4Memory | undefined {
    const isKept = kept !== undefined && kept.#bytes.byteLength <= KEPT_BYTES_MAX;
    const memory = isKept ? kept! : (kept = new Lz4Memory());
    memory.outStart = input.byteLength;
    if (!memory.grow(0)) return undefined;
    memory.#bytes.set(input);
    return memory;
  }

  /** How much output there is room for. */
  get room(): number {
    return this.#bytes.byteLength - this.outStart - SLACK_BYTES;
  }

  /** Makes room for so much output. */
  grow(outBytes: number): boolean {
    const missing = this.outStart + outBytes + SLACK_BYTES - this.#bytes.byteLength;
    if (missing <= 0) return true;
    if (this.#bytes.byteLength + missing > MEMORY_BYTES_MAX) return false;
    try {
      this.#code.memory.grow(Math.ceil(missing / PAGE_BYTES));
    } catch {
      return false;
    }
    this.#bytes = this.#view();
    return true;
  }

  /**
   * Decodes the block `[at, end)` of the input to `[outAt, outEnd)` of the output, where matches may
   * reach back to `windowStart`. Gives the place after the last byte written, `lz4Corrupt` or `lz4Full`.
   */
  decodeBlock(at: number, end: number, outAt: number, outEnd: number, windowStart: number): number {
    const start = this.outStart;
    const next = this.#code.decode(at, end, start + outAt, start + outEnd, start + windowStart);
    return next < 0 ? next : next - start;
  }

  /** A block that was not compressed. */
  copyBlock(at: number, end: number, outAt: number, outEnd: number): number {
    if (end - at > outEnd - outAt) return lz4Full;
    this.#bytes.copyWithin(this.outStart + outAt, at, end);
    return outAt + end - at;
  }

  /** Of the input. */
  hashOfInput(at: number, end: number): number {
    return this.#code.xxhash32(at, end) >>> 0;
  }

  hashOfOutput(length: number): number {
    return this.#code.xxhash32(this.outStart, this.outStart + length) >>> 0;
  }

  /** The first bytes of the output, where they lie. */
  output(length: number): Uint8Array {
    return this.#bytes.subarray(this.outStart, this.outStart + length);
  }

  #view(): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.#code.memory.buffer);
  }
}
