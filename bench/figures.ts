// What is worked out of measurements: medians with their spread, CPU time per GiB, and what kept a run
// from going faster.
//
// Lives on: the developer's machine.

import type { Measurement } from "./row.ts";

/** Without a right side the row has nothing to be compared with. */
export type Pair = { readonly left: Measurement; readonly right?: Measurement };

export type Spread = { readonly min: number; readonly median: number; readonly max: number };

export function spread(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const median =
    sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
  return { min: sorted[0]!, median, max: sorted.at(-1)! };
}

const gibibyte = 2 ** 30;
/** Of less than this, CPU time per GiB says nothing about bytes. */
const BYTES_MIN = 4 * 2 ** 20;

/** The name of a figure that every row with a load has: broker CPU seconds per GiB. */
export const CPU = "CPU per GiB";

/** Broker CPU seconds per GiB of record values, warm-up and all. */
export function cpuPerGiB(measurement: Measurement): number | undefined {
  const { load, brokerCpuSeconds } = measurement;
  if (load === undefined || brokerCpuSeconds === undefined) return undefined;
  if (load.totalBytes < BYTES_MIN) return undefined;
  return brokerCpuSeconds / (load.totalBytes / gibibyte);
}

/** A figure by name; the row's own when there is none. */
export function figureOf(measurement: Measurement, name: string | undefined): number | undefined {
  if (name === undefined) return measurement.value;
  return name === CPU ? cpuPerGiB(measurement) : measurement.notes?.[name];
}

/** Of each pair that has both figures: the left one to the right one. */
export function ratios(pairs: readonly Pair[], name: string | undefined): readonly number[] {
  return pairs
    .map(({ left, right }) => {
      const above = figureOf(left, name);
      const below = right === undefined ? undefined : figureOf(right, name);
      return above === undefined || below === undefined ? Number.NaN : above / below;
    })
    .filter(Number.isFinite);
}

/** Cores that the broker kept busy; its CPU time counts from before the warm-up, so that does too. */
function brokerShare({ load, brokerCpuSeconds }: Measurement): number {
  if (load === undefined || brokerCpuSeconds === undefined) return 0;
  const measuredBytes = load.mibPerSecond * load.seconds * 2 ** 20;
  return brokerCpuSeconds / ((load.seconds * load.totalBytes) / measuredBytes);
}

export type Limit = {
  readonly by: "client" | "disk" | "cores" | "broker" | "others" | "waiting";
  /** Medians, in cores. */
  readonly client: number;
  readonly broker: number;
  readonly kernel: number;
  readonly others: number;
  readonly diskWait: number;
};

/** A core that is busier than this has nothing left to give. */
const FULL = 0.9;
const DISK_WAIT_MIN = 0.5;

/** What kept these runs from going faster, told from who used the machine. */
export function limitOf(runs: readonly Measurement[], cores: number): Limit {
  const middle = (of: (run: Measurement) => number | undefined): number =>
    spread(runs.map((run) => of(run) ?? 0)).median;
  const client = middle(({ load }) => load?.clientCpuShare);
  const broker = middle(brokerShare);
  const kernel = middle(({ kernelCores }) => kernelCores);
  const others = middle(({ othersCores }) => othersCores);
  const diskWait = middle((run) => run.diskWait);
  const by = (): Limit["by"] => {
    if (others > 0.25 * cores) return "others";
    if (client > FULL) return "client";
    if (client + broker + kernel > FULL * cores) return "cores";
    if (broker > FULL) return "broker";
    return diskWait > DISK_WAIT_MIN ? "disk" : "waiting";
  };
  return { by: by(), client, broker, kernel, others, diskWait };
}
