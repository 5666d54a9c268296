// The frame of Kafka's checkpoint files (`CheckpointFile`): version, number of entries, and one entry
// per line. What an entry is differs per file.
//
// Lives on: anywhere (pure).

import type { Outcome } from "../base/outcome.ts";
import { failure, success } from "../base/outcome.ts";
import { bytesOf, linesOf, wholeNumber } from "./text-file.ts";

const VERSION = 0;

export function encodeCheckpoint(entries: readonly string[]): Uint8Array {
  return bytesOf([VERSION, entries.length, ...entries, ""].join("\n"));
}

/** `parse` answers undefined for a line that is no entry. */
export function decodeCheckpoint<T>(
  bytes: Uint8Array,
  parse: (line: string) => T | undefined,
): Outcome<T[]> {
  const lines = linesOf(bytes);
  const version = wholeNumber(lines[0]);
  const count = wholeNumber(lines[1]);
  if (version !== VERSION) return failure("corrupt", `checkpoint of unknown version ${lines[0]}`);
  if (count === null || count !== lines.length - 2) {
    return failure("corrupt", `checkpoint with ${lines.length - 2} lines says ${lines[1]}`);
  }
  const entries: T[] = [];
  for (const line of lines.slice(2)) {
    const entry = parse(line);
    if (entry === undefined) return failure("corrupt", `no checkpoint entry: ${line.slice(0, 80)}`);
    entries.push(entry);
  }
  return success(entries);
}
