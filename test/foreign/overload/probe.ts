// How others fare meanwhile: a client that asks small questions, one after the other, and notes how long
// each answer takes.

import { committed } from "../../../bench/groups/commits.ts";
import { ErrorCode } from "../../../src/protocol/error-codes.ts";
import { FetchRequest, FetchResponse } from "../../../src/protocol/messages/01-fetch.ts";
import { MetadataRequest, MetadataResponse } from "../../../src/protocol/messages/03-metadata.ts";
import {
  HeartbeatRequest,
  HeartbeatResponse,
} from "../../../src/protocol/messages/12-heartbeat.ts";
import { RawConnection } from "../raw-connection.ts";

const apis = {
  metadata: { request: MetadataRequest, response: MetadataResponse },
  heartbeat: { request: HeartbeatRequest, response: HeartbeatResponse },
  fetch: { request: FetchRequest, response: FetchResponse },
};
const GROUP = "nobody";

/** One partition, from `fetchOffset` on. */
export function fetchOf(
  topic: string,
  options: { fetchOffset?: number; maxWaitMs?: number; minBytes?: number; maxBytes?: number } = {},
) {
  const { fetchOffset = 0, maxWaitMs = 0, minBytes = 0, maxBytes = 64 * 1024 } = options;
  const partitions = [{ partition: 0, fetchOffset, partitionMaxBytes: maxBytes }];
  return { maxWaitMs, minBytes, maxBytes, topics: [{ topic, partitions }] };
}

export const FETCH_VERSION = 11;

export type Question = "metadata" | "heartbeat" | "fetch";
export type Times = Readonly<Record<Question, number>>;

/** p99 in ms of `rounds` answers to each question; `topic` has records at its beginning. */
export async function probe(bootstrap: string, topic: string, rounds = 500): Promise<Times> {
  const connection = await RawConnection.open(bootstrap);
  const times: Record<Question, number[]> = { metadata: [], heartbeat: [], fetch: [] };
  const timed = async (question: Question, ask: () => Promise<unknown>): Promise<void> => {
    const askedMs = performance.now();
    await ask();
    times[question].push(performance.now() - askedMs);
  };
  // The first who asks for a coordinator makes the node create its topic of offsets.
  await committed(bootstrap, GROUP, topic, 0);
  const heartbeat = { groupId: GROUP, generationId: 1, memberId: "nobody" };
  for (let round = 0; round < rounds; round++) {
    await timed("metadata", () => connection.ask(apis.metadata, 8, { topics: [{ name: topic }] }));
    await timed("heartbeat", async () => {
      const { errorCode } = await connection.ask(apis.heartbeat, 2, heartbeat);
      if (errorCode !== ErrorCode.UNKNOWN_MEMBER_ID) throw new Error(`heartbeat: ${errorCode}`);
    });
    await timed("fetch", async () => {
      const { responses } = await connection.ask(apis.fetch, FETCH_VERSION, fetchOf(topic));
      const read = responses[0]?.partitions[0]?.records?.byteLength ?? 0;
      if (read === 0) throw new Error("a fetch of what is there found nothing");
    });
  }
  connection.end();
  const p99 = (all: number[]): number =>
    all.sort((a, b) => a - b)[Math.floor(0.99 * (all.length - 1))]!;
  return {
    metadata: p99(times.metadata),
    heartbeat: p99(times.heartbeat),
    fetch: p99(times.fetch),
  };
}

/** Below this nobody notices, and another process of the machine is as likely a cause. */
const UNNOTICED_MS = 5;
const TIMES_MAX = 3;

/** Throws when a p99 is more than three times what it was. */
export function holdAgainst(quiet: Times, meanwhile: Times): string {
  const said: string[] = [];
  const slow: string[] = [];
  for (const question of Object.keys(quiet) as Question[]) {
    const [before, now] = [quiet[question], meanwhile[question]];
    const what = `${question} p99 ${before.toFixed(2)} -> ${now.toFixed(2)} ms`;
    said.push(what);
    if (now > Math.max(TIMES_MAX * before, UNNOTICED_MS)) slow.push(what);
  }
  if (slow.length > 0) throw new Error(`more than ${TIMES_MAX} times: ${slow.join(", ")}`);
  return said.join(", ");
}
