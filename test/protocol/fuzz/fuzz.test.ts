// The fuzzer finds what it is there to find, and nothing else.

import assert from "node:assert/strict";
import { test } from "node:test";
import { judge, MS_MAX } from "./loop.ts";
import type { PlantName } from "./plants.ts";
import type { Subject } from "./subject.ts";
import { watched } from "./watch.ts";

const RUN_MS = 120_000;
/** Patience before a finding, on a machine that others use as well, must not pass for a hang. */
const HANG_MS = 60_000;
const SOON_MS = 3000;
const seed = Math.trunc(Math.random() * 2 ** 31);

const findings: Record<PlantName, RegExp> = {
  preallocates: /^it allocates/,
  trusts: /^RangeError: .+\n +at /,
  waits: /^no answer for 3000 ms/,
};

for (const [plant, why] of Object.entries(findings) as [PlantName, RegExp][]) {
  test(`a reader that ${plant} is found (seed ${seed})`, async () => {
    const hangMs = plant === "waits" ? SOON_MS : HANG_MS;
    const { finding } = await watched({ seed, ms: RUN_MS, plant }, hangMs);
    assert.match(finding?.why ?? "nothing", why);
    assert.match(finding!.hex, /^([0-9a-f]{2})*$/);
    assert.match(`${finding!.subject} ${finding!.what}`, /message|frame|metadata record/);
  });
}

const ALLOWED_BYTES = 100_000;
const input = { what: "", bytes: new Uint8Array(0) };

/** A collection in its middle hides what one judgement in some hundreds is about (meter.ts). */
const JUDGEMENTS = 5;

function whyOf(decode: () => unknown): string | undefined {
  for (let i = 0; i < JUDGEMENTS; i++) {
    const why = judgement(decode);
    if (why !== undefined) return why;
  }
  return undefined;
}

function judgement(decode: () => unknown): string | undefined {
  const subject: Subject = {
    name: "made up",
    weight: 1,
    draw: () => input,
    bytesMax: () => ALLOWED_BYTES,
    decode: () => ({ outcome: "value", value: decode() }),
  };
  return judge(subject, input);
}

test("what is allocated each time is found: kept, let go, outside the heap, beyond a collection", () => {
  const kept: unknown[] = [];
  const objects = (count: number) => Array.from({ length: count }, (_, i) => ({ i }));
  const wasteful = {
    keeps: () => kept.push(objects(5000)),
    letsGo: () => objects(5000).length,
    outside: () => new Uint8Array(2 * ALLOWED_BYTES).length,
    collected: () => Array.from({ length: 300 }, () => objects(5000).length).length,
  };
  for (const [name, decode] of Object.entries(wasteful)) {
    assert.match(whyOf(decode) ?? "nothing", /^it allocates/, name);
  }
  assert.equal(
    whyOf(() => objects(500)),
    undefined,
  );
});

test("what the engine allocates at times is not", () => {
  let calls = 0;
  let held: unknown;
  const settles = () => (held = calls++ < 12 ? new Uint8Array(2 * ALLOWED_BYTES) : undefined);
  assert.equal(whyOf(settles), undefined, String(held));
});

test("what takes too long each time is found", () => {
  const spin = () => {
    const endMs = performance.now() + MS_MAX + 10;
    while (performance.now() < endMs);
  };
  assert.match(whyOf(spin) ?? "nothing", /^it takes [\d.]+ ms$/);
});

test("an exception is found, with its stack", () => {
  const why = whyOf(() => {
    throw new TypeError("planted");
  });
  assert.match(why ?? "nothing", /^TypeError: planted\n +at /);
});
