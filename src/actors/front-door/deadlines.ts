// How long a request may take, from what its client says.
//
// Lives on: anywhere (pure; part of the front door).

/** Less would say "timed out" of what is only on its way. */
const LEAST_MS = 500;
/** What a timer can hold. */
const MOST_MS = 0x7fff_ffff;

export function deadlineOf(timeoutMs: number): number {
  return Math.min(Math.max(timeoutMs, LEAST_MS), MOST_MS);
}
