// The real Random port: the system's generator, drawn from in pages so that one number costs little.
//
// Lives on: host thread, main thread.

import { randomFillSync } from "node:crypto";
import type { Random } from "../ports.ts";

const PAGE_BYTES = 4096;

const page = new DataView(new ArrayBuffer(PAGE_BYTES));
let used = PAGE_BYTES;

function uint32(): number {
  if (used + 4 > PAGE_BYTES) {
    randomFillSync(page);
    used = 0;
  }
  const value = page.getUint32(used, true);
  used += 4;
  return value;
}

export const realRandom: Random = {
  uint32,
  float: () => uint32() / 0x1_0000_0000,
  bytes: (length) => randomFillSync(new Uint8Array(length)),
};
