// Turns pairs of measurements into what the benchmark prints: ratios with their spread, both sides'
// figures, CPU seconds per GiB, what was the limit, and which goals are met.
//
// Lives on: the developer's machine.

import type { Limit, Pair, Spread } from "./figures.ts";
import { CPU, cpuPerGiB, limitOf, ratios, spread } from "./figures.ts";
import type { Verdict } from "./goals.ts";
import { judge } from "./goals.ts";
import type { Common, Measurement } from "./row.ts";

export type { Pair } from "./figures.ts";
export { spread } from "./figures.ts";

export function figure(value: number): string {
  if (value >= 10_000) return Math.round(value).toLocaleString("en");
  if (Math.abs(value) >= 100) return value.toFixed(0);
  return Math.abs(value) >= 10 ? value.toFixed(1) : value.toFixed(2);
}

export function shown({ min, median, max }: Spread): string {
  return `${figure(median)} (${figure(min)} .. ${figure(max)})`;
}

const limits: Readonly<Record<Limit["by"], string>> = {
  others: "the machine was busy with other things",
  cores: "all cores",
  client: "client",
  broker: "broker",
  disk: "disk",
  waiting: "none of them: waiting",
};

function limitText(runs: readonly Measurement[], cores: number): string {
  const { by, client, broker, kernel, others, diskWait } = limitOf(runs, cores);
  const used = [client, broker, kernel, others].map((share) => share.toFixed(2));
  const shares = `cores: client ${used[0]}, broker ${used[1]}, kernel's own ${used[2]}, others ${used[3]}`;
  return `${limits[by]} (${shares}; waiting for the disk ${(100 * diskWait).toFixed(0)} %)`;
}

function notesOf(runs: readonly Measurement[]): string {
  const names = Object.keys(runs[0]?.notes ?? {});
  return names
    .map((name) => `${name} ${figure(spread(runs.map((run) => run.notes![name]!)).median)}`)
    .join(", ");
}

function sideLines(
  label: string,
  { unit }: Common,
  runs: readonly Measurement[],
  cores: number,
): string[] {
  const notes = notesOf(runs);
  const lines = [`    ${label.padEnd(8)} ${shown(spread(runs.map(({ value }) => value)))} ${unit}`];
  if (notes !== "") lines[0] += `; ${notes}`;
  const cpu = runs.map(cpuPerGiB).filter((value) => value !== undefined);
  if (cpu.length > 0) {
    const rate = spread(runs.map(({ load }) => load?.mibPerSecond ?? 0)).median;
    lines.push(
      `             ${figure(rate)} MiB/s; broker CPU ${shown(spread(cpu))} s/GiB`,
      `             limit: ${limitText(runs, cores)}`,
    );
  }
  return lines;
}

export function verdictsOf(row: Common, pairs: readonly Pair[], cores: number): readonly Verdict[] {
  const limit = limitOf(
    pairs.map(({ left }) => left),
    cores,
  );
  return (row.goals ?? []).map((goal) => judge(goal, pairs, limit));
}

export function verdictText({ goal, value, met, limitedBy }: Verdict): string {
  const why = limitedBy === undefined ? "" : `, as the ${limitedBy} is the limit`;
  return `goal ${goal}${why}: ${met ? "met" : "NOT MET"}, ${figure(value)}`;
}

export function rowReport(
  row: Common,
  pairs: readonly Pair[],
  labels: readonly [string, string],
  cores: number,
): string {
  const left = pairs.map((pair) => pair.left);
  const right = pairs.map((pair) => pair.right).filter((run) => run !== undefined);
  const of = ratios(pairs, undefined);
  const compared = of.length === 0 ? "" : `${shown(spread(of))} x, `;
  const runs = of.length === 0 ? "runs" : "pairs";
  const lines = [`${row.name}: ${compared}${row.better} is better, ${pairs.length} ${runs}`];
  if (row.method !== undefined) lines.push(`    ${row.method}`);
  lines.push(...sideLines(labels[0], row, left, cores));
  if (right.length > 0) lines.push(...sideLines(labels[1], row, right, cores));
  const cpu = ratios(pairs, CPU);
  if (cpu.length > 0) lines.push(`    broker ${CPU}: ${shown(spread(cpu))} x`);
  for (const verdict of verdictsOf(row, pairs, cores)) lines.push(`    ${verdictText(verdict)}`);
  return lines.join("\n");
}
