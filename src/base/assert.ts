// Assertions stay on in production. A failed one is a bug of ours, never bad input or a failing
// device, and it ends the process: a half-right node is worse than a stopped one.
//
// Lives on: anywhere.

/** A broken promise inside Gofka itself. Nothing but the process entry may catch it. */
export class AssertionFailed extends Error {
  override readonly name = "AssertionFailed";
}

export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new AssertionFailed(message);
}

/** For the branch that the types say cannot be reached. */
export function unreachable(value: never, message = "unreachable"): never {
  throw new AssertionFailed(`${message}: ${String(value)}`);
}
