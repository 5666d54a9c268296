// Turns pairs of measurements into the table that the benchmark prints: ratios with their spread,
// CPU seconds per GiB, and which side was the limit.
//
// Lives on: the developer's machine.

import type { Common, Measurement } from "./rows.ts";

export type Pair = { readonly left: Measurement; readonly right: Measurement };

type Spread = { readonly min: number; readonly median: number; readonly max: number };

export function spread(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const median =
    sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
  return { min: sorted[0]!, median, max: sorted.at(-1)! };
}

function figure(value: number): string {
  if (value >= 100) return value.toFixed(0);
  return value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

function shown({ min, median, max }: Spread): string {
  return `${figure(median)} (${figure(min)} .. ${figure(max)})`;
}

const gibibyte = 2 ** 30;

/** Broker CPU seconds per GiB of record values, warm-up and all. */
function cpuPerGiB(measurement: Measurement): number | undefined {
  const { load, brokerCpuSeconds } = measurement;
  if (load === undefined || brokerCpuSeconds === undefined) return undefined;
  return brokerCpuSeconds / (load.totalBytes / gibibyte);
}

/** Cores that the broker kept busy; its CPU time counts from before the warm-up, so that does too. */
function brokerShare({ load, brokerCpuSeconds }: Measurement): number {
  if (load === undefined || brokerCpuSeconds === undefined) return 0;
  const measuredBytes = load.mibPerSecond * load.seconds * 2 ** 20;
  return brokerCpuSeconds / ((load.seconds * load.totalBytes) / measuredBytes);
}

/** What kept the run from going faster, told from the CPU shares of client and broker. */
function limit(measurements: readonly Measurement[], cores: number): string {
  const client = spread(measurements.map(({ load }) => load?.clientCpuShare ?? 0)).median;
  const broker = spread(measurements.map(brokerShare)).median;
  const others = spread(measurements.map(({ othersCores }) => othersCores ?? 0)).median;
  const used = [client, broker, others].map((share) => share.toFixed(2));
  const shares = `client ${used[0]}, broker ${used[1]}, others ${used[2]} cores`;
  if (others > 0.25 * cores) return `the machine was busy with other things (${shares})`;
  if (client + broker > 0.9 * cores) return `all cores (${shares})`;
  if (client > 0.85) return `client (${shares})`;
  if (broker > 0.85) return `broker (${shares})`;
  return `neither: disk or waiting (${shares})`;
}

function notesOf(measurements: readonly Measurement[]): string {
  const names = Object.keys(measurements[0]?.notes ?? {});
  return names
    .map((name) => `${name} ${figure(spread(measurements.map((m) => m.notes![name]!)).median)}`)
    .join(", ");
}

function sideLines(
  label: string,
  row: Common,
  runs: readonly Measurement[],
  cores: number,
): string[] {
  const notes = notesOf(runs);
  const lines = [
    `    ${label.padEnd(8)} ${shown(spread(runs.map(({ value }) => value)))} ${row.unit}`,
  ];
  if (notes !== "") lines[0] += `; ${notes}`;
  const cpu = runs.map(cpuPerGiB).filter((value) => value !== undefined);
  if (cpu.length > 0) {
    const rate = spread(runs.map(({ load }) => load?.recordsPerSecond ?? 0)).median;
    lines.push(
      `             ${Math.round(rate).toLocaleString("en")} records/s; broker CPU ${shown(spread(cpu))} s/GiB`,
      `             limit: ${limit(runs, cores)}`,
    );
  }
  return lines;
}

export function rowReport(
  row: Common,
  pairs: readonly Pair[],
  labels: readonly [string, string],
  cores: number,
): string {
  const left = pairs.map((pair) => pair.left);
  const right = pairs.map((pair) => pair.right);
  const ratios = spread(pairs.map((pair) => pair.left.value / pair.right.value));
  const cpuRatios = pairs.map((pair) => (cpuPerGiB(pair.left) ?? 0) / (cpuPerGiB(pair.right) ?? 0));
  const lines = [
    `${row.name}: ${shown(ratios)} x, ${row.better} is better, ${pairs.length} pairs`,
    ...sideLines(labels[0], row, left, cores),
    ...sideLines(labels[1], row, right, cores),
  ];
  if (cpuRatios.every(Number.isFinite)) {
    lines.push(`    broker CPU per GiB: ${shown(spread(cpuRatios))} x`);
  }
  return lines.join("\n");
}
