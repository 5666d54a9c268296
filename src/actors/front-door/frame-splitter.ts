// Cuts the bytes of one connection into request frames: an int32 length, then that many bytes. The
// bytes may arrive cut anywhere. A length is checked before anything is allocated for it, and the
// caller decides when the body may be read ("admit"), so a length alone costs no memory.
//
// A frame that lies within one received chunk is a view of that chunk. One that spans chunks is
// gathered once: in a lent buffer where all partitions live on this host, else in an ArrayBuffer of
// its own that is exactly as long as the frame. Such a buffer, or a chunk that holds one frame and
// nothing else, can be given to another host without a copy. Of a frame that says it is large the
// beginning is gathered apart, and moved when enough of it has come to be believed.
//
// Lives on: anywhere (pure; part of the front door).

import type { BufferPool } from "../../base/buffer-pool.ts";

/** Why a connection's bytes cannot be Kafka frames. */
export type FrameProblem = "negativeLength" | "tooLong" | "http" | "tls";

export type Frame = {
  /** Without the length. */
  readonly bytes: Uint8Array;
  /** Nobody else needs anything of its ArrayBuffer, so the buffer may be given away. */
  readonly ownsBuffer: boolean;
  /** Where its buffer belongs when the request has been answered. */
  readonly lender: BufferPool | undefined;
  /** Somebody may still look at the bytes after the answer: the buffer is not used again. */
  isHeld: boolean;
};

/**
 * `needBytes`: all that was pushed is used up. `admit`: a frame of `frameLength` bytes begins; call
 * `admit()` when its body may be read. `frame`: take it with `takeFrame()`. `bad`: `problem` says
 * why; nothing can be read any more.
 */
export type SplitterState = "needBytes" | "admit" | "frame" | "bad";

const LENGTH_BYTES = 4;

/**
 * Frames up to this length get their buffer at once. Of longer ones room is made for so many times what has
 * come: who announces 100 MiB and sends none must not have them allocated, since the C library keeps
 * up to 32 MiB of what was freed in each of its arenas. At worst a 256th is copied twice, or 64 KiB.
 */
const BELIEVED_BYTES = 2 ** 20;
const FIRST_ROOM_BYTES = 64 * 1024;
const BELIEVED_TIMES = 256;

export class FrameSplitter {
  readonly #frameBytesMax: number;
  readonly #lender: BufferPool | undefined;
  /** Received and not yet used: chunks in order, and the place in the first of them. */
  #chunks: Uint8Array[] = [];
  #at = 0;
  /** A frame is a view of the first of them. */
  #isFirstViewed = false;
  #length = 0;
  #lengthBytes = 0;
  #admitted = false;
  /** A frame that spans chunks. */
  #gathered: Uint8Array<ArrayBuffer> | undefined;
  #gatheredBytes = 0;
  #frame: Frame | undefined;
  #isFirstFrame = true;
  #problem: FrameProblem | undefined;

  constructor(frameBytesMax: number, lender?: BufferPool) {
    this.#frameBytesMax = frameBytesMax;
    this.#lender = lender;
  }

  /** The chunk is the splitter's from now on. */
  push(chunk: Uint8Array): void {
    if (chunk.length > 0 && this.#problem === undefined) this.#chunks.push(chunk);
  }

  /** The length of the frame that has begun. */
  get frameLength(): number {
    return this.#length;
  }

  get problem(): FrameProblem | undefined {
    return this.#problem;
  }

  /** Whether part of a frame has arrived, its length included. */
  get isInsideFrame(): boolean {
    return this.#lengthBytes > 0;
  }

  /** Goes on as far as possible. */
  next(): SplitterState {
    if (this.#problem !== undefined) return "bad";
    if (this.#frame !== undefined) return "frame";
    if (this.#lengthBytes < LENGTH_BYTES) {
      if (!this.#readLength()) return "needBytes";
      this.#problem = this.#checkLength();
      if (this.#problem !== undefined) {
        this.#chunks = [];
        return "bad";
      }
    }
    if (!this.#admitted) return "admit";
    this.#frame = this.#readBody();
    return this.#frame === undefined ? "needBytes" : "frame";
  }

  /** The body of the frame that has begun may be read. */
  admit(): void {
    this.#admitted = true;
  }

  takeFrame(): Frame {
    const frame = this.#frame!;
    this.#frame = undefined;
    this.#lengthBytes = 0;
    this.#length = 0;
    this.#admitted = false;
    this.#isFirstFrame = false;
    return frame;
  }

  /**
   * Nothing more will be read: what was gathered for it is freed at once. Left to the garbage collector, connections
   * that come and go in the middle of frames would keep tens of megabytes.
   */
  stop(): void {
    if (this.#gathered !== undefined) this.#letGo(this.#gathered);
    this.#gathered = undefined;
    for (const chunk of this.#chunks.slice(this.#isFirstViewed ? 1 : 0)) release(chunk);
    this.#chunks = [];
    this.#at = 0;
    this.#isFirstViewed = false;
  }

  #readLength(): boolean {
    while (this.#lengthBytes < LENGTH_BYTES) {
      const chunk = this.#chunks[0];
      if (chunk === undefined) return false;
      this.#length = (this.#length << 8) | chunk[this.#at]!;
      this.#lengthBytes += 1;
      this.#advance(1);
    }
    return true;
  }

  #checkLength(): FrameProblem | undefined {
    if (this.#isFirstFrame && isTlsRecord(this.#length)) return "tls";
    if (this.#isFirstFrame && httpMethods.has(this.#length)) return "http";
    if (this.#length < 0) return "negativeLength";
    if (this.#length > this.#frameBytesMax) return "tooLong";
    return undefined;
  }

  #readBody(): Frame | undefined {
    const length = this.#length;
    if (this.#gathered === undefined) {
      const chunk = this.#chunks[0];
      const at = this.#at;
      if (length === 0) return frameOf(new Uint8Array(0), false);
      if (chunk === undefined) return undefined;
      if (chunk.length - at >= length) {
        const bytes = chunk.subarray(at, at + length);
        const ownsBuffer = isAllOf(chunk, at - LENGTH_BYTES, at + length);
        this.#isFirstViewed = true;
        this.#advance(length);
        return frameOf(bytes, ownsBuffer);
      }
      this.#gatheredBytes = 0;
      this.#gathered = this.#roomFor(length <= BELIEVED_BYTES ? length : FIRST_ROOM_BYTES);
    }
    while (this.#gatheredBytes < length) {
      const chunk = this.#chunks[0];
      if (chunk === undefined) return undefined;
      if (this.#gatheredBytes === this.#gathered.length) this.#gathered = this.#moreRoom();
      const missing = this.#gathered.length - this.#gatheredBytes;
      const bytes = Math.min(chunk.length - this.#at, missing);
      this.#gathered.set(chunk.subarray(this.#at, this.#at + bytes), this.#gatheredBytes);
      this.#gatheredBytes += bytes;
      this.#advance(bytes);
    }
    const frame = frameOf(this.#gathered, this.#lender === undefined, this.#lender);
    this.#gathered = undefined;
    return frame;
  }

  #roomFor(bytes: number): Uint8Array<ArrayBuffer> {
    return this.#lender?.take(bytes) ?? new Uint8Array(bytes);
  }

  #moreRoom(): Uint8Array<ArrayBuffer> {
    const before = this.#gathered!;
    const room = this.#roomFor(Math.min(this.#length, before.length * BELIEVED_TIMES));
    room.set(before);
    this.#letGo(before);
    return room;
  }

  #letGo({ buffer }: Uint8Array<ArrayBuffer>): void {
    if (this.#lender === undefined) buffer.transfer(0);
    else this.#lender.giveBack(buffer);
  }

  #advance(bytes: number): void {
    this.#at += bytes;
    if (this.#at < this.#chunks[0]!.length) return;
    const chunk = this.#chunks.shift()!;
    if (!this.#isFirstViewed) release(chunk);
    this.#isFirstViewed = false;
    this.#at = 0;
  }
}

function frameOf(bytes: Uint8Array, ownsBuffer: boolean, lender?: BufferPool): Frame {
  return { bytes, ownsBuffer, lender, isHeld: false };
}

/**
 * Frees a used up chunk at once. Left to the garbage collector, those of a fast producer are tens of
 * megabytes of memory that nobody needs, and holes in the allocator's arena when they go.
 */
function release(chunk: Uint8Array): void {
  const { buffer } = chunk;
  if (buffer instanceof ArrayBuffer && buffer.byteLength === chunk.length) buffer.transfer(0);
}

/** Whether the chunk, and its buffer, hold nothing outside of [from, to). */
function isAllOf(chunk: Uint8Array, from: number, to: number): boolean {
  return from === 0 && to === chunk.length && chunk.buffer.byteLength === chunk.length;
}

// Other protocols that come to the wrong port show themselves in their first four bytes.

/** Handshake record, SSL 3.0 to TLS 1.3: 0x16 0x03 0x00-0x04, then the length's high byte. */
function isTlsRecord(firstBytes: number): boolean {
  return firstBytes >>> 16 === 0x1603 && ((firstBytes >>> 8) & 0xff) <= 4;
}

const httpMethods: ReadonlySet<number> = new Set(
  ["GET ", "HEAD", "POST", "PUT ", "DELE", "OPTI", "PATC", "CONN", "TRAC", "PRI "].map(
    (letters) =>
      (letters.charCodeAt(0) << 24) |
      (letters.charCodeAt(1) << 16) |
      (letters.charCodeAt(2) << 8) |
      letters.charCodeAt(3),
  ),
);
