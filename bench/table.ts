// Runs rows of the benchmark in alternating pairs, within a time if one is given. Brokers of steady rows
// are up all the while and warm; rows about processes start their own.
//
// Lives on: the developer's machine.

import { spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import type { Broker } from "./broker.ts";
import type { Pair } from "./figures.ts";
import { load } from "./load.ts";
import type { Measurement, ProcessRow, Row, Settings, Side, SteadyRow } from "./row.ts";

export type TableOptions = {
  readonly left: Side;
  readonly right: Side;
  /** All that the sides have started. */
  readonly started: Broker[];
  readonly settings: Settings;
  readonly pairs: number;
  /** For everything; 0: however long it takes. Each row gets its share, and at least one pair. */
  readonly minutes: number;
  readonly done: (key: string, row: Row, pairs: readonly Pair[]) => void;
  readonly failed: (key: string, row: Row, error: unknown) => void;
  readonly told: (line: string) => void;
};

export type Chosen = readonly (readonly [key: string, row: Row])[];

const weightOf = (row: Row): number => (row.kind === "process" ? (row.weight ?? 1) : 1);

/** Shares out the time that is left among the rows that are left, by their weight. */
export class Budget {
  private readonly endMs: number;
  private left: number;
  private readonly nowMs: () => number;

  constructor(minutes: number, rows: readonly Row[], nowMs = () => performance.now()) {
    this.nowMs = nowMs;
    this.endMs = minutes === 0 ? Infinity : nowMs() + minutes * 60_000;
    this.left = rows.reduce((sum, row) => sum + weightOf(row), 0);
  }

  /** Until when the row may begin another pair that lasts as long as its longest. */
  take(row: Row): (pairMs: number) => boolean {
    const weight = weightOf(row);
    const now = this.nowMs();
    const untilMs = now + ((this.endMs - now) * weight) / this.left;
    this.left -= weight;
    return (pairMs) => this.nowMs() + pairMs <= untilMs;
  }
}

/** Lets the disk finish what the run before has left behind. */
function settle(): void {
  spawnSync("sync");
}

type Measure = (side: Side) => Promise<Measurement>;

class Table {
  private readonly options: TableOptions;
  private readonly budget: Budget;

  constructor(options: TableOptions, rows: readonly Row[]) {
    this.options = options;
    this.budget = new Budget(options.minutes, rows);
  }

  private async pairsOf(row: Row, measure: Measure): Promise<readonly Pair[]> {
    const { left, right, pairs: wanted } = this.options;
    const alone = row.kind === "process" && row.alone !== undefined;
    const another = this.budget.take(row);
    const pairs: Pair[] = [];
    let longestMs = 0;
    while (pairs.length < wanted && (pairs.length === 0 || another(longestMs))) {
      const startedMs = performance.now();
      settle();
      const first = await measure(left);
      settle();
      pairs.push(alone ? { left: first } : { left: first, right: await measure(right) });
      longestMs = Math.max(longestMs, performance.now() - startedMs);
    }
    return pairs;
  }

  async steady(chosen: readonly (readonly [string, SteadyRow])[]): Promise<void> {
    const { left, right, settings, told } = this.options;
    const brokers = new Map<Side, Broker>();
    try {
      for (const side of [left, right]) {
        const broker = await side.start({ port: 0 });
        brokers.set(side, broker);
        told(`${side.label}: first answer after ${broker.firstAnswerMs.toFixed(0)} ms`);
        await warmUp(broker, settings);
      }
      for (const [key, row] of chosen) {
        await this.guarded(key, row, async () => {
          for (const [side, broker] of brokers) await row.prepare?.(side, broker, settings);
          return this.pairsOf(row, (side) => row.measure(side, brokers.get(side)!, settings));
        });
      }
      for (const [side, broker] of brokers) {
        const { residentMiB, residentPeakMiB, cpuSeconds } = broker.usage();
        const memory = `RSS ${residentMiB.toFixed(0)} MiB, peak ${residentPeakMiB.toFixed(0)} MiB`;
        told(`${side.label} after all steady rows: ${memory}; CPU ${cpuSeconds.toFixed(1)} s`);
      }
    } finally {
      for (const broker of brokers.values()) await broker.stop();
    }
  }

  async process(key: string, row: ProcessRow): Promise<void> {
    const { left, right, settings } = this.options;
    const directories = new Map<Side, string>();
    await this.guarded(key, row, async () => {
      for (const side of row.alone !== undefined ? [left] : [left, right]) {
        if (row.prepare !== undefined) directories.set(side, await row.prepare(side));
      }
      return this.pairsOf(row, (side) => row.measure(side, directories.get(side) ?? "", settings));
    });
    for (const broker of this.options.started.splice(0)) await broker.kill();
    for (const directory of directories.values()) rmSync(directory, { recursive: true });
  }

  /** A row that fails is told of and does not end the others. */
  private async guarded(key: string, row: Row, run: () => Promise<readonly Pair[]>): Promise<void> {
    try {
      this.options.done(key, row, await run());
    } catch (error) {
      this.options.failed(key, row, error);
    }
  }
}

async function warmUp(broker: Broker, { warmSeconds }: Settings): Promise<void> {
  if (warmSeconds === 0) return;
  const topic = "warm-up";
  const fresh = { topic, configs: "file.delete.delay.ms=1000" };
  const duration = `${warmSeconds / 2}s`;
  await load("create", broker.bootstrap, fresh);
  await load("rate", broker.bootstrap, { topic, recordBytes: 1_024, rate: 20_000, duration });
  await load("produce", broker.bootstrap, { topic, recordBytes: 100, duration });
  await load("consume", broker.bootstrap, { topic });
  await load("create", broker.bootstrap, fresh);
}

export async function runTable(chosen: Chosen, options: TableOptions): Promise<void> {
  const table = new Table(
    options,
    chosen.map(([, row]) => row),
  );
  const steady = chosen.flatMap(([key, row]) =>
    row.kind === "steady" ? [[key, row] as const] : [],
  );
  if (steady.length > 0) await table.steady(steady);
  for (const [key, row] of chosen) if (row.kind === "process") await table.process(key, row);
}
