// A metadata log of 100,000 records, and how much longer a node takes to be ready with it than without.
//
// Lives on: the developer's machine.

import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import type { Admin } from "../../src/client/admin.ts";
import { startGofka } from "../gofka.ts";
import { clientOf } from "./first-topic.ts";

const RECORDS = 100_000;
const TOPICS = 100;
const keys = ["retention.ms", "segment.bytes", "retention.bytes", "max.message.bytes", "flush.ms"];
const TOPIC = 2;
const TIMES = 5;

/** How much longer each of some starts took, in milliseconds, than one without the log. */
export async function replayTimes(scratch: string): Promise<readonly number[]> {
  const full = mkdtempSync(join(scratch, "replay-"));
  const bare = mkdtempSync(join(scratch, "bare-"));
  const start = (dataDirectory: string) => startGofka({ compiled: true, dataDirectory });
  const first = await start(full);
  await fill(first.port);
  await first.kill();
  await (await start(bare)).kill();
  const extra: number[] = [];
  for (let time = 0; time < TIMES; time++) {
    const with100k = await start(full);
    await with100k.kill();
    const without = await start(bare);
    await without.kill();
    extra.push(with100k.firstAnswerMs - without.firstAnswerMs);
  }
  return extra;
}

/** Each setting of a topic that changes is a record. */
async function fill(port: number): Promise<void> {
  const client = clientOf([port]);
  const names = Array.from({ length: TOPICS }, (_, at) => `topic-${at}`);
  for (const name of names) {
    await client.createTopic({ name, partitions: 1, replicationFactor: 1 });
  }
  for (let round = 1; round <= RECORDS / (TOPICS * keys.length); round++) {
    const values = Object.fromEntries(keys.map((key) => [key, String(1_048_576 + round)]));
    await Promise.all(names.map((name) => change(client.admin, name, values)));
  }
  client.close();
}

function change(admin: Admin, name: string, values: Record<string, string>): Promise<void> {
  return new Promise((resolve, reject) => {
    admin.setConfigs(TOPIC, name, values, (outcome) => {
      const code = outcome.ok ? outcome.value.responses[0]?.errorCode : outcome.detail;
      if (code === 0) resolve();
      else reject(new Error(`${name}: ${code}`));
    });
  });
}
