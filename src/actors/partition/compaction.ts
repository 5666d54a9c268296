// Compacting the partition's log (storage/log-compaction.ts), one pass when the broker asks for it. It
// reads, thinks and writes beside appends and fetches; only putting a new segment in the place of old
// ones is done in the write lane.
//
// Nothing of a pass outlives the log being open: closing and removing wait for its end, and it ends
// soon when the partition is not to be compacted any more.
//
// Lives on: host thread (part of the partition actor).

import type { Fault, Outcome } from "../../base/outcome.ts";
import { failure, FaultRaised, need } from "../../base/outcome.ts";
import type { Routine } from "../../runtime/routine.ts";
import { attempt, fire, newSignal, waitFor } from "../../runtime/routine.ts";
import type { Compaction, CompactionLimits, CompactionReport } from "../../storage/log.ts";
import { inflatedBytesMaxFor } from "./check-batch.ts";
import { failPartition } from "./commit.ts";
import { applyOwedRetention, isPassing, segmentsGone } from "./maintenance.ts";
import type { ArgsOf, PartitionState, ReplyOf } from "./state.ts";

const NOTHING_DUE = { isDue: false, dirtyRatio: 0 };

function mayGoOn(p: PartitionState): boolean {
  const { cleanupPolicy } = p.config;
  return p.phase === "open" && p.fault === undefined && cleanupPolicy.includes("compact");
}

function mayBegin(p: PartitionState): boolean {
  return mayGoOn(p) && !p.isCompacting && !p.uncleanable;
}

/** What compaction may look at: nobody is to miss a record of what was never on disk. */
function* cleanableNow(p: PartitionState) {
  const end = Math.min(p.visible.offset, p.unsynced.durableEnd);
  return yield* p.log.cleanable(p.config, end, p.world.wallMs());
}

export function tellCleanable(p: PartitionState, replyTo: ReplyOf<"cleanable">): void {
  if (!mayBegin(p)) return p.out.reply(replyTo, NOTHING_DUE);
  p.out.run(
    (function* () {
      const found = yield* attempt(cleanableNow(p));
      p.out.reply(replyTo, found.ok ? found.value : NOTHING_DUE);
    })(),
  );
}

export function compact(
  p: PartitionState,
  limits: ArgsOf<"compact">,
  replyTo: ReplyOf<"compact">,
): void {
  if (!mayBegin(p)) return p.out.reply(replyTo, failure("refused", "not to be compacted now"));
  p.isCompacting = true;
  p.out.run(
    (function* () {
      const ended = yield* attempt(onePass(p, limits));
      p.isCompacting = false;
      fire(p.compactionEnd);
      tell(p, ended);
      applyOwedRetention(p);
      p.out.reply(replyTo, ended);
    })(),
  );
}

/** For whoever is about to put an end to the log, in its write lane. */
export function* compactionEnded(p: PartitionState): Routine<void> {
  // The signal may be of an earlier end.
  while (p.isCompacting) yield* waitFor(p.compactionEnd, Infinity);
}

function* onePass(p: PartitionState, limits: CompactionLimits): Routine<CompactionReport> {
  const cleanable = yield* cleanableNow(p);
  if (!cleanable.isDue) need(failure("refused", "there is nothing to compact"));
  const random = (): number => p.world.uint32();
  const compaction = p.log.compaction({
    ...limits,
    ...cleanable,
    inflatedBytesMax: inflatedBytesMaxFor(p.config),
    deleteRetentionMs: p.config.deleteRetentionMs,
    nowMs: p.world.wallMs(),
    hashKeys: [
      [random(), random()],
      [random(), random()],
    ],
    mayGoOn: () => mayGoOn(p),
  });
  const done = yield* attempt(throughAllSegments(p, compaction));
  if (done.ok) return done.value;
  yield* compaction.discard();
  throw new FaultRaised(compaction.isOutdated ? { ...done, fault: "refused" } : done);
}

function* throughAllSegments(p: PartitionState, compaction: Compaction): Routine<CompactionReport> {
  yield* compaction.mapKeys();
  while (compaction.hasMore) {
    if (!(yield* compaction.prepareNext())) continue;
    yield* inLane(p, () => swap(p, compaction));
  }
  // oxlint-disable-next-line require-yield
  return yield* inLane(p, function* () {
    return compaction.finish();
  });
}

function* swap(p: PartitionState, compaction: Compaction): Routine<void> {
  const swapped = yield* attempt(compaction.swap(p.world.wallMs()));
  segmentsGone(p);
  if (swapped.ok) return;
  // Which of the two is on disk is not known then.
  if (swapped.fault !== "refused" && !isPassing(swapped)) failPartition(p, swapped, "compaction");
  need(swapped);
}

/** The outcome of work that waits for its turn in the write lane. */
function* inLane<T>(p: PartitionState, work: () => Routine<T>): Routine<T> {
  const done = newSignal();
  let outcome: Outcome<T> = failure("stopped", "the log is not to be compacted any more");
  // Whoever closes the log is in the lane already, and waits for us.
  if (mayGoOn(p)) {
    p.lane.enter(function* () {
      if (mayGoOn(p)) outcome = yield* attempt(work());
      fire(done);
    });
    yield* waitFor(done, Infinity);
  }
  return need(outcome);
}

function tell(p: PartitionState, ended: Outcome<CompactionReport>): void {
  const { directory } = p;
  if (ended.ok) {
    const { cleanedTo, keysMapped, bytesRead, bytesWritten } = ended.value;
    const fields = { directory, cleanedTo, keysMapped, bytesRead, bytesWritten };
    return p.out.log("info", "log compacted", fields);
  }
  if (!mayGoOn(p)) return;
  const { fault, detail } = ended;
  if (isForNow(ended)) return p.out.log("warn", "not compacted this time", { directory, detail });
  p.uncleanable = true;
  p.out.log("error", "log cannot be compacted", { directory, fault, detail });
}

/** Whether the same may succeed later: the disk is full, the job pool busy, the log has changed. */
function isForNow(fault: Fault): boolean {
  return isPassing(fault) || ["refused", "stopped", "mailboxFull"].includes(fault.fault);
}
