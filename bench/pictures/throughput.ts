// The picture of throughput: how many times Kafka's records per second, row by row, with the spread of the
// pairs and the goal. The axis doubles from tick to tick, so that twice and half are as far from one.
//
// Lives on: the developer's machine.

import type { Recorded, RecordedRow } from "../record.ts";
import { element, line, logarithmic, sheet, text } from "./svg.ts";

const WIDTH = 960;
const LEFT = 480;
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
  const ends = shown.flatMap(({ ratio }) => [ratio.min, ratio.max]);
  const least = 2 ** Math.floor(Math.log2(Math.min(0.5, ...ends)));
  const most = 2 ** Math.ceil(Math.log2(Math.max(2, ...ends)));
  const x = logarithmic([least, most], [LEFT, WIDTH - RIGHT]);
  const bottom = TOP + shown.length * STEP;
  const content: string[] = [];
  for (let tick = least; tick <= most; tick *= 2) {
    content.push(line(x(tick), TOP, x(tick), bottom, tick === 1 ? "even" : "grid"));
    const where = { class: "small", "text-anchor": "middle" };
    content.push(text(x(tick), bottom + 16, `${tick} x`, where));
  }
  for (const [index, { row, ratio }] of shown.entries()) {
    const y = TOP + index * STEP;
    const middle = y + STEP / 2;
    const goal = goalOf(row);
    const from = Math.min(x(1), x(ratio.median));
    const width = Math.abs(x(ratio.median) - x(1));
    content.push(
      text(LEFT - 10, middle + 4, row.name, { "text-anchor": "end" }),
      element("rect", { x: from, y: y + 5, width, height: STEP - 10, class: "gofka" }),
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
