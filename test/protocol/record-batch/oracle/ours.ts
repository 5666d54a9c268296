// Batches of ours for Kafka to read (README.md): `hex` prints them, `described` what is in them.

import { Prng } from "../../../../src/base/prng.ts";
import { buildBatch, codecNames } from "../../../../src/protocol/record-batch.ts";
import { describe } from "../describe.ts";

const prng = new Prng(20);
const maybe = <T>(make: () => T) => (prng.chance(0.2) ? null : make());
/** Half of it repeats, so that codecs have something to do. */
const bytes = (lengthMax: number) =>
  prng.bytes(prng.below(lengthMax)).map((byte, at) => (at % 8 < 5 ? 97 + (at % 8) : byte));

function record() {
  const headers = Array.from({ length: prng.chance(0.3) ? prng.below(4) : 0 }, () => ({
    key: prng.pick(["", "trace", "Schlüssel 🔑", "k".repeat(100)]),
    value: maybe(() => bytes(30)),
  }));
  const timestampMs = 1_700_000_000_000 + prng.between(-40_000, 40_000) * prng.pick([0, 1, 90_000]);
  return { key: maybe(() => bytes(40)), value: maybe(() => bytes(400)), headers, timestampMs };
}

for (let round = 0; round < 200; round++) {
  const count = prng.pick([1, 2, 70, 600]);
  const batch = buildBatch(Array.from({ length: count }, record), {
    compression: prng.pick(codecNames),
    baseOffset: prng.pick([0, 77, 2 ** 40]),
    leaderEpoch: prng.pick([-1, 5]),
    ...(prng.chance(0.5)
      ? { producerId: 2 ** 40, producerEpoch: 3, baseSequence: 2 ** 31 - 5 }
      : {}),
    transactional: prng.chance(0.3),
    ...(prng.chance(0.2) ? { logAppendTimeMs: 1_700_000_123_456 } : {}),
  });
  const line = process.argv[2] === "hex" ? Buffer.from(batch).toString("hex") : describe(batch);
  console.log(typeof line === "string" ? line : JSON.stringify(line));
}
