// Loaded into every thread of the node that is flooded (`--import`): at a signal to the process each thread
// collects its garbage and writes down what is left. Resident memory would tell of V8's leisure: it lets a
// heap grow to several times of what lives in it before it looks.

import { renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { getHeapStatistics, setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { BroadcastChannel, isMainThread, threadId } from "node:worker_threads";

const directory = process.env["GOFKA_LIVE_BYTES_DIR"] ?? ".";
setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

function tell(): void {
  // What the first collection finds weak is gone after the second.
  collect();
  collect();
  const { used_heap_size: heap, external_memory: external } = getHeapStatistics();
  const file = join(directory, `live-${threadId}.txt`);
  writeFileSync(`${file}.part`, String(heap + external));
  renameSync(`${file}.part`, file);
}

const channel = new BroadcastChannel("live-bytes");
channel.onmessage = tell;
// Node's types do not know that it can be let go.
(channel as unknown as { unref(): void }).unref();
if (isMainThread) {
  process.on("SIGUSR2", () => {
    channel.postMessage("tell");
    tell();
  });
}
