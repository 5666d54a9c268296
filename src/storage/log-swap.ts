// Puts a compacted segment in the place of those it was made from, so that a crash between any two
// operations leaves the old ones or the new one (`LocalLog.replaceSegments` and `LogLoader` of Kafka):
//
//   1. `.log.cleaned`, which is synced, becomes `.log.swap`; the directory is synced. Now it counts:
//      an opening log finishes what follows (log-files.ts).
//   2. The old segments' files are set aside, the first one's indexes removed; the directory is synced.
//   3. `.log.swap` takes its name, over the first old segment; the directory is synced.
//   4. Indexes are written. They can be made again from the log.
//
// Reads go on meanwhile. From 1 on they find the new segment under the name that it has at that
// moment; who was at an old one finds `isReplaced` and begins anew.
//
// Lives on: anywhere (over the Disk port; part of log-compaction.ts).

import type { Fault } from "../base/outcome.ts";
import { failure, FaultRaised, need } from "../base/outcome.ts";
import type { Routine } from "../runtime/routine.ts";
import { attempt, disk, tryDisk } from "../runtime/routine.ts";
import { unlinkIfThere } from "./disk-steps.ts";
import {
  CLEANED_SUFFIX,
  LOG_SUFFIX,
  OFFSET_INDEX_SUFFIX,
  SWAP_SUFFIX,
  TIME_INDEX_SUFFIX,
  TRANSACTION_INDEX_SUFFIX,
} from "./file-names.ts";
import { writeIndexes } from "./log-indexes.ts";
import { setAside } from "./log-retention.ts";
import type { LogState } from "./log-state.ts";
import type { Segment } from "./segment.ts";

/** `cleaned`: with its indexes, its content on disk in the `.cleaned` file. In the writer's lane. */
export function* swapSegments(
  state: LogState,
  old: readonly Segment[],
  cleaned: Segment,
  nowMs: number,
): Routine<void> {
  const path = cleaned.path(LOG_SUFFIX);
  yield* disk("rename", { from: path + CLEANED_SUFFIX, to: path + SWAP_SUFFIX });
  // Whoever meets a fault from here on does not know which of the two is on disk.
  const finished = yield* attempt(finishSwap(state, old, cleaned, nowMs));
  if (!finished.ok) raiseAsBroken(finished);
}

function raiseAsBroken({ fault, detail }: Fault): never {
  throw new FaultRaised(failure("EIO", `half-way through a swap: ${fault} ${detail}`));
}

function* finishSwap(
  state: LogState,
  old: readonly Segment[],
  cleaned: Segment,
  nowMs: number,
): Routine<void> {
  const { directory } = state;
  yield* disk("syncDirectory", { path: directory });
  takePlace(state, old, cleaned);
  const [first, ...others] = old;
  for (const suffix of [OFFSET_INDEX_SUFFIX, TIME_INDEX_SUFFIX, TRANSACTION_INDEX_SUFFIX]) {
    yield* unlinkIfThere(first!.path(suffix));
  }
  for (const segment of others) yield* setAside(state, segment, nowMs);
  yield* disk("syncDirectory", { path: directory });

  const from = cleaned.path(LOG_SUFFIX);
  // Reads that are asked for from now on come after the rename: the disk keeps the order per path.
  cleaned.swapSuffix = "";
  state.layout += 1;
  const renamed = yield* tryDisk("rename", { from, to: cleaned.path(LOG_SUFFIX) });
  if (!renamed.ok) {
    cleaned.swapSuffix = SWAP_SUFFIX;
    need(renamed);
  }
  // Also before another swap: an opening log takes all it finds for one (see `finishSwaps`).
  yield* disk("syncDirectory", { path: directory });
  const { indexes } = cleaned;
  yield* attempt(writeIndexes(cleaned, indexes!));
  state.indexCache.put(cleaned.path(LOG_SUFFIX), indexes!);
  cleaned.indexes = undefined;
}

function takePlace(state: LogState, old: readonly Segment[], cleaned: Segment): void {
  const at = state.segments.indexOf(old[0]!);
  cleaned.swapSuffix = SWAP_SUFFIX;
  state.segments = [
    ...state.segments.slice(0, at),
    cleaned,
    ...state.segments.slice(at + old.length),
  ];
  for (const segment of old) {
    segment.isReplaced = true;
    state.forget(segment);
  }
  state.hints.clear();
  state.layout += 1;
}
