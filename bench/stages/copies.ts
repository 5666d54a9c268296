// Counts the bytes that JavaScript copies from one buffer to another, and where. Every way of copying
// that this code base uses is wrapped; copies of fewer bytes than a batch header are left alone.
//
// Lives on: every thread of a node that bench/stages.ts started.

export type Copies = { [stack: string]: { calls: number; bytes: number } };

const BYTES_MIN = 61;
const seen: Copies = {};

/** The frames above the copy, as `function@file:line`, the nearest first. */
function note(bytes: number): void {
  if (bytes < BYTES_MIN) return;
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 12;
  const lines = (new Error().stack ?? "").split("\n").slice(3);
  Error.stackTraceLimit = stackTraceLimit;
  const stack = lines.map((line) => line.trim().replace(/^at /, "")).join("\n");
  const entry = (seen[stack] ??= { calls: 0, bytes: 0 });
  entry.calls += 1;
  entry.bytes += bytes;
}

type Method = (this: Uint8Array, ...given: never[]) => unknown;

/** `bytesOf` sees what the call was given and what came of it. */
function wrap(
  owner: object,
  name: string,
  bytesOf: (self: Uint8Array, given: readonly unknown[], result: unknown) => number,
): void {
  const table = owner as Record<string, Method>;
  const original = table[name]!;
  table[name] = function wrapped(this: Uint8Array, ...given: never[]) {
    const result = original.apply(this, given);
    note(bytesOf(this, given, result));
    return result;
  };
}

const lengthOf = (value: unknown): number => {
  const { byteLength } = value as { byteLength?: unknown };
  return typeof byteLength === "number" ? byteLength : 0;
};

export function watchCopies(): void {
  const typedArray = Object.getPrototypeOf(Uint8Array.prototype) as object;
  wrap(typedArray, "set", (_self, [source]) => lengthOf(source));
  wrap(typedArray, "slice", (_self, _given, result) => lengthOf(result));
  wrap(typedArray, "copyWithin", (_self, _given, result) => lengthOf(result));
  wrap(ArrayBuffer.prototype, "slice", (_self, _given, result) => lengthOf(result));
  wrap(Buffer.prototype, "copy", (_self, _given, result) => Number(result));
  wrap(Buffer, "concat", (_self, _given, result) => lengthOf(result));
  wrap(Buffer, "from", (_self, [source], result) =>
    ArrayBuffer.isView(source) ? lengthOf(result) : 0,
  );
}

export function copiesSeen(): Copies {
  return seen;
}
