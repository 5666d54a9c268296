// Sequential code over callbacks without promises: a generator yields *steps*, functions that take a
// callback, and is resumed with what the callback was given. The order of things is then decided by
// whoever calls back, the simulator included, and never by the microtask queue.
//
// Lives on: anywhere.

export type Step<T> = (done: (value: T) => void) => void;
export type Steps<T> = Generator<Step<unknown>, T, unknown>;

/** Waits for one step inside a `Steps` generator. */
export function* take<T>(step: Step<T>): Steps<T> {
  return (yield step as Step<unknown>) as T;
}

/** Waits for all of them; values in the order given. */
export function* takeAll<T>(steps: readonly Step<T>[]): Steps<T[]> {
  if (steps.length === 0) return [];
  return yield* take<T[]>((done) => {
    const values: T[] = Array.from({ length: steps.length });
    let missing = steps.length;
    steps.forEach((step, index) =>
      step((value) => {
        values[index] = value;
        missing -= 1;
        if (missing === 0) done(values);
      }),
    );
  });
}

export function runSteps<T>(steps: Steps<T>, done: (value: T) => void): void {
  const resume = (value: unknown): void => {
    const next = steps.next(value);
    if (next.done === true) done(next.value);
    else next.value(resume);
  };
  resume(undefined);
}
