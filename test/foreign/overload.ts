// More than a node can take: producers, readers that do not read, waiting fetches, a disk that stands
// still, a record of 100 MiB. Memory stays within its bound, others are served, and afterwards all is as
// it was.
//
//   node test/foreign/overload.ts [--compiled] [--only disks]
//
// Gofka alone: what is held against what is the node before and meanwhile. A C compiler makes the disk
// that stands still (overload/stall.c).

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import type { Broker } from "../../bench/broker.ts";
import { launch } from "../../bench/broker.ts";
import { startGofka } from "../../bench/gofka.ts";
import type { LoadResult } from "../../bench/load.ts";
import { buildLoad, load, loadCommand } from "../../bench/load.ts";
import { FetchRequest } from "../../src/protocol/messages/01-fetch.ts";
import { Checks, scratch } from "./harness.ts";
import type { Times } from "./overload/probe.ts";
import { FETCH_VERSION, fetchOf, holdAgainst, probe } from "./overload/probe.ts";
import { RawConnection } from "./raw-connection.ts";

const { values: given } = parseArgs({
  strict: false,
  options: { compiled: { type: "boolean", default: false }, only: { type: "string" } },
});
const mebibyte = 2 ** 20;
const BOUND_MIB = 64;
/** What a node needs besides the bodies of requests: its heap, its pools, the sockets. */
const REST_MIB = 160;
/** What answers may take that nobody reads: `AnswerMemory`, and as much being read before it was full. */
const ANSWERS_MIB = 128;
const topic = "overloaded";
const checks = new Checks();

async function start(
  name: string,
  settings: Readonly<Record<string, string>>,
  environment: Readonly<Record<string, string>> = {},
): Promise<Broker> {
  const dataDirectory = join(scratch, name);
  return startGofka({ dataDirectory, settings, environment, compiled: given.compiled === true });
}

/** A topic with something to read at its beginning, and how quickly small questions are answered. */
async function prepare(bootstrap: string): Promise<Times> {
  await load("create", bootstrap, { topic, partitions: 6 });
  await load("produce", bootstrap, { topic, recordBytes: 1_000, records: 60_000, even: true });
  // The first run is the compiler's.
  await probe(bootstrap, topic);
  return probe(bootstrap, topic);
}

const [FEW, MANY] = [4, 200];

const flood = (bootstrap: string, clients: number): Promise<LoadResult> =>
  load("produce", bootstrap, { topic, recordBytes: 1_000, duration: "8s", warmup: "2s", clients });

/**
 * What 200 clients bring against a sink that keeps nothing, as a share of what a few do. They run on the
 * same cores, send smaller requests and cost more for every byte: this much is lost before the node.
 */
async function ceilingShare(): Promise<number> {
  buildLoad();
  const [command, ...words] = loadCommand("sink", {}, undefined);
  const options = { name: "sink", command: command!, arguments: words, dataDirectory: "", port: 0 };
  const sink = await launch(options);
  try {
    const few = await flood(sink.bootstrap, FEW);
    return Math.min(1, (await flood(sink.bootstrap, MANY)).mibPerSecond / few.mibPerSecond);
  } finally {
    await sink.stop();
  }
}

async function manyProducers(broker: Broker): Promise<void> {
  const { bootstrap } = broker;
  let [quiet, peak]: [Times | undefined, LoadResult | undefined] = [undefined, undefined];
  await checks.check("a few producers: the peak", async () => {
    quiet = await prepare(bootstrap);
    peak = await flood(bootstrap, FEW);
    return `${peak.mibPerSecond.toFixed(0)} MiB/s`;
  });
  await checks.check(
    `${MANY} producers within ${BOUND_MIB} MiB: none fails, 80 % of the peak that such clients allow`,
    async () => {
      const ceiling = await ceilingShare();
      const many = await flood(bootstrap, MANY);
      const { residentPeakMiB } = broker.usage();
      const share = many.mibPerSecond / peak!.mibPerSecond;
      const percent = (part: number): string => `${(100 * part).toFixed(0)} %`;
      const said = `${percent(share)} of the peak, the clients alone ${percent(ceiling)}; RSS peak ${residentPeakMiB.toFixed(0)} MiB`;
      assert.equal(many.failed, 0, `${many.failed} records failed`);
      assert.ok(share >= 0.8 * ceiling, said);
      assert.ok(residentPeakMiB < BOUND_MIB + REST_MIB, said);
      return said;
    },
  );
  await checks.check("10 s later all is as it was", async () => {
    await sleep(10_000);
    return holdAgainst(quiet!, await probe(bootstrap, topic));
  });
}

async function readersThatDoNotRead(broker: Broker): Promise<void> {
  await checks.check(
    "100 consumers that never read: others are served, memory is flat",
    async () => {
      const { bootstrap } = broker;
      const quiet = await probe(bootstrap, topic);
      const before = broker.usage().residentMiB;
      const deaf: RawConnection[] = [];
      for (let i = 0; i < 100; i++) {
        const connection = await RawConnection.open(bootstrap);
        connection.stopReading();
        for (let asked = 0; asked < 20; asked++) {
          const body = fetchOf(topic, { maxBytes: 8 * mebibyte });
          connection.send(connection.frameOf(FetchRequest, FETCH_VERSION, body));
        }
        deaf.push(connection);
      }
      const said = holdAgainst(quiet, await probe(bootstrap, topic));
      const grown = broker.usage().residentMiB - before;
      for (const connection of deaf) connection.end();
      assert.ok(grown < ANSWERS_MIB, `${grown.toFixed(0)} MiB more`);
      return `${said}; ${grown.toFixed(0)} MiB more`;
    },
  );
}

const PARKED = 9_000;

async function waitingFetches(broker: Broker): Promise<void> {
  await checks.check(`${PARKED} fetches that wait for records: others are served`, async () => {
    const { bootstrap } = broker;
    const quiet = await probe(bootstrap, topic);
    const before = broker.usage().residentMiB;
    await load("create", bootstrap, { topic: "awaited", partitions: 1 });
    const waiting: RawConnection[] = [];
    for (let i = 0; i < PARKED; i++) {
      const connection = await RawConnection.open(bootstrap);
      const body = fetchOf("awaited", { maxWaitMs: 120_000, minBytes: 1 });
      connection.send(connection.frameOf(FetchRequest, FETCH_VERSION, body));
      waiting.push(connection);
    }
    const said = holdAgainst(quiet, await probe(bootstrap, topic));
    const each = ((broker.usage().residentMiB - before) * 1024) / PARKED;
    await load("produce", bootstrap, { topic: "awaited", recordBytes: 100, records: 1 });
    const heard = await Promise.all(waiting.map((connection) => connection.hear(30_000)));
    for (const connection of waiting) connection.end();
    const unheard = heard.filter((what) => typeof what === "string").length;
    assert.equal(unheard, 0, `${unheard} fetches were not answered when a record came`);
    return `${said}; ${each.toFixed(1)} KiB each; one record wakes all`;
  });
}

async function diskThatStandsStill(): Promise<void> {
  const [library, trigger] = [join(scratch, "stall.so"), join(scratch, "stalled")];
  compileStall(library);
  for (const what of ["syncs", "syncs and writes"]) {
    const stalls = { LD_PRELOAD: library, STALL_WHILE: trigger };
    const environment = what === "syncs" ? stalls : { ...stalls, STALL_WRITES: "1" };
    const broker = await start(`stalled-node-${what.length}`, {}, environment);
    await checks.check(`${what} that stand still for 2 s: produces wait, all else is served`, () =>
      whileItStandsStill(broker, trigger),
    );
    await broker.stop();
    await oneOfTwoDisks(what, environment, trigger);
  }
}

function compileStall(library: string): void {
  const source = join(import.meta.dirname, "overload", "stall.c");
  const words = ["-shared", "-fPIC", "-O2", "-o", library, source, "-ldl"];
  const compiled = spawnSync("cc", words, { encoding: "utf8" });
  assert.equal(compiled.status, 0, compiled.stderr);
}

/** Two data directories, and what lies in the second stands still. */
async function oneOfTwoDisks(
  what: string,
  environment: Readonly<Record<string, string>>,
  trigger: string,
): Promise<void> {
  const [first, second] = ["first", "second"].map((name) =>
    join(scratch, `${name}-${what.length}`),
  );
  const broker = await startGofka({
    dataDirectory: `${first},${second}`,
    environment: { ...environment, STALL_BELOW: second! },
    compiled: given.compiled === true,
  });
  const { bootstrap } = broker;
  await checks.check(`${what} of one of two disks: produces to the other go on`, async () => {
    // The emptiest directory gets the next partition.
    for (const name of [topic, "held-up"])
      await load("create", bootstrap, { topic: name, partitions: 1 });
    const inSecond =
      existsSync(join(second!, "held-up-0")) && existsSync(join(first!, `${topic}-0`));
    assert.ok(inSecond, "the topics do not lie where they are looked for");
    const steady = () =>
      load("rate", bootstrap, { topic, rate: 2_000, recordBytes: 1_000, duration: "2s" });
    // The first run is the compiler's.
    await steady();
    const quiet = await steady();
    const small = await probe(bootstrap, topic);
    writeFileSync(trigger, "");
    const stalledMs = performance.now();
    const options = { topic: "held-up", recordBytes: 1_000, records: 20_000 };
    const producing = load("produce", bootstrap, options).then((result) => ({
      ...result,
      tookMs: performance.now() - stalledMs,
    }));
    const [meanwhile, said] = [
      await steady(),
      holdAgainst(small, await probe(bootstrap, topic, 100)),
    ];
    rmSync(trigger);
    const { failed, tookMs } = await producing;
    assert.equal(failed + meanwhile.failed, 0);
    assert.ok(tookMs >= 2_000, `acknowledged after ${tookMs} ms, while nothing could be synced`);
    const p99 = `produce p99 ${quiet.p99Ms.toFixed(2)} -> ${meanwhile.p99Ms.toFixed(2)} ms`;
    assert.ok(meanwhile.p99Ms <= Math.max(3 * quiet.p99Ms, 5), p99);
    return `${p99}, ${said}`;
  });
  await broker.stop();
}

async function whileItStandsStill(broker: Broker, trigger: string): Promise<string> {
  const { bootstrap } = broker;
  const quiet = await prepare(bootstrap);
  const before = broker.usage().residentMiB;
  writeFileSync(trigger, "");
  const stalledMs = performance.now();
  const options = { topic, recordBytes: 1_000, records: 2_000 };
  const producing = load("produce", bootstrap, options).then((result) => ({
    ...result,
    tookMs: performance.now() - stalledMs,
  }));
  const said = holdAgainst(quiet, await probe(bootstrap, topic, 200));
  await sleep(Math.max(0, 2_000 - (performance.now() - stalledMs)));
  const grown = broker.usage().residentMiB - before;
  rmSync(trigger);
  const { failed, tookMs } = await producing;
  assert.equal(failed, 0, `${failed} records failed`);
  assert.ok(tookMs >= 2_000, `acknowledged after ${tookMs} ms, while nothing could be synced`);
  assert.ok(grown < 32, `${grown.toFixed(0)} MiB more`);
  return `${said}; ${grown.toFixed(0)} MiB more; acknowledged after ${tookMs.toFixed(0)} ms`;
}

async function largeRecords(): Promise<void> {
  const size = 100 * mebibyte;
  const allowed = String(size + 1024);
  const settings = { "message.max.bytes": allowed, "socket.request.max.bytes": String(2 * size) };
  const broker = await start("large-node", settings);
  const { bootstrap } = broker;
  const options = { topic: "large", batchBytes: 2 * size, records: 1, timeout: "60s" };
  await load("create", bootstrap, { topic: "large", partitions: 1 });
  await checks.check("a record of 100 MiB, where it is allowed, passes", async () => {
    const { failed } = await load("produce", bootstrap, { ...options, recordBytes: size });
    assert.equal(failed, 0);
    const { records } = await load("consume", bootstrap, { topic: "large" });
    assert.equal(records, 1);
  });
  await checks.check("above it there is an error, and the node goes on", async () => {
    const { failed } = await load("produce", bootstrap, { ...options, recordBytes: size + 4096 });
    assert.equal(failed, 1);
    const { failed: then } = await load("produce", bootstrap, { ...options, recordBytes: 100 });
    assert.equal(then, 0);
    return `RSS peak ${broker.usage().residentPeakMiB.toFixed(0)} MiB`;
  });
  await broker.stop();
}

const bound = {
  "queued.max.request.bytes": String(BOUND_MIB * mebibyte),
  "socket.request.max.bytes": String((BOUND_MIB / 4) * mebibyte),
};
if (given.only !== "disks") {
  const broker = await start("node", bound);
  await manyProducers(broker);
  await readersThatDoNotRead(broker);
  await waitingFetches(broker);
  await broker.stop();
}
await diskThatStandsStill();
if (given.only !== "disks") await largeRecords();
checks.finish();
