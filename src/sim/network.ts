// The simulated network between machines: who can reach whom, how long it takes, and what is held up
// while a wire is cut. TCP loses nothing, so a cut only delays; what breaks a connection is a reset,
// a machine without power, or the death of a process.
//
// Lives on: the simulator's thread.

import type { Prng } from "../base/prng.ts";
import type { Freezer } from "./freezer.ts";
import type { WireOptions } from "./pipe.ts";
import type { Scheduler } from "./scheduler.ts";

export type NetworkOptions = WireOptions & {
  /** How many arrivals in a thousand take up to fifty times as long. */
  readonly stragglersPerMille: number;
};

export const calmNetwork: NetworkOptions = {
  latencyMs: 0.2,
  windowBytes: 256 * 1024,
  segmentBytesMax: 64 * 1024,
  stragglersPerMille: 2,
};

export class SimNetwork {
  readonly scheduler: Scheduler;
  readonly options: NetworkOptions;
  readonly prng: Prng;
  /** Directed pairs `from>to` whose wire is cut, with what waits for it to be mended. */
  private readonly cuts = new Map<string, (() => void)[]>();

  private readonly labels = new Map<string, Map<string, string>>();
  /** Machines whose process stands still now and then: what arrives waits with it. */
  readonly freezers = new Map<string, Freezer>();

  constructor(scheduler: Scheduler, options: NetworkOptions) {
    this.scheduler = scheduler;
    this.options = options;
    this.prng = scheduler.stream("network");
  }

  /** From now on nothing sent by one machine reaches the other, until `mend`. */
  cut(from: string, to: string): void {
    const wire = `${from}>${to}`;
    if (!this.cuts.has(wire)) this.cuts.set(wire, []);
  }

  /** What was held up arrives after all, a little later, in the order sent per connection. */
  mend(from: string, to: string): void {
    const wire = `${from}>${to}`;
    const held = this.cuts.get(wire) ?? [];
    this.cuts.delete(wire);
    for (const arrive of held) this.travel(from, to, arrive);
  }

  mendAll(): void {
    this.mendWhere(() => true);
  }

  mendWhere(isMeant: (from: string, to: string) => boolean): void {
    for (const wire of [...this.cuts.keys()]) {
      const [from = "", to = ""] = wire.split(">");
      if (isMeant(from, to)) this.mend(from, to);
    }
  }

  isCut(from: string, to: string): boolean {
    return this.cuts.has(`${from}>${to}`);
  }

  /** Something travels from one machine to another and arrives, unless the wire is cut by then. */
  travel(from: string, to: string, arrive: () => void): void {
    this.scheduler.after(this.delayMs(from === to), this.labelOf(from, to), () => {
      const held = this.cuts.get(`${from}>${to}`);
      if (held !== undefined) held.push(arrive);
      else this.arrive(to, arrive);
    });
  }

  private labelOf(from: string, to: string): string {
    let labels = this.labels.get(from);
    if (labels === undefined) this.labels.set(from, (labels = new Map()));
    let label = labels.get(to);
    if (label === undefined) labels.set(to, (label = `net ${from}>${to}`));
    return label;
  }

  private arrive(at: string, arrive: () => void): void {
    const freezer = this.freezers.get(at);
    if (freezer === undefined) arrive();
    else freezer.pass(arrive);
  }

  private delayMs(local: boolean): number {
    const { latencyMs, stragglersPerMille } = this.options;
    const mean = local ? latencyMs / 10 : latencyMs;
    const delay = mean * (0.5 + this.prng.float());
    return this.prng.below(1000) < stragglersPerMille ? delay * 50 * this.prng.float() : delay;
  }
}
