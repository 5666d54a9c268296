// One side of the codec benchmark in a process of its own, so that no side meets the others' types in
// its compiled code: checks that it gives the bytes back, warms up, measures, and prints each row as JSON.
//
//   node bench/codec/side.ts gofka 300
//
// Lives on: the developer's machine.

import assert from "node:assert/strict";
import { measure } from "../../test/protocol/fuzz/meter.ts";
import { cpuMs } from "./cpu.ts";
import type { MessageName, RowName, Side } from "./messages.ts";
import { messages } from "./messages.ts";

export type Measured = {
  readonly [R in RowName]?: { readonly us: number; readonly bytes: number };
};

/** Keeps what was made, so that making it cannot be left out. */
let kept: unknown;

/** Microseconds a call, over some `ms` of CPU time. */
function turn(run: () => unknown, ms: number): number {
  const startedMs = cpuMs();
  let calls = 0;
  for (let batch = 1; cpuMs() - startedMs < ms; batch = Math.min(2 * batch, 256)) {
    for (let i = 0; i < batch; i++) kept = run();
    calls += batch;
  }
  return (1000 * (cpuMs() - startedMs)) / calls;
}

const any = { bytes: Infinity, ms: Infinity };

/** Garbage and buffers outside the heap with it; over fewer calls where the collector comes between. */
function bytesOf(run: () => unknown): number {
  for (let calls = 64; calls > 0; calls >>= 1) {
    const runs = () => {
      for (let i = 0; i < calls; i++) kept = run();
    };
    const { bytes } = measure(runs, { bytes: 0, ms: 0 }, any);
    if (bytes < Infinity) return Math.round(bytes / calls);
  }
  return Infinity;
}

const [name = "gofka", ms = "300"] = process.argv.slice(2);
const { side } = (await import(`./${name}.ts`)) as { side: Side };
const measured: Record<string, { us: number; bytes: number }> = {};
for (const message of Object.keys(messages) as MessageName[]) {
  const bytes = messages[message]();
  const { decode, encode } = side[message];
  const value = decode(bytes) as never;
  assert.deepEqual(new Uint8Array(Buffer.concat(encode(value))), bytes, `${name}: ${message}`);
  for (const [what, run] of [
    ["decode", () => decode(bytes)],
    ["encode", () => encode(value)],
  ] as const) {
    turn(run, Number(ms));
    measured[`${message} ${what}`] = { us: turn(run, Number(ms)), bytes: bytesOf(run) };
  }
}
assert(kept !== undefined);
console.log(JSON.stringify(measured));
