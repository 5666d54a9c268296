// Makes frames.jsonl.gz: real frames of real clients talking to a real Kafka through the recording
// proxy. Needs Java, Maven, Go and kcat; a minute or two.
//
//   node test/protocol/fuzz/record.ts

import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { freePort } from "../../../bench/broker.ts";
import { load } from "../../../bench/load.ts";
import { startKafka } from "../../../bench/peer/kafka.ts";
import { run } from "../../foreign/harness.ts";
import { java } from "../../foreign/side-by-side.ts";
import { javaTools } from "./record-java.ts";
import { kafkajs } from "./record-kafkajs.ts";
import { Recording, recordingProxy } from "./recording.ts";

const codecs = ["none", "gzip", "snappy", "lz4", "zstd"];

async function kcat(bootstrap: string): Promise<void> {
  const at = ["-b", bootstrap];
  const lines = Array.from({ length: 20 }, (_, i) => `key${i}:value ${"x".repeat(i)}`).join("\n");
  await run("kcat", [...at, "-L"]);
  for (const codec of codecs) {
    const how = ["-P", "-t", "kcat", "-K", ":", "-H", "a=b", "-H", "c=d", "-z", codec];
    await run("kcat", [...at, ...how], { input: lines });
  }
  await run("kcat", [...at, "-P", "-t", "kcat", "-X", "acks=0"], { input: lines });
  await run("kcat", [...at, "-P", "-t", "kcat", "-X", "enable.idempotence=true"], { input: lines });
  await run("kcat", [...at, "-C", "-t", "kcat", "-o", "beginning", "-e", "-q"]);
  await run("kcat", [...at, "-Q", "-t", "kcat:0:-1"]);
  const member = ["-G", "kcat-group", "-X", "auto.offset.reset=earliest", "kcat"];
  await run("kcat", [...at, ...member], { timeoutMs: 8000 });
  await run("kcat", [...at, "-X", "group.protocol=consumer", ...member], { timeoutMs: 8000 });
}

async function franz(bootstrap: string): Promise<void> {
  for (const codec of codecs) {
    const topic = `franz-${codec}`;
    await load("create", bootstrap, { topic, partitions: 3, configs: "retention.ms=3600000" });
    await load("verify", bootstrap, { topic, codec, records: 60, recordBytes: 40 });
  }
}

const port = await freePort();
const broker = await startKafka({
  settings: {
    "advertised.listeners": `PLAINTEXT://127.0.0.1:${port}`,
    "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
    "super.users": "User:ANONYMOUS",
    "delegation.token.secret.key": "secret",
  },
});
const recording = new Recording();
const proxy = recordingProxy(port, broker.port, recording);
await once(proxy, "listening");
const bootstrap = `127.0.0.1:${port}`;
const clients: Record<string, (bootstrap: string) => Promise<unknown>> = {
  kcat,
  "franz-go": franz,
  kafkajs,
  java: async () => {
    for (const { main, words, input } of javaTools(bootstrap)) {
      const { code, stderr } = await java(main, words, input);
      if (code !== 0) console.log(`${main} ${words.join(" ")}: ${code} ${stderr.slice(0, 200)}`);
    }
  },
};
for (const [name, use] of Object.entries(clients)) {
  recording.client = name;
  const before = recording.frames.length;
  try {
    await use(bootstrap);
  } catch (error) {
    console.log(`${name}: ${String(error)}`);
  }
  console.log(`${name}: ${recording.frames.length - before} frames`);
}
proxy.close();
await broker.kill();
const lines = recording.frames.map((frame) => `${JSON.stringify(frame)}\n`).join("");
const packed = gzipSync(lines, { level: 9 });
writeFileSync(join(import.meta.dirname, "frames.jsonl.gz"), packed);
const kinds = new Set(recording.frames.map(({ api, version, kind }) => `${api}${kind}${version}`));
console.log(`${recording.frames.length} frames, ${kinds.size} kinds, ${packed.length} bytes`);
process.exit(0);
