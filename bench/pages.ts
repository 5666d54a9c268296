// What pages show of measurements: the table of a recorded run, and sections that a tool replaces.
//
// Lives on: the developer's machine.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CPU } from "./figures.ts";
import type { Verdict } from "./goals.ts";
import type { Recorded, RecordedRow } from "./record.ts";
import { figure, shown } from "./report.ts";

export const performancePage = join(import.meta.dirname, "../docs/PERFORMANCE.md");

/** Between `<!-- name -->` and `<!-- /name -->`. */
export function withSection(page: string, name: string, content: string): string {
  const [from, to] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const [start, end] = [page.indexOf(from), page.indexOf(to)];
  if (start < 0 || end < start) throw new Error(`the page has no section ${name}`);
  return `${page.slice(0, start + from.length)}\n\n${content}\n\n${page.slice(end)}`;
}

export function writeSection(file: string, name: string, content: string): void {
  writeFileSync(file, withSection(readFileSync(file, "utf8"), name, content));
}

function goalText({ goal, value, met, limitedBy }: Verdict): string {
  const why = limitedBy === undefined ? "" : ` (the ${limitedBy} is the limit)`;
  return `${goal}${why}: ${met ? "" : "**not met**, "}${figure(value)}`;
}

function cells({ name, unit, figures, limit, goals }: RecordedRow): readonly string[] {
  const own = figures[""]!;
  const cpu = figures[CPU]?.ratio;
  return [
    name,
    own.ratio === undefined ? "" : shown(own.ratio),
    `${figure(own.left.median)}${own.right === undefined ? "" : ` to ${figure(own.right.median)}`} ${unit}`,
    cpu === undefined ? "" : shown(cpu),
    figures[CPU] === undefined ? "" : limit.by,
    goals.map(goalText).join("; "),
  ];
}

/** As Markdown. */
export function recordedTable({ rows, labels, machine, at, seconds }: Recorded): string {
  const head = ["row", "ratio", labels.join(" to "), `broker ${CPU}, ratio`, "limit", "goals"];
  const lines = [head, head.map(() => "---"), ...Object.values(rows).map(cells)];
  const pairs = Object.values(rows).map((row) => row.pairs.length);
  const many = `${Math.min(...pairs)} to ${Math.max(...pairs)} pairs of ${seconds} s`;
  const where = `${machine.cores} cores (${machine.processor}, ${machine.memoryGiB} GiB), Linux ${machine.kernel}, Node ${machine.node}`;
  const table = lines.map((line) => `| ${line.join(" | ")} |`).join("\n");
  return `${at.slice(0, 10)}, ${where}; ${many}.\n\n${table}`;
}
