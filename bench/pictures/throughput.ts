// The picture of throughput: how many times Kafka's records per second, row by row, with the spread of the
// pairs and the goal.
//
// Lives on: the developer's machine.

import type { Recorded, RecordedRow } from "../record.ts";
import { element, line, linear, sheet, text } from "./svg.ts";

const WIDTH = 900;
const LEFT = 400;
const RIGHT = 80;
const TOP = 64;
const STEP = 26;

function goalOf({ goals }: RecordedRow): number | undefined {
  const own = goals.find(({ goal }) => /^>= [\d.]+ x$/.test(goal));
  return own === undefined ? undefined : Number(own.goal.split(" ")[1]);
}

/** Rows in which more is better and that have both sides. */
export function throughputPicture({ rows, labels, machine, at }: Recorded): string {
  const shown = Object.values(rows).flatMap((row) => {
    const ratio = row.figures[""]?.ratio;
    return row.better === "more" && ratio !== undefined ? [{ row, ratio }] : [];
  });
  const most = Math.max(2, ...shown.map(({ ratio }) => ratio.max));
  const x = linear([0, most], [LEFT, WIDTH - RIGHT]);
  const bottom = TOP + shown.length * STEP;
  const content: string[] = [];
  for (let tick = 0; tick <= most; tick += most > 8 ? 2 : most > 4 ? 1 : 0.5) {
    content.push(line(x(tick), TOP, x(tick), bottom, tick === 1 ? "even" : "grid"));
    const where = { class: "small", "text-anchor": "middle" };
    content.push(text(x(tick), bottom + 16, `${tick} x`, where));
  }
  for (const [index, { row, ratio }] of shown.entries()) {
    const y = TOP + index * STEP;
    const middle = y + STEP / 2;
    const goal = goalOf(row);
    const bar = { x: LEFT, y: y + 5, height: STEP - 10, class: "gofka" };
    content.push(
      text(LEFT - 10, middle + 4, row.name, { "text-anchor": "end" }),
      element("rect", { ...bar, width: x(ratio.median) - LEFT }),
      line(x(ratio.min), middle, x(ratio.max), middle, "spread"),
      text(WIDTH - RIGHT + 10, middle + 4, `${ratio.median.toFixed(2)} x`),
    );
    if (goal !== undefined) content.push(line(x(goal), y + 3, x(goal), y + STEP - 3, "goal"));
  }
  return sheet({
    width: WIDTH,
    height: bottom + 32,
    title: `Throughput: ${labels[0]}, in multiples of ${labels[1]}'s`,
    subtitle: `${machine.cores} cores, ${at.slice(0, 10)}; medians of alternating pairs, black: their spread, yellow: the goal`,
    content,
  });
}
