// The first broken invariant of a run. It is noted and not thrown: an exception inside a host is the
// host's own affair, and a checker must be heard from anywhere.
//
// Lives on: the simulator's thread.

export type Violation = {
  /** Which promise was broken, in a few words that stay the same from seed to seed. */
  readonly invariant: string;
  readonly detail: string;
  readonly atMs: number;
};

export class Verdict {
  violation: Violation | undefined;
  private readonly nowMs: () => number;

  constructor(nowMs: () => number) {
    this.nowMs = nowMs;
  }

  fail(invariant: string, detail: string): void {
    this.violation ??= { invariant, detail, atMs: this.nowMs() };
  }

  /** Notes the violation unless the condition holds; answers whether it does. */
  hold(condition: boolean, invariant: string, detail: () => string): boolean {
    if (!condition) this.fail(invariant, detail());
    return condition;
  }
}
