// Bounds how many log lines clients can cause: so many of each event in a while, then only a count,
// told with the next line that is let through. A client that sends garbage in a loop must not fill
// the disk with our words about it.
//
// Lives on: anywhere (pure; part of the front door).

type Allowance = { windowEndsMs: number; lines: number; suppressed: number };

export class LogLimiter {
  readonly #linesMax: number;
  readonly #windowMs: number;
  readonly #allowances = new Map<string, Allowance>();

  constructor(linesMax = 10, windowMs = 10_000) {
    this.#linesMax = linesMax;
    this.#windowMs = windowMs;
  }

  /** How many lines of `event` were held back since the last one; undefined: hold this one back. */
  allow(event: string, nowMs: number): number | undefined {
    let allowance = this.#allowances.get(event);
    if (allowance === undefined) {
      allowance = { windowEndsMs: nowMs + this.#windowMs, lines: 0, suppressed: 0 };
      this.#allowances.set(event, allowance);
    }
    if (nowMs >= allowance.windowEndsMs) {
      allowance.windowEndsMs = nowMs + this.#windowMs;
      allowance.lines = 0;
    }
    if (allowance.lines >= this.#linesMax) {
      allowance.suppressed += 1;
      return undefined;
    }
    allowance.lines += 1;
    const { suppressed } = allowance;
    allowance.suppressed = 0;
    return suppressed;
  }
}
