// Every declared message at every version, with values that fast-check draws: the compiled codecs
// and the walker write the same bytes and read the same values.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Message, Shape } from "../../src/protocol/schema.ts";
import { Reader, Writer } from "../../src/protocol/wire.ts";
import { declared, versionsOf } from "./support/declared.ts";
import { valuesOf } from "./support/values.ts";
import type { Mode } from "./support/vectors.ts";
import { walkIn, walkOut } from "./support/walker.ts";

const seed = fc.sample(fc.nat(), 1)[0] ?? 0;

function checkVersion(message: Message<Shape>, version: number, mode: Mode): void {
  const target = { version, flexible: version >= message.flexibleFrom, mode };
  const codec = mode === "bigint" ? message.exactly(version) : message.at(version);
  const property = fc.property(valuesOf(message.shape, target), (value) => {
    const [compiled, walked] = [new Writer(16), new Writer(16)];
    codec.encode(compiled, value);
    walkOut(message.shape, walked, value, target);
    const bytes = compiled.finish();
    assert.deepEqual(bytes, walked.finish());
    const reader = new Reader(bytes);
    assert.deepEqual(codec.decode(reader), value);
    assert.equal(reader.remaining(), 0);
    assert.deepEqual(walkIn(message.shape, new Reader(bytes), target), value);
  });
  fc.assert(property, { numRuns: 8, seed });
}

for (const mode of ["number", "bigint"] as const) {
  test(`compiled codecs and the walker agree on ${mode}s (seed ${seed})`, () => {
    for (const message of declared.values()) {
      for (const version of versionsOf(message)) {
        try {
          checkVersion(message, version, mode);
        } catch (error) {
          (error as Error).message = `${message.name} v${version}: ${(error as Error).message}`;
          throw error;
        }
      }
    }
  });
}
