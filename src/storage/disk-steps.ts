// Steps that many routines of the storage layer take over the Disk port: write all or say why not,
// read a whole small file, put bytes in a file that may or may not be there.
//
// Lives on: anywhere (over the Disk port).

import type { Outcome } from "../base/outcome.ts";
import { failure, need, success } from "../base/outcome.ts";
import type { Routine } from "../runtime/routine.ts";
import { disk, tryDisk } from "../runtime/routine.ts";

export { attempt } from "../runtime/routine.ts";

/**
 * Writes everything, or answers why it could not. Some of it may then be in the file: who owns the
 * file cuts it back.
 */
export function* writeAll(
  path: string,
  position: number,
  chunks: readonly Uint8Array[],
): Routine<Outcome<null>> {
  let wanted = 0;
  for (const chunk of chunks) wanted += chunk.length;
  let written = 0;
  while (written < wanted) {
    const rest = written === 0 ? chunks : restOf(chunks, written);
    const outcome = yield* tryDisk("write", { path, position: position + written, chunks: rest });
    if (!outcome.ok) return outcome;
    if (outcome.value.bytesWritten === 0) return failure("ENOSPC", `no byte more fits ${path}`);
    // After a short write the next one tells why, unless space has come back meanwhile.
    written += outcome.value.bytesWritten;
  }
  return success(null);
}

function restOf(chunks: readonly Uint8Array[], written: number): Uint8Array[] {
  const rest: Uint8Array[] = [];
  let before = 0;
  for (const chunk of chunks) {
    const skipped = Math.min(Math.max(written - before, 0), chunk.length);
    if (skipped < chunk.length) rest.push(chunk.subarray(skipped));
    before += chunk.length;
  }
  return rest;
}

/**
 * Puts `bytes` in the file, whatever was there before. Not atomic and not durable: for files that say
 * themselves whether they are whole, and can be made again when they are not.
 */
export function* writeDerivedFile(path: string, bytes: Uint8Array): Routine<void> {
  const created = yield* tryDisk("create", { path });
  if (!created.ok && created.fault === "EEXIST") yield* disk("truncate", { path, size: 0 });
  else need(created);
  if (bytes.length > 0) need(yield* writeAll(path, 0, [bytes]));
}

/** Null when there is no such file, or when it is too long to be one. */
export function* readSmallFile(
  path: string,
  bytesMax: number,
): Routine<Uint8Array<ArrayBuffer> | null> {
  const size = yield* tryDisk("size", { path });
  if (!size.ok && size.fault === "ENOENT") return null;
  const length = need(size);
  return length > bytesMax ? null : yield* disk("read", { path, position: 0, length });
}

export function* unlinkIfThere(path: string): Routine<void> {
  const outcome = yield* tryDisk("unlink", { path });
  if (outcome.ok || outcome.fault !== "ENOENT") need(outcome);
}
