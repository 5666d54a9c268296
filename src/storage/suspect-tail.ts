// What a failed sync leaves behind. The kernel has told of the error once and taken the pages for
// clean: they still read as if nothing had happened, the next sync has nothing to do and succeeds, and
// a power cut takes them all the same (fsyncgate; Rebello et al., ATC'20). Within the process nobody
// asks a second time. The next process would be told the same lie, so a mark is left for it, and
// whoever finds the mark writes the end of the log once more before it syncs it: then the pages are
// dirty, and an answer is an answer.
//
// A process that is killed at the moment of a failing sync leaves no mark, nor does one that cannot
// create a file on that device any more. So where an acknowledgement means "on disk", a log is written again
// from its recovery point on after every start that was not clean (`mayLackMark`); that is read anyway.
//
// The mark itself needs no sync. A power cut that takes it takes with it what it warns of.
//
// Lives on: anywhere (over the Disk port; part of log-open.ts).

import { need } from "../base/outcome.ts";
import type { Routine } from "../runtime/routine.ts";
import { attempt, disk, recycle } from "../runtime/routine.ts";
import { unlinkIfThere, writeAll, writeDerivedFile } from "./disk-steps.ts";
import { LOG_SUFFIX } from "./file-names.ts";
import type { ScanStart } from "./log-recovery.ts";
import type { LogState } from "./log-state.ts";

export const SUSPECT_TAIL_FILE = "gofka-suspect-tail";

/**
 * So little that it is written on the spot (real-disk/writes.ts) and its buffer is there again for the next
 * one. Larger ones wait for the thread pool, and a thousand logs that are opened at once hold one each.
 */
const CHUNK_BYTES = 128 * 1024;

/** Leaves the mark, if the device allows as much. */
export function* markSuspectTail(directory: string): Routine<void> {
  yield* attempt(writeDerivedFile(`${directory}/${SUSPECT_TAIL_FILE}`, new Uint8Array(0)));
}

/** Everything from where recovery began: written again, synced, and no longer suspect. */
export function* writeTailAgain(state: LogState, start: ScanStart): Routine<void> {
  for (const [index, segment] of state.segments.slice(start.index).entries()) {
    const path = segment.path(LOG_SUFFIX);
    let position = index === 0 ? start.position : 0;
    while (position < segment.sizeBytes) {
      const length = Math.min(CHUNK_BYTES, segment.sizeBytes - position);
      const bytes = yield* disk("read", { path, position, length });
      need(yield* writeAll(path, position, [bytes]));
      yield* recycle(bytes);
      position += length;
    }
    yield* disk("datasync", { path });
    segment.syncedBytes = segment.sizeBytes;
  }
  yield* unlinkIfThere(state.path(SUSPECT_TAIL_FILE));
}
