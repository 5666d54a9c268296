// kcat (Debian's, on librdkafka 2.0): produce and consume with every codec, keys, headers, nulls;
// -L -J, -Q, -o s@TIMESTAMP, the special offsets.

import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import type { Checks } from "./harness.ts";
import { against, freshName, must, run } from "./harness.ts";

const codecs = ["none", "gzip", "snappy", "lz4", "zstd"];

type Listing = {
  readonly brokers: readonly { readonly id: number; readonly name: string }[];
  readonly topics: readonly {
    readonly topic: string;
    readonly partitions: readonly { readonly partition: number; readonly leader: number }[];
  }[];
};

type Message = {
  readonly offset: number;
  readonly ts: number;
  readonly key: string | null;
  readonly payload: string | null;
  readonly headers?: readonly string[];
};

function linesOf(text: string): readonly string[] {
  return text.split("\n").filter((line) => line !== "");
}

/** 2,000 lines of differing length, so that batches of every codec hold something to compress. */
function manyLines(codec: string): readonly string[] {
  return Array.from({ length: 2_000 }, (_, i) => `${codec} ${i} ${"abc ".repeat(i % 40)}`.trim());
}

/** kcat's ways against one broker. */
class Kcat {
  readonly bootstrap: string;

  constructor(bootstrap: string) {
    this.bootstrap = bootstrap;
  }

  run(words: readonly string[], input = ""): Promise<string> {
    return must("kcat", ["-b", this.bootstrap, ...words], { input, timeoutMs: 30_000 });
  }

  consume(topic: string, words: readonly string[] = []): Promise<string> {
    return this.run(["-C", "-t", topic, "-e", "-q", "-X", "check.crcs=true", ...words]);
  }

  async messages(topic: string, words: readonly string[] = []): Promise<Message[]> {
    const text = await this.consume(topic, ["-J", ...words]);
    return linesOf(text).map((line) => JSON.parse(line) as Message);
  }
}

async function codecsAndAcks(checks: Checks, kcat: Kcat): Promise<void> {
  for (const codec of codecs) {
    await checks.check(`produce and consume, ${codec}`, async () => {
      const topic = freshName(codec);
      const lines = manyLines(codec);
      await kcat.run(["-P", "-t", topic, "-z", codec], `${lines.join("\n")}\n`);
      assert.deepEqual(linesOf(await kcat.consume(topic, ["-o", "beginning"])), lines);
    });
  }

  for (const acks of ["0", "1", "-1"]) {
    await checks.check(`produce with acks=${acks}`, async () => {
      const topic = freshName("acks");
      await kcat.run(["-P", "-t", topic, "-X", `acks=${acks}`], "a\nb\nc\n");
      assert.deepEqual(linesOf(await kcat.consume(topic, ["-o", "beginning"])), ["a", "b", "c"]);
    });
  }

  await checks.check("idempotent producer", async () => {
    const topic = freshName("idempotent");
    const lines = manyLines("idempotent");
    const words = ["-P", "-t", topic, "-X", "enable.idempotence=true", "-X", "batch.size=2000"];
    await kcat.run(words, `${lines.join("\n")}\n`);
    assert.deepEqual(linesOf(await kcat.consume(topic, ["-o", "beginning"])), lines);
  });
}

async function messagesAndListing(checks: Checks, kcat: Kcat): Promise<void> {
  await checks.check("keys, headers, null keys and null values", async () => {
    const topic = freshName("keyed");
    await kcat.run(["-P", "-t", topic, "-K:", "-Z", "-H", "trace=1", "-H", "empty="], "k:v\nx:\n");
    await kcat.run(["-P", "-t", topic], "plain\n");
    const read = await kcat.messages(topic, ["-o", "beginning"]);
    const seen = read.map(({ key, payload, headers }) => ({ key, payload, headers }));
    assert.deepEqual(seen, [
      { key: "k", payload: "v", headers: ["trace", "1", "empty", ""] },
      { key: "x", payload: null, headers: ["trace", "1", "empty", ""] },
      { key: null, payload: "plain", headers: undefined },
    ]);
  });

  await checks.check("a large message", async () => {
    const topic = freshName("large");
    const line = "x".repeat(900_000);
    await kcat.run(["-P", "-t", topic], `${line}\n`);
    assert.equal((await kcat.consume(topic, ["-o", "beginning"])).trimEnd(), line);
  });

  await checks.check("-L -J lists the broker and a topic", async () => {
    const topic = freshName("listed");
    await kcat.run(["-P", "-t", topic], "a\n");
    const listing = JSON.parse(await kcat.run(["-L", "-J"])) as Listing;
    assert.equal(listing.brokers.length, 1);
    assert.equal(listing.brokers[0]!.name, kcat.bootstrap);
    const partitions = listing.topics.find((each) => each.topic === topic)?.partitions;
    assert.ok(partitions !== undefined, "the topic is not listed");
    assert.deepEqual(
      partitions.map(({ partition, leader }) => [partition, leader]),
      [[0, listing.brokers[0]!.id]],
    );
  });
}

async function offsetsAndTimes(checks: Checks, kcat: Kcat): Promise<void> {
  await checks.check("offsets: -o N, -o -N, end", async () => {
    const topic = freshName("offsets");
    await kcat.run(["-P", "-t", topic], "a\nb\nc\nd\n");
    assert.deepEqual(linesOf(await kcat.consume(topic, ["-o", "1"])), ["b", "c", "d"]);
    assert.deepEqual(linesOf(await kcat.consume(topic, ["-o", "-2"])), ["c", "d"]);
    assert.deepEqual(linesOf(await kcat.consume(topic, ["-o", "end"])), []);
    assert.deepEqual(linesOf(await kcat.consume(topic, ["-o", "1", "-c", "2"])), ["b", "c"]);
  });

  await checks.check("timestamps: -Q and -o s@TIMESTAMP, -o e@TIMESTAMP", async () => {
    const topic = freshName("times");
    for (const value of ["a", "b", "c"]) {
      await kcat.run(["-P", "-t", topic], `${value}\n`);
      await sleep(30);
    }
    const read = await kcat.messages(topic, ["-o", "beginning"]);
    const [a, b, c] = read.map(({ ts }) => ts);
    const query = async (timestamp: number): Promise<string> =>
      (await kcat.run(["-Q", "-t", `${topic}:0:${timestamp}`])).trim();
    assert.equal(await query(b!), `${topic} [0] offset 1`);
    assert.equal(await query(a! + 1), `${topic} [0] offset 1`);
    assert.equal(await query(-2), `${topic} [0] offset 0`);
    assert.equal(await query(-1), `${topic} [0] offset 3`);
    // librdkafka shows "none so late" as its own logical end.
    assert.equal(await query(c! + 10_000), `${topic} [0] offset -1`);
    assert.deepEqual(linesOf(await kcat.consume(topic, ["-o", `s@${b}`])), ["b", "c"]);
    assert.deepEqual(linesOf(await kcat.consume(topic, ["-o", `s@${a}`, "-o", `e@${c}`])), [
      "a",
      "b",
    ]);
  });

  await checks.check("an offset out of range is reset as asked", async () => {
    const topic = freshName("range");
    await kcat.run(["-P", "-t", topic], "a\n");
    const words = ["-X", "topic.auto.offset.reset=earliest", "-o", "1000"];
    assert.deepEqual(linesOf(await kcat.consume(topic, words)), ["a"]);
  });

  await checks.check("a topic that is not there and may not be made", async () => {
    const { stderr } = await run(
      "kcat",
      [
        "-b",
        kcat.bootstrap,
        "-C",
        "-t",
        freshName("absent"),
        "-e",
        "-X",
        "allow.auto.create.topics=false",
      ],
      { timeoutMs: 20_000 },
    );
    assert.match(stderr, /Unknown topic or partition/i);
  });
}

await against(async (checks, bootstrap) => {
  const kcat = new Kcat(bootstrap);
  await codecsAndAcks(checks, kcat);
  await messagesAndListing(checks, kcat);
  await offsetsAndTimes(checks, kcat);
});
