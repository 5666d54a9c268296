// The real Random port: the system's generator, drawn from in pages so that one number costs little.
//
// Lives on: host thread, main thread.

import { randomFillSync } from "node:crypto";
import type { Random } from "../ports.ts";

const PAGE_BYTES = 4096;

/** More at a time is not worth a page. */
const BYTES_OF_PAGE_MAX = 256;

const page = new Uint8Array(PAGE_BYTES);
const words = new DataView(page.buffer);
let used = PAGE_BYTES;

/** Where the next so many bytes of the page begin; nobody gets them twice. */
function draw(count: number): number {
  if (used + count > PAGE_BYTES) {
    randomFillSync(page);
    used = 0;
  }
  used += count;
  return used - count;
}

function uint32(): number {
  return words.getUint32(draw(4), true);
}

function bytes(length: number): Uint8Array<ArrayBuffer> {
  if (length > BYTES_OF_PAGE_MAX) return randomFillSync(new Uint8Array(length));
  const at = draw(length);
  return page.slice(at, at + length);
}

export const realRandom: Random = {
  uint32,
  float: () => uint32() / 0x1_0000_0000,
  bytes,
};
