// How many batches a topic has on disk, and how many bytes they are: counted from their headers.
//
// Lives on: the developer's machine.

import { closeSync, openSync, readdirSync, readSync } from "node:fs";
import { join } from "node:path";

export type Batches = { readonly count: number; readonly bytes: number };

/** Base offset and length: all that is needed to find the next batch. */
const HEAD_BYTES = 12;

function batchesOf(file: string): Batches {
  const descriptor = openSync(file, "r");
  const head = Buffer.alloc(HEAD_BYTES);
  let [count, bytes] = [0, 0];
  while (readSync(descriptor, head, 0, HEAD_BYTES, bytes) === HEAD_BYTES) {
    const length = head.readInt32BE(8);
    if (length <= 0) break;
    count += 1;
    bytes += HEAD_BYTES + length;
  }
  closeSync(descriptor);
  return { count, bytes };
}

export function batchesOfTopic(dataDirectory: string, topic: string): Batches {
  let [count, bytes] = [0, 0];
  for (const name of readdirSync(dataDirectory)) {
    if (!new RegExp(`^${topic}-\\d+$`).test(name)) continue;
    const directory = join(dataDirectory, name);
    for (const file of readdirSync(directory).filter((each) => each.endsWith(".log"))) {
      const found = batchesOf(join(directory, file));
      count += found.count;
      bytes += found.bytes;
    }
  }
  return { count, bytes };
}
