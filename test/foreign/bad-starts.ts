// What keeps a node from starting, or a disk from holding: a port in use, a locked, foreign or
// unreadable data directory, wrong settings, a damaged segment, a full disk. Each gets one clear line
// and loses nothing that was acked.
//
//   node test/foreign/bad-starts.ts

import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { load } from "../../bench/load.ts";
import type { Verified } from "../../bench/load.ts";
import type { Broker } from "../../bench/broker.ts";
import { Checks, run, scratch, startBroker } from "./harness.ts";

const main = join(import.meta.dirname, "../../src/main.ts");
const checks = new Checks();
const newDirectory = (): string => mkdtempSync(join(scratch, "bad-start-"));

/** A start that must be refused: nothing on stdout, and among stderr one line that says why. */
async function refused(words: readonly string[], says: RegExp): Promise<string> {
  const startedMs = performance.now();
  const { code, stdout, stderr } = await run(process.execPath, [main, "start", ...words], {
    timeoutMs: 20_000,
  });
  assert.notEqual(code, 0, "it started");
  assert.notEqual(code, null, "it had to be killed");
  assert.equal(stdout, "");
  const saying = stderr.split("\n").filter((line) => says.test(line) && !line.startsWith("{"));
  assert.equal(saying.length, 1, `not one clear line, but:\n${stderr.slice(0, 2_000)}`);
  assert.doesNotMatch(stderr, /^\s+at .*:\d+:\d+/m, "a stack is nothing for a user");
  return `${saying[0]!.slice(0, 160)} (${(performance.now() - startedMs).toFixed(0)} ms)`;
}

async function filled(broker: Broker, topic: string): Promise<void> {
  await load("create", broker.bootstrap, { topic, partitions: 2 });
  const verified = await load<Verified>("verify", broker.bootstrap, { topic, records: 5_000 });
  assert.equal(verified.read, 5_000);
}

async function starts(): Promise<void> {
  const directory = newDirectory();
  const up = await startBroker("gofka", { directory });
  const port = String(up.port);
  const words = ["--port", "0", "--data-dir"];
  await checks.check("the port is in use", () =>
    refused(
      ["--port", port, "--data-dir", newDirectory()],
      new RegExp(`${port}.*in use|in use.*${port}`),
    ),
  );
  await checks.check("the data directory is another node's", () =>
    refused([...words, directory], /lock|in use|another/i),
  );
  await up.stop();
  await checks.check("the data directory is a file", () => {
    const file = join(newDirectory(), "file");
    writeFileSync(file, "");
    return refused([...words, file], /file/i);
  });
  await checks.check("the data directory cannot be made", () => {
    const file = join(newDirectory(), "file");
    writeFileSync(file, "");
    return refused([...words, join(file, "data")], /cannot/);
  });
  await checks.check("the data directory is of another node id", () =>
    refused([...words, directory, "--set", "node.id=77"], /77/),
  );
  await checks.check("meta.properties is of an unknown version", () => {
    const foreign = newDirectory();
    writeFileSync(join(foreign, "meta.properties"), "version=9\ncluster.id=abc\nnode.id=1\n");
    return refused([...words, foreign], /meta\.properties/);
  });
  await checks.check("meta.properties is garbage", () => {
    const foreign = newDirectory();
    writeFileSync(join(foreign, "meta.properties"), Buffer.alloc(300, 0x87));
    return refused([...words, foreign], /meta\.properties/);
  });
}

async function settings(): Promise<void> {
  const directory = newDirectory();
  const words = ["--port", "0", "--data-dir", directory];
  await checks.check("a setting that is no number", () =>
    refused(
      [...words, "--set", "num.partitions=many"],
      /num\.partitions.*many|many.*num\.partitions/,
    ),
  );
  await checks.check("a flush policy that is none", () =>
    refused([...words, "--set", "gofka.flush.policy=never"], /gofka\.flush\.policy/),
  );
  await checks.check("a properties file that is not there", () =>
    refused([join(directory, "no.properties"), ...words], /no\.properties/),
  );
  await checks.check("an option that is none", () => refused(["--prot", "1"], /--prot/));
  await checks.check("an unknown setting gets one line", async () => {
    const broker = await startBroker("gofka", {
      directory,
      settings: { "no.such.key": "1" },
    }).catch((error: Error) => error.message);
    const text = typeof broker === "string" ? broker : broker.output();
    if (typeof broker !== "string") await broker.stop();
    const lines = text.split("\n").filter((line) => line.includes("no.such.key"));
    assert.equal(lines.length, 1, text);
    return `${typeof broker === "string" ? "refused" : "started"}: ${lines[0]!.slice(0, 140)}`;
  });
}

function firstSegment(directory: string, topic: string): string {
  const partition = readdirSync(directory).find((name) => name === `${topic}-0`)!;
  const log = readdirSync(join(directory, partition)).find((name) => name.endsWith(".log"))!;
  return join(directory, partition, log);
}

async function damage(): Promise<void> {
  await checks.check("a byte of a segment is flipped while the node is down", async () => {
    const directory = newDirectory();
    const broker = await startBroker("gofka", { directory });
    await filled(broker, "damaged");
    await filled(broker, "sound");
    await broker.kill();
    const segment = firstSegment(directory, "damaged");
    const bytes = readFileSync(segment);
    bytes[Math.floor(bytes.length / 2)]! ^= 0x10;
    writeFileSync(segment, bytes);
    const again = await startBroker("gofka", { directory });
    const sound = await load("consume", again.bootstrap, { topic: "sound" });
    assert.equal(sound.records, 5_000);
    const told = again
      .output()
      .split("\n")
      .filter((line) => line.includes("damaged-0"));
    await again.stop();
    assert.ok(told.length > 0, `not a word about damaged-0:\n${again.output().slice(-2_000)}`);
    return told[0]!.slice(0, 200);
  });
  await checks.check("a segment is cut short in the middle of a batch", async () => {
    const directory = newDirectory();
    const broker = await startBroker("gofka", { directory });
    await filled(broker, "torn");
    await broker.kill();
    const segment = firstSegment(directory, "torn");
    const bytes = readFileSync(segment);
    writeFileSync(segment, bytes.subarray(0, bytes.length - 7));
    const again = await startBroker("gofka", { directory });
    const rest = await load("consume", again.bootstrap, { topic: "torn" });
    await again.stop();
    assert.ok(rest.records < 5_000 && rest.records > 0, `${rest.records} records`);
    return `${rest.records} of 5,000 records are left, whole ones`;
  });
}

/** A file system of its own that is small enough to fill. */
async function fullDisk(): Promise<void> {
  const mountPoint = join(scratch, "small-disk");
  mkdirSync(mountPoint);
  const mount = ["-t", "tmpfs", "-o", "size=48m", "none", mountPoint];
  if ((await run("mount", mount)).code !== 0) {
    console.log("skip  the disk is full: mount needs rights that are not there");
    return;
  }
  try {
    await checks.check("the disk is full", async () => {
      const directory = join(mountPoint, "data");
      const ackedLog = join(scratch, "full.log");
      const configs = "segment.bytes=8388608,segment.index.bytes=4096";
      const broker = await startBroker("gofka", { directory });
      await load("create", broker.bootstrap, { topic: "full", partitions: 1, configs });
      const filling = await load<Verified>("fill", broker.bootstrap, {
        topic: "full",
        ackedLog,
        recordBytes: 10_000,
        rate: 20_000,
        duration: "4s",
        timeout: "3s",
      });
      assert.ok(filling.failed > 0, "everything fitted");
      const kept = await load<Verified>("verify-log", broker.bootstrap, {
        topic: "full",
        ackedLog,
      });
      assert.equal(kept.missing, 0);
      const code = await broker.stop();
      return `${filling.acked} acked and there, ${filling.failed} refused; stopped with ${code}`;
    });
  } finally {
    await run("umount", ["-l", mountPoint]);
  }
}

await starts();
await settings();
await damage();
await fullDisk();
checks.finish();
