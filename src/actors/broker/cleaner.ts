// When which log is compacted (`LogCleaner` and `LogCleanerManager` of Kafka): the dirtiest of those
// that are due, one at a time on this host, again until none is; then a pause. The bounds in memory and
// speed are the node's, and each of its hosts has its share.
//
// Lives on: host thread, one per host (part of the broker actor).

import type { Routine } from "../../runtime/routine.ts";
import { ask, askEffect, askInGroups } from "../../runtime/routine.ts";
import type { CompactionLimits } from "../../storage/log.ts";
import type { PartitionProtocol } from "../partition/messages.ts";
import { PARTITIONS_AT_ONCE } from "./partitions.ts";
import type { BrokerState, OwnPartition } from "./state.ts";

/** Each partition looks at a header or two at most. */
const CLEANABLE_TIMEOUT_MS = 30_000;
/** A smaller chunk would be all overhead. */
const CHUNK_BYTES_MIN = 4_096;

type Cleanable = PartitionProtocol["cleanable"]["reply"];

export class Cleaner {
  private readonly b: BrokerState;
  private readonly compacted: () => void;
  private isBusy = false;

  /** `compacted` is called when logs have been, before each pause. */
  constructor(b: BrokerState, compacted: () => void) {
    this.b = b;
    this.compacted = compacted;
  }

  /** Also when the settings have changed: a long pause may have become a short one. */
  pause(): void {
    const { out, config, draining } = this.b;
    if (this.isBusy || draining || !config.cleaner.enabled) return;
    out.startTimer("cleaner", config.cleaner.backoffMs, "cleaningDue", {});
  }

  cleaningDue(): void {
    if (this.isBusy || this.b.draining) return;
    this.isBusy = true;
    this.b.out.run(this.cleanAll());
  }

  private *cleanAll(): Routine<void> {
    const { b } = this;
    /** Whatever the reason, it is not asked again before the pause. */
    const failed = new Set<string>();
    let isAnyDone = false;
    while (!b.draining && b.config.cleaner.enabled) {
      const dirtiest = yield* this.findDirtiest(failed);
      if (dirtiest === undefined) break;
      const asked = yield* ask(dirtiest.ref, "compact", this.limits(), Infinity);
      if (asked.ok && asked.value.ok) isAnyDone = true;
      else failed.add(dirtiest.key);
    }
    this.isBusy = false;
    if (isAnyDone) this.compacted();
    this.pause();
  }

  private *findDirtiest(failed: ReadonlySet<string>): Routine<OwnPartition | undefined> {
    const candidates = [...this.b.partitions.values()].filter(
      ({ key, config, leaving }) =>
        config.cleanupPolicy.includes("compact") && !leaving && !failed.has(key),
    );
    const questions = candidates.map(({ ref }) =>
      askEffect(ref, "cleanable", {}, CLEANABLE_TIMEOUT_MS),
    );
    const answers = yield* askInGroups<Cleanable>(questions, PARTITIONS_AT_ONCE);
    let dirtiest: OwnPartition | undefined;
    let ratio = -1;
    answers.forEach((answer, at) => {
      if (!answer.ok || !answer.value.isDue || answer.value.dirtyRatio <= ratio) return;
      dirtiest = candidates[at];
      ratio = answer.value.dirtyRatio;
    });
    return dirtiest;
  }

  private limits(): CompactionLimits {
    const { config, out } = this.b;
    const { mapBytes, mapLoadFactor, bufferBytes, bytesPerSecondMax } = config.cleaner;
    const { hostCount } = out;
    return {
      chunkBytes: Math.max(CHUNK_BYTES_MIN, Math.floor(bufferBytes / 2 / hostCount)),
      mapBytes: Math.floor(mapBytes / hostCount),
      mapLoadFactor,
      bytesPerSecondMax: bytesPerSecondMax / hostCount,
    };
  }
}
