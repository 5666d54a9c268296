// Random and mutated frames over sockets: every API that is served, in every version, its bytes
// flipped, cut, doubled, its lengths made absurd. The node answers or closes that connection; it
// stays up, serves the others, and does not grow: what lives in its threads after a collection is flat.
//
//   node test/foreign/frames-fuzz.ts [--against gofka|kafka] [--frames 10000] [--seed N]

import assert from "node:assert/strict";
import fc from "fast-check";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import type { Broker } from "../../bench/broker.ts";
import { Prng } from "../../src/base/prng.ts";
import { apis } from "../../src/protocol/api-keys.ts";
import type { Api } from "../../src/protocol/api-keys.ts";
import { valuesOf } from "../protocol/support/values.ts";
import type { Checks } from "./harness.ts";
import { against, scratch, whichBroker } from "./harness.ts";
import { isHealthy, RawConnection } from "./raw-connection.ts";
import { servedApis } from "./served-apis.ts";

/** Reaches this far into a frame: its length, its header, the first lengths of its body. */
const headBytes = 40;
const absurdLengths = [-1, -2, 0, 1, 0x7fff_ffff, -0x8000_0000, 0x0640_0000, 65_536];

const { values: given } = parseArgs({
  strict: false,
  options: {
    frames: { type: "string", default: "10000" },
    seed: { type: "string", default: String(process.pid) },
  },
});

const LIVE_GROWTH_MIB_MAX = 16;
const liveDirectory = join(scratch, "live");

const seed = Number(given.seed);
const frameCount = Number(given.frames);
const random = new Prng(seed, "frames");
const below = (limit: number): number => random.uint32() % limit;

/** Whole requests, every served API in every version, with values drawn from the declarations. */
function wellFormed(connection: RawConnection): readonly Uint8Array[] {
  const served = apis.filter((api: Api) => servedApis.includes(api.name));
  return served.flatMap(({ request }) => {
    const [first, last] = request.versions;
    const versions = Array.from({ length: last - first + 1 }, (_, index) => first + index);
    return versions.flatMap((version) => {
      const flexible = version >= request.flexibleFrom;
      const values = valuesOf(request.shape, { version, flexible, mode: "number" });
      const drawn = fc.sample(values, { numRuns: 8, seed: seed + version });
      return drawn.map((value) => connection.frameOf(request, version, value as never));
    });
  });
}

function withLengthRight(frame: Buffer): Buffer {
  frame.writeInt32BE(frame.length - 4, 0);
  return frame;
}

const mutations: readonly ((frame: Buffer) => Buffer)[] = [
  (frame) => frame,
  (frame) => {
    for (let flips = 1 + below(8); flips > 0; flips--)
      frame[4 + below(frame.length - 4)]! ^= 1 << below(8);
    return frame;
  },
  (frame) => withLengthRight(frame.subarray(0, Math.max(8, below(frame.length)))),
  (frame) => {
    const at = 4 + below(frame.length - 4);
    const inserted = Buffer.from(Array.from({ length: 1 + below(16) }, () => below(256)));
    return withLengthRight(Buffer.concat([frame.subarray(0, at), inserted, frame.subarray(at)]));
  },
  (frame) => {
    const at = 4 + below(Math.max(1, Math.min(headBytes, frame.length) - 8));
    frame.writeInt32BE(absurdLengths[below(absurdLengths.length)]!, at);
    return frame;
  },
  (frame) => {
    const at = 4 + below(Math.max(1, frame.length - 8));
    frame.writeInt32BE(absurdLengths[below(absurdLengths.length)]!, at);
    return frame;
  },
  (frame) => {
    frame.writeInt32BE(absurdLengths[below(absurdLengths.length)]!, 0);
    return frame;
  },
  (frame) => withLengthRight(Buffer.concat([frame, frame.subarray(4)])),
  (frame) => {
    frame.writeInt16BE(below(100) - 2, 4);
    frame.writeInt16BE(below(25) - 2, 6);
    return frame;
  },
  (frame) => Buffer.from(Array.from({ length: frame.length }, () => below(256))),
];

type Counts = { answered: number; closed: number; silent: number };

async function flood(
  bootstrap: string,
  frames: readonly Uint8Array[],
  count: number,
  counts: Counts,
) {
  let left = count;
  const worker = async (): Promise<void> => {
    let connection = await RawConnection.open(bootstrap);
    while (left-- > 0) {
      const frame = Buffer.from(frames[below(frames.length)]!);
      connection.send(mutations[below(mutations.length)]!(frame));
      const heard = await connection.hear(250);
      if (typeof heard !== "string") {
        counts.answered++;
        continue;
      }
      if (heard === "closed") counts.closed++;
      else counts.silent++;
      connection.end();
      connection = await RawConnection.open(bootstrap);
    }
    connection.end();
  };
  await Promise.all(Array.from({ length: 12 }, worker));
}

/** What lives in all threads of the node, in MiB. */
async function liveMiB({ pid }: Broker): Promise<number> {
  rmSync(liveDirectory, { recursive: true, force: true });
  mkdirSync(liveDirectory);
  process.kill(pid, "SIGUSR2");
  // The main thread's, and that of the host.
  for (const name of ["live-0.txt", "live-1.txt"]) {
    for (let waits = 0; !existsSync(join(liveDirectory, name)); waits++) {
      if (waits > 600) throw new Error(`no ${name} after half a minute`);
      await sleep(50);
    }
  }
  const files = readdirSync(liveDirectory).filter((name) => name.endsWith(".txt"));
  const bytes = files.map((name) => Number(readFileSync(join(liveDirectory, name), "utf8")));
  return bytes.reduce((sum, each) => sum + each, 0) / 2 ** 20;
}

async function fuzz(checks: Checks, bootstrap: string, broker: Broker | undefined): Promise<void> {
  const healthy = await RawConnection.open(bootstrap);
  const frames = wellFormed(healthy);
  const counts = { answered: 0, closed: 0, silent: 0 };
  console.log(`seed ${seed}; ${frames.length} well-formed frames to begin with`);
  // The first fifth warms the node up: compiled code and pools are no leak.
  const warm = Math.floor(frameCount / 5);
  await checks.check(`${warm} frames to warm up`, () => flood(bootstrap, frames, warm, counts));
  const gofka = broker !== undefined && whichBroker() === "gofka" ? broker : undefined;
  const before = gofka === undefined ? 0 : await liveMiB(gofka);
  await checks.check(`${frameCount - warm} frames`, async () => {
    await flood(bootstrap, frames, frameCount - warm, counts);
    return JSON.stringify(counts);
  });
  await checks.check("the node is up and serves others", async () => {
    await isHealthy(healthy);
    await isHealthy(await RawConnection.open(bootstrap));
  });
  if (gofka !== undefined) {
    await checks.check("memory is flat", async () => {
      const after = await liveMiB(gofka);
      const told = `${before.toFixed(1)} MiB live, then ${after.toFixed(1)} MiB`;
      assert.ok(after - before < LIVE_GROWTH_MIB_MAX, told);
      return `${told}; RSS peak ${gofka.usage().residentPeakMiB.toFixed(0)} MiB`;
    });
  }
  healthy.end();
}

await against(fuzz, {
  settings: { "auto.create.topics.enable": "false" },
  nodeArguments: ["--import", join(import.meta.dirname, "frames-fuzz/live-bytes.ts")],
  environment: { GOFKA_LIVE_BYTES_DIR: liveDirectory },
});
