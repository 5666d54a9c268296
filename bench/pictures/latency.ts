// The picture of latency: percentiles of both brokers on one logarithmic axis.
//
// Lives on: the developer's machine.

import type { Recorded, RecordedRow } from "../record.ts";
import { element, line, logarithmic, sheet, text } from "./svg.ts";

const WIDTH = 900;
const LEFT = 400;
const RIGHT = 140;
const TOP = 64;
const STEP = 24;
const GAP = 14;

type Percentile = { readonly name: string; readonly left: number; readonly right: number };

/** What the percentiles are called in a row's figures; its own figure is told by its name. */
function percentilesOf(row: RecordedRow): readonly Percentile[] {
  const own = /\bp[\d.]+/.exec(row.name)?.[0] ?? "p99";
  const named = Object.entries(row.figures).flatMap(([key, { left, right }]) => {
    const name = key === "" ? own : key;
    if (right === undefined || !/^p[\d.]+$/.test(name)) return [];
    return [{ name, left: left.median, right: right.median }];
  });
  return named.toSorted((a, b) => Number(a.name.slice(1)) - Number(b.name.slice(1)));
}

/** Without the percentile at its head: the picture shows them all. */
const titleOf = (row: RecordedRow): string =>
  row.name.replace(/ ?\bp[\d.]+\b/, "").replace(/^ ?at /, "");

export function latencyPicture({ rows, labels, machine, at }: Recorded): string {
  const shown = Object.values(rows)
    .filter((row) => row.unit === "ms" && percentilesOf(row).length > 1)
    .map((row) => ({ row, percentiles: percentilesOf(row) }));
  const all = shown.flatMap(({ percentiles }) => percentiles.flatMap((p) => [p.left, p.right]));
  const domain = [Math.min(0.1, ...all), Math.max(10, ...all)] as const;
  const x = logarithmic(domain, [LEFT, WIDTH - RIGHT]);
  const content: string[] = [];
  let y = TOP;
  for (const { row, percentiles } of shown) {
    content.push(text(16, y + STEP / 2 + 4, titleOf(row)));
    for (const { name, left, right } of percentiles) {
      const middle = y + STEP / 2;
      const both = `${left.toFixed(2)} to ${right.toFixed(2)} ms`;
      content.push(
        text(LEFT - 12, middle + 4, name, { "text-anchor": "end", class: "small" }),
        line(x(left), middle, x(right), middle, "grid"),
        element("circle", { cx: x(right), cy: middle, r: 5, class: "kafka" }),
        element("circle", { cx: x(left), cy: middle, r: 5, class: "gofka" }),
        text(WIDTH - RIGHT + 12, middle + 4, both, { class: "small" }),
      );
      y += STEP;
    }
    y += GAP;
  }
  for (let tick = 10 ** Math.ceil(Math.log10(domain[0])); tick <= domain[1]; tick *= 10) {
    content.unshift(line(x(tick), TOP, x(tick), y, "grid"));
    const where = { class: "small", "text-anchor": "middle" };
    content.push(text(x(tick), y + 16, `${Number(tick.toPrecision(1))} ms`, where));
  }
  return sheet({
    width: WIDTH,
    height: y + 32,
    title: `Latency: ${labels[0]} (blue) and ${labels[1]} (grey)`,
    subtitle: `${machine.cores} cores, ${at.slice(0, 10)}; medians of alternating pairs, logarithmic`,
    content,
  });
}
