// A run beside the recorded one: which ratios to Kafka have fallen since, by more than the noise of a
// short run explains.
//
// Lives on: the developer's machine.

import type { RecordedRow } from "./record.ts";

export type Fall = {
  readonly row: string;
  /** "" is the row's own figure. */
  readonly figure: string;
  readonly recorded: number;
  readonly now: number;
};

/** A fifth of what it was is lost. */
const LEFT_MIN = 0.8;

type Rows = Readonly<Record<string, RecordedRow>>;

/** Of the row's own figure more may be better; of every other figure that is told, less is. */
function leftOf(row: RecordedRow, figure: string, recorded: number, now: number): number {
  const more = figure === "" && row.better === "more";
  return more ? now / recorded : recorded / now;
}

/** Compared are the figures that have goals, since only those are promised. */
export function fallen(nowRows: Rows, recordedRows: Rows): readonly Fall[] {
  const falls: Fall[] = [];
  for (const [row, { figures }] of Object.entries(nowRows)) {
    const before = recordedRows[row];
    if (before === undefined) continue;
    for (const figure of Object.keys(figures)) {
      const now = figures[figure]!.ratio?.median;
      const recorded = before.figures[figure]?.ratio?.median;
      const promised = figure === "" || before.goals.some(({ goal }) => goal.startsWith(figure));
      if (now === undefined || recorded === undefined || !promised) continue;
      const left = leftOf(before, figure, recorded, now);
      if (left < LEFT_MIN) falls.push({ row, figure, recorded, now });
    }
  }
  return falls;
}

export function fallText({ row, figure, recorded, now }: Fall): string {
  const what = figure === "" ? row : `${row}, ${figure}`;
  return `WARNING: ${what}: ${now.toFixed(2)} x Kafka's, and it was ${recorded.toFixed(2)}`;
}
