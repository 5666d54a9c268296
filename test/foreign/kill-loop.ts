// kill -9 in the middle of a produce, again and again on one data directory: after every restart,
// each record that was ever acked is there, at its offset, byte for byte, and none twice.
//
//   node test/foreign/kill-loop.ts [--against gofka|kafka] [--kills 50]

import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { freePort } from "../../bench/broker.ts";
import type { Verified } from "../../bench/load.ts";
import { load } from "../../bench/load.ts";
import { Checks, scratch, startBroker, whichBroker } from "./harness.ts";

const { values: given } = parseArgs({
  strict: false,
  options: { kills: { type: "string", default: "50" } },
});
const which = whichBroker();
const directory = mkdtempSync(join(scratch, "killed-"));
const ackedLog = join(scratch, "acked.log");
const topic = "killed";
const port = await freePort();
const checks = new Checks();
const kills = Number(given.kills);
const restartsMs: number[] = [];

let broker = await startBroker(which, { directory, port });
await load("create", broker.bootstrap, { topic, partitions: 6 });

for (let kill = 1; kill <= kills; kill++) {
  const passed = await checks.check(`kill ${kill}`, async () => {
    const producing = load<Verified>("fill", broker.bootstrap, {
      topic,
      ackedLog,
      seed: kill,
      recordBytes: 50 + ((kill * 37) % 400),
      rate: 60_000,
      duration: "1500ms",
      timeout: "60s",
    });
    // Spread over the run: sometimes at the first records, sometimes near the last.
    await sleep(150 + ((kill * 61) % 1_200));
    await broker.kill();
    // The producer is not told: it goes on trying, and ends its run on the node that came back.
    broker = await startBroker(which, { directory, port });
    restartsMs.push(broker.firstAnswerMs);
    const filled = await producing;
    await load("await", broker.bootstrap, { topic });
    const result = await load<Verified>("verify-log", broker.bootstrap, { topic, ackedLog });
    return `${filled.acked} acked, ${filled.failed} not; ${result.acked} acked in all, all there`;
  });
  if (!passed) break;
}
const slowest = Math.max(...restartsMs).toFixed(0);
console.log(`first answer after a restart: at most ${slowest} ms`);
await broker.stop();
checks.finish();
