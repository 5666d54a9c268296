// The machine that the benchmark runs on: what it is, for the record, and who has used it, so that a
// row can say what was its limit. Linux, from /proc.
//
// Lives on: the developer's machine.

import { readdirSync, readFileSync } from "node:fs";
import { cpus, release, totalmem } from "node:os";
import { machineCpuSeconds } from "./broker.ts";

export type MachineUsage = {
  readonly atSeconds: number;
  /** Of all processes and of the kernel. */
  readonly cpuSeconds: number;
  /** Of the kernel's own threads: write-back and the journal of the file system, mostly. */
  readonly kernelThreadsCpuSeconds: number;
  /** Time in which at least one process waited for a disk; 0 where the kernel does not tell. */
  readonly diskWaitSeconds: number;
};

const ticksPerSecond = 100;
/** All kernel threads are its children. */
const KTHREADD = "2";

function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

function kernelThreadsCpuSeconds(): number {
  let ticks = 0;
  for (const pid of readdirSync("/proc")) {
    if (!/^\d+$/.test(pid)) continue;
    const stat = textOf(`/proc/${pid}/stat`);
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    if (fields[1] === KTHREADD) ticks += Number(fields[11]) + Number(fields[12]);
  }
  return ticks / ticksPerSecond;
}

export function machineUsage(): MachineUsage {
  const pressure = /^some .*total=(\d+)/m.exec(textOf("/proc/pressure/io"))?.[1] ?? "0";
  return {
    atSeconds: performance.now() / 1_000,
    cpuSeconds: machineCpuSeconds(),
    kernelThreadsCpuSeconds: kernelThreadsCpuSeconds(),
    diskWaitSeconds: Number(pressure) / 1e6,
  };
}

export type Machine = {
  readonly cores: number;
  readonly processor: string;
  readonly memoryGiB: number;
  readonly kernel: string;
  readonly node: string;
};

export function machine(): Machine {
  const cores = cpus();
  return {
    cores: cores.length,
    processor: cores[0]?.model ?? "unknown",
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    node: process.version,
  };
}
