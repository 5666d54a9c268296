// The per-stage table: what each stage costs a batch and a byte.
//
// Lives on: the developer's machine.

import type { Batches } from "./batches.ts";
import type { ByPlace } from "./profiles.ts";
import { stages } from "./rules.ts";

export type StageCosts = {
  /** Microseconds of CPU time, and the batches they were spent on. */
  readonly cpu: { readonly sums: ByPlace; readonly of: Batches };
  /** Bytes copied in JavaScript. */
  readonly copies: { readonly sums: ByPlace; readonly of: Batches };
  /** Bytes allocated in JavaScript's heap. */
  readonly allocations: { readonly sums: ByPlace; readonly of: Batches };
  /** Without strace there is nothing to count. */
  readonly systemCalls: { readonly sums: ByPlace; readonly of: Batches } | undefined;
};

/** Nanoseconds per KiB of every stage, and of all together. */
export type StageTimes = Readonly<Record<string, number>>;

export function stageTimes({ cpu }: StageCosts): StageTimes {
  const times = stages.map((stage) => [stage, nsPerKiB(cpu, cpu.sums.get(stage) ?? 0)] as const);
  const all = times.reduce((sum, [, time]) => sum + time, 0);
  return Object.fromEntries([...times, ["all", all]]);
}

function nsPerKiB({ of }: StageCosts["cpu"], microseconds: number): number {
  return (microseconds * 1_000) / (of.bytes / 1_024);
}

const head = [
  "stage",
  "share",
  "us per batch",
  "ns per KiB",
  "copies per byte",
  "heap bytes per batch",
  "system calls per batch",
];
const NS_PER_KIB = head.indexOf("ns per KiB");

const some = (value: number, digits: number): string => (value === 0 ? "" : value.toFixed(digits));

/** As Markdown; with what the same load cost `before`, where that is known. */
export function stageTable(costs: StageCosts, before?: StageTimes): string {
  const { cpu, copies, allocations, systemCalls } = costs;
  const whole = stages.reduce((sum, stage) => sum + (cpu.sums.get(stage) ?? 0), 0);
  const row = (name: string, of: (sums: ByPlace) => number): string[] => {
    const time = of(cpu.sums);
    return [
      name,
      `${((100 * time) / whole).toFixed(1)} %`,
      (time / cpu.of.count).toFixed(2),
      nsPerKiB(cpu, time).toFixed(0),
      ...(before === undefined ? [] : [(before[name] ?? 0).toFixed(0)]),
      some(of(copies.sums) / copies.of.bytes, 3),
      some(of(allocations.sums) / allocations.of.count, 0),
      systemCalls === undefined ? "" : some(of(systemCalls.sums) / systemCalls.of.count, 2),
    ];
  };
  const rows = stages
    .map((stage) => row(stage, (sums) => sums.get(stage) ?? 0))
    .filter(([, ...cells]) => cells.some((cell) => /[1-9]/.test(cell)));
  const sum = (sums: ByPlace): number =>
    stages.reduce((total, stage) => total + (sums.get(stage) ?? 0), 0);
  rows.push(row("all", sum));
  const names = head.toSpliced(NS_PER_KIB + 1, 0, ...(before === undefined ? [] : ["before"]));
  const rule = names.map((_name, index) => (index === 0 ? "---" : "---:"));
  return [names, rule, ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}
