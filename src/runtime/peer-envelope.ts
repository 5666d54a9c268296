// A message to another node as bytes: a msgpack head and the byte blobs it points at, in one piece. What
// comes in is from outside: before msgpack gets to see a head its nesting and its counts are checked, so
// that neither depth nor a declared length can make it allocate what the bytes do not hold.
//
// Lives on: anywhere.

import type { Outcome } from "../base/outcome.ts";
import { failure, success } from "../base/outcome.ts";
import { BLOB_EXTENSION, packWithBlobs, unpackWithBlobs } from "./envelope.ts";

/** Bytes of one message between nodes (reliability E7). */
export const PEER_MESSAGE_BYTES_MAX = 16 * 1024 * 1024;
const DEPTH_MAX = 32;
const BLOBS_MAX = 65_536;

export function encodePeerMessage(message: unknown): Uint8Array {
  const { head, blobs } = packWithBlobs(message);
  const sizes = 8 + 4 * blobs.length;
  const total = blobs.reduce((sum, { length }) => sum + length, sizes + head.length);
  const bytes = new Uint8Array(total);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, head.length);
  view.setUint32(4, blobs.length);
  blobs.forEach(({ length }, at) => view.setUint32(8 + 4 * at, length));
  let at = sizes;
  for (const part of [head, ...blobs]) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** Blobs come as views of `bytes`. */
export function decodePeerMessage(bytes: Uint8Array): Outcome<unknown> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 8) return failure("corrupt", `${bytes.length} bytes are no message`);
  const headLength = view.getUint32(0);
  const count = view.getUint32(4);
  if (count > BLOBS_MAX || 8 + 4 * count + headLength > bytes.length) {
    return failure("corrupt", "the message is shorter than it says");
  }
  let at = 8 + 4 * count;
  const head = bytes.subarray(at, at + headLength);
  at += headLength;
  const blobs: Uint8Array[] = [];
  for (let blob = 0; blob < count; blob++) {
    const length = view.getUint32(8 + 4 * blob);
    if (length > bytes.length - at) return failure("corrupt", `blob ${blob} does not end`);
    blobs.push(bytes.subarray(at, at + length));
    at += length;
  }
  if (at !== bytes.length) return failure("corrupt", "something follows the message");
  const wrong = whatIsWrong(head);
  if (wrong !== undefined) return failure("corrupt", wrong);
  try {
    return success(unpackWithBlobs(head, blobs));
  } catch (error) {
    return failure("corrupt", error instanceof Error ? error.message : String(error));
  }
}

/** Walks over msgpack without making anything of it (the specification's formats by first byte). */
function whatIsWrong(head: Uint8Array): string | undefined {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  /** Values still to come, for each level of nesting. */
  const open: number[] = [1];
  let at = 0;
  while (open.length > 0) {
    const left = open.pop()!;
    if (left === 0) continue;
    open.push(left - 1);
    if (at >= head.length) return "it ends within a value";
    const shape = shapeAt(head, view, at);
    if (shape === undefined) return `no value begins at byte ${at}`;
    at += shape.bytes;
    // Every value takes a byte at least.
    if (at > head.length || shape.values > head.length - at) return "it ends within a value";
    if (shape.values > 0) open.push(shape.values);
    if (open.length > DEPTH_MAX) return `it is nested more than ${DEPTH_MAX} deep`;
  }
  return at === head.length ? undefined : "something follows its value";
}

type Shape = {
  /** Of the value itself, those in it apart. */
  readonly bytes: number;
  readonly values: number;
};

/** Sizes of the formats from 0xc0 on that have a fixed one; 0: they have none. */
const fixedSizes = [1, 0, 1, 1, 0, 0, 0, 0, 0, 0, 5, 9, 2, 3, 5, 9, 2, 3, 5, 9];
/** fixext 1, which msgpackr puts before what an extension wrote: here the number of a blob. */
const BLOB_TAG = 0xd4;

function shapeAt(head: Uint8Array, view: DataView, at: number): Shape | undefined {
  const first = head[at]!;
  if (first <= 0x7f || first >= 0xe0) return { bytes: 1, values: 0 };
  if (first <= 0x8f) return { bytes: 1, values: 2 * (first & 0x0f) };
  if (first <= 0x9f) return { bytes: 1, values: first & 0x0f };
  if (first <= 0xbf) return { bytes: 1 + (first & 0x1f), values: 0 };
  const fixed = fixedSizes[first - 0xc0];
  if (first === BLOB_TAG) {
    return head[at + 1] === BLOB_EXTENSION ? { bytes: 3, values: 1 } : undefined;
  }
  if (fixed !== undefined && fixed > 0) return { bytes: fixed, values: 0 };
  const width = lengthWidths.get(first);
  if (width === undefined || at + 1 + width > head.length) return undefined;
  const length =
    width === 1 ? head[at + 1]! : width === 2 ? view.getUint16(at + 1) : view.getUint32(at + 1);
  if (first === 0xdc || first === 0xdd) return { bytes: 1 + width, values: length };
  if (first === 0xde || first === 0xdf) return { bytes: 1 + width, values: 2 * length };
  return { bytes: 1 + width + length, values: 0 };
}

/** Bytes of the length that follows: binary, strings, arrays, maps. Other extensions are none of ours. */
const lengthWidths: ReadonlyMap<number, number> = new Map([
  [0xc4, 1],
  [0xc5, 2],
  [0xc6, 4],
  [0xd9, 1],
  [0xda, 2],
  [0xdb, 4],
  [0xdc, 2],
  [0xdd, 4],
  [0xde, 2],
  [0xdf, 4],
]);
