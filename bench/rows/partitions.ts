// Many partitions: a thousand that get their first records, are killed and come back, and ten thousand
// that are only there.
//
// Lives on: the developer's machine.

import { readdirSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { Broker } from "../broker.ts";
import { orLess, timesOrLess } from "../goals.ts";
import { load } from "../load.ts";
import type { ProcessRow, Rows, Side } from "../row.ts";
import { createTopic } from "../row.ts";
import { baseOf, POLL_MS } from "./start.ts";

const THOUSAND = 1_000;
/** Of 1,000 bytes each: 200 KiB a partition. */
const RECORDS_EACH = 200;
/** What a node is given to come to rest before its memory is looked at. */
const REST_MS = 2_000;

async function allAnswer(broker: Broker, topic: string): Promise<number> {
  const options = { topic, timeout: "120s" };
  const { records } = await load<{ records: number }>("await", broker.bootstrap, options);
  return records;
}

async function memoryAtRest(broker: Broker): Promise<number> {
  await sleep(REST_MS);
  return broker.usage().residentMiB;
}

async function emptyNodeMiB(side: Side): Promise<number> {
  const broker = await side.start({ port: 0 });
  const resident = await memoryAtRest(broker);
  await broker.stop();
  return resident;
}

const RESTART = "restart ms";
const MEMORY = "KiB per partition";

const thousand: ProcessRow = {
  kind: "process",
  weight: 3,
  name: `first records over ${THOUSAND} partitions, 200 KiB each`,
  unit: "ms",
  better: "less",
  method: `franz-go, linger 5 ms, acks all; restart: kill -9, until all partitions answer; memory: after it, beyond an empty node's`,
  goals: [timesOrLess(0.2), orLess(1_000, RESTART), orLess(20, MEMORY)],
  measure: async (side) => {
    const emptyMiB = await emptyNodeMiB(side);
    const topic = "many";
    const broker = await side.start({ port: 0 });
    await createTopic(side, broker, topic, THOUSAND);
    const records = THOUSAND * RECORDS_EACH;
    const even = { even: true, partitions: THOUSAND, timeout: "120s" };
    const options = { topic, recordBytes: 1_000, records, ...even };
    const { seconds, failed } = await load("produce", broker.bootstrap, options);
    if (failed > 0) throw new Error(`${side.label}: ${failed} records failed`);
    await broker.kill();
    const startedMs = performance.now();
    const again = await side.start({ directory: baseOf(broker), pollMs: POLL_MS });
    const back = await allAnswer(again, topic);
    const restartMs = performance.now() - startedMs;
    const extraMiB = (await memoryAtRest(again)) - emptyMiB;
    await again.kill();
    if (back !== records) throw new Error(`${side.label}: ${back} records came back`);
    const notes = { [RESTART]: restartMs, [MEMORY]: (extraMiB * 1_024) / THOUSAND };
    return { value: seconds * 1_000, notes };
  },
};

const TEN_THOUSAND = 10_000;
const TOPICS = 10;

function openFiles({ pid }: Broker): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}

const tenThousand: ProcessRow = {
  kind: "process",
  alone: "gofka",
  name: `start with ${TEN_THOUSAND} partitions on one node, until all answer`,
  unit: "ms",
  better: "less",
  method: `${TOPICS} topics; created, one record in each partition, stopped in good order, started`,
  goals: [orLess(5_000), orLess(2_000, "open files"), orLess(20, MEMORY)],
  measure: async (side) => {
    const emptyMiB = await emptyNodeMiB(side);
    const topics = Array.from({ length: TOPICS }, (_, index) => `ten-thousand-${index}`);
    const partitions = TEN_THOUSAND / TOPICS;
    const broker = await side.start({ port: 0 });
    const createdFromMs = performance.now();
    for (const topic of topics) await createTopic(side, broker, topic, partitions);
    const createMs = performance.now() - createdFromMs;
    const one = { recordBytes: 100, even: true, partitions, records: partitions };
    for (const topic of topics) await load("produce", broker.bootstrap, { topic, ...one });
    const filesWritten = openFiles(broker);
    await broker.stop();
    const startedMs = performance.now();
    const again = await side.start({ directory: baseOf(broker), pollMs: POLL_MS });
    let back = 0;
    for (const topic of topics) back += await allAnswer(again, topic);
    const value = performance.now() - startedMs;
    const files = Math.max(openFiles(again), filesWritten);
    const resident = await memoryAtRest(again);
    const memory = ((resident - emptyMiB) * 1_024) / TEN_THOUSAND;
    await again.stop();
    if (back !== TEN_THOUSAND) throw new Error(`${back} records came back`);
    const notes = { "open files": files, [MEMORY]: memory, "create ms": createMs };
    return { value, notes: { ...notes, "first answer ms": again.firstAnswerMs } };
  },
};

export const partitionRows: Rows = {
  "partitions-1000": thousand,
  "partitions-10000": tenThousand,
};
