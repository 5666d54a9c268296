// The high watermark and the log start only move forward, as one reader sees them. A deletion under
// way when a host dies may be undone by that, unless it has been answered; the log's end is not.
//
// Lives on: the simulator's thread.

import type { PartitionHistory } from "../history.ts";
import type { Verdict } from "../verdict.ts";

type Marks = {
  readonly highWatermark: number;
  readonly logStartOffset: number;
  readonly lossGeneration: number;
};

/** One per reader: answers to different readers may overtake each other. */
export class WatermarkChecker {
  private readonly verdict: Verdict;
  private readonly reader: string;
  private readonly marks = new Map<string, Marks>();

  constructor(verdict: Verdict, reader: string) {
    this.verdict = verdict;
    this.reader = reader;
  }

  /** `deaths`: how often a host had died before the answer came. */
  heard(
    partition: PartitionHistory,
    { highWatermark, logStartOffset }: { highWatermark: number; logStartOffset: number },
    deaths: number,
  ): void {
    const { name, lossGeneration, deletedUpTo } = partition;
    const before = this.marks.get(name);
    this.marks.set(name, { highWatermark, logStartOffset, lossGeneration });
    const where = (from: number, to: number) => (): string =>
      `${name}, read by ${this.reader}: from ${from} to ${to}`;
    this.verdict.hold(
      logStartOffset <= highWatermark,
      "the log start is not above the high watermark",
      where(logStartOffset, highWatermark),
    );
    if (before === undefined || before.lossGeneration !== lossGeneration) return;
    this.verdict.hold(
      before.highWatermark <= highWatermark,
      "the high watermark only moves forward",
      where(before.highWatermark, highWatermark),
    );
    // A deletion may be seen before it has been noted and answered; a death then undoes it.
    const unanswered = deaths > 0 && before.logStartOffset > deletedUpTo;
    this.verdict.hold(
      before.logStartOffset <= logStartOffset || unanswered,
      "the log start only moves forward",
      where(before.logStartOffset, logStartOffset),
    );
  }

  forget(): void {
    this.marks.clear();
  }
}
