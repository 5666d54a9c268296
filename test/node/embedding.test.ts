// A node inside another program, through the door that such programs use.

import { strict as assert } from "node:assert";
import { cpSync, existsSync, readdirSync } from "node:fs";
import { createServer } from "node:net";
import type { Server } from "node:net";
import { join } from "node:path";
import { describe, it } from "node:test";
import { Gofka } from "../../src/index.ts";
import { addressOf, TestClient } from "../support/kafka-client.ts";
import { runProgram } from "../support/node-process.ts";
import { scratchDirectory } from "../support/scratch.ts";

const quiet = { logLevel: "silent" } as const;

/** Listens on the port for itself alone; rejects when it is taken. */
function bind(port: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen({ host: "127.0.0.1", port }, () => resolve(server));
  });
}

async function isFree(port: number): Promise<boolean> {
  try {
    (await bind(port)).close();
    return true;
  } catch {
    return false;
  }
}

async function leaderEpochs(client: TestClient, topic: string): Promise<number[]> {
  const { topics } = await client.metadata([topic]);
  return topics[0]!.partitions.map(({ leaderEpoch }) => leaderEpoch);
}

const CLEAN_MARK = ".kafka_cleanshutdown";
const MANY = Array.from({ length: 50 }, (_, index) => `value ${index}`);

describe("an embedded node in memory", () => {
  it("takes a free port, serves clients, and frees the port at the block's end", async () => {
    let port: number;
    {
      await using node = await Gofka.start(quiet);
      port = node.port;
      assert.equal(node.bootstrapServers, `127.0.0.1:${port}`);
      assert.deepEqual(addressOf(node.bootstrapServers), { host: node.host, port: node.port });
      using client = new TestClient(node.bootstrapServers);
      await client.createTopic("greetings", 3);
      assert.deepEqual(
        await client.produce("greetings", 2, MANY),
        MANY.map((_, index) => index),
      );
      assert.deepEqual(await client.values("greetings", 2), MANY);
      assert.deepEqual(await client.values("greetings", 0), []);
      assert.equal(await isFree(port), false);
    }
    assert.equal(await isFree(port), true);
  });

  for (const hosts of [0, 1, 2]) {
    it(`runs on ${hosts} host threads`, async () => {
      await using node = await Gofka.start({ ...quiet, hosts });
      using client = new TestClient(node.bootstrapServers);
      await client.createTopic("spread", 4);
      for (const index of [0, 1, 2, 3]) await client.produce("spread", index, [`to ${index}`]);
      for (const index of [0, 1, 2, 3]) {
        assert.deepEqual(await client.values("spread", index), [`to ${index}`]);
      }
    });
  }

  it("knows nothing of another one beside it", async () => {
    await using one = await Gofka.start(quiet);
    await using other = await Gofka.start(quiet);
    assert.notEqual(one.port, other.port);
    using toOne = new TestClient(one.bootstrapServers);
    using toOther = new TestClient(other.bootstrapServers);
    await toOne.createTopic("mine");
    await toOne.produce("mine", 0, ["a"]);
    const { topics, clusterId } = await toOther.metadata();
    assert.deepEqual(topics, []);
    assert.notEqual(clusterId, (await toOne.metadata()).clusterId);
    await one.stop();
    await toOther.createTopic("other");
    await toOther.produce("other", 0, ["b"]);
    assert.deepEqual(await toOther.values("other"), ["b"]);
  });

  it("takes Kafka's own keys", async () => {
    const config = {
      "num.partitions": 5,
      "auto.create.topics.enable": true,
      "log.retention.ms": -1,
      "node.id": "7",
    };
    await using node = await Gofka.start({ ...quiet, config });
    using client = new TestClient(node.bootstrapServers, { allowAutoTopicCreation: true });
    await client.produce("made-by-need", 4, ["x"]);
    const { topics, brokers } = await client.metadata(["made-by-need"]);
    assert.equal(topics[0]?.partitions.length, 5);
    assert.deepEqual(
      brokers.map(({ nodeId }) => nodeId),
      [7],
    );
  });

  it("listens where its configuration says, and tells clients what it says", async () => {
    const first = await Gofka.start(quiet);
    const { port } = first;
    await first.stop();
    const config = {
      listeners: `PLAINTEXT://0.0.0.0:${port}`,
      "advertised.listeners": "PLAINTEXT://localhost:29092",
    };
    await using node = await Gofka.start({ ...quiet, config });
    assert.equal(node.bootstrapServers, `127.0.0.1:${port}`);
    using client = new TestClient(node.bootstrapServers);
    const { brokers } = await client.metadata();
    assert.deepEqual(
      brokers.map((broker) => `${broker.host}:${broker.port}`),
      ["localhost:29092"],
    );
  });

  it("listens on the port that is asked for", async () => {
    const first = await Gofka.start(quiet);
    const { port } = first;
    await first.stop();
    await using node = await Gofka.start({ ...quiet, port });
    assert.equal(node.port, port);
  });

  it("may be stopped twice, and from several places at once", async () => {
    const node = await Gofka.start(quiet);
    await Promise.all([node.stop(), node.stop()]);
    await node.stop();
    await node[Symbol.asyncDispose]();
    assert.equal(await isFree(node.port), true);
  });

  it("stops though a client is connected, and the client hears of it", async () => {
    const node = await Gofka.start(quiet);
    using client = new TestClient(node.bootstrapServers);
    await client.createTopic("t");
    await node.stop();
    assert.equal(await isFree(node.port), true);
    await assert.rejects(client.metadata(), /ECONNREFUSED|ECONNRESET|stopped/);
  });
});

describe("an embedded node with a data directory", () => {
  it("keeps its data over a clean stop, and then recovers nothing", async (t) => {
    const dataDir = join(scratchDirectory(t), "a/b");
    const first = await Gofka.start({ ...quiet, dataDir });
    using firstClient = new TestClient(first.bootstrapServers);
    await firstClient.createTopic("kept", 2);
    await firstClient.produce("kept", 1, MANY);
    const before = await firstClient.metadata();
    assert.ok(!existsSync(join(dataDir, CLEAN_MARK)));
    await first.stop();
    assert.ok(existsSync(join(dataDir, CLEAN_MARK)));
    assert.ok(!existsSync(join(dataDir, ".lock")));

    await using second = await Gofka.start({ ...quiet, dataDir });
    assert.ok(!existsSync(join(dataDir, CLEAN_MARK)));
    using client = new TestClient(second.bootstrapServers);
    assert.deepEqual(await client.values("kept", 1), MANY);
    const after = await client.metadata();
    assert.equal(after.clusterId, before.clusterId);
    assert.deepEqual(after.topics, before.topics);
    // The first offset free is the next one taken.
    assert.deepEqual(await client.produce("kept", 1, ["next"]), [MANY.length]);
  });

  it("recovers what a node that was never stopped has left", async (t) => {
    const scratch = scratchDirectory(t);
    const dataDir = join(scratch, "running");
    const copy = join(scratch, "copy");
    await using running = await Gofka.start({ ...quiet, dataDir });
    using client = new TestClient(running.bootstrapServers);
    await client.createTopic("kept", 2);
    await client.produce("kept", 0, MANY);
    const epochs = await leaderEpochs(client, "kept");
    copyDirectory(dataDir, copy);
    await client.produce("kept", 0, ["after the copy"]);

    await using second = await Gofka.start({ ...quiet, dataDir: copy });
    using other = new TestClient(second.bootstrapServers);
    assert.deepEqual(await other.values("kept", 0), MANY);
    assert.deepEqual(
      await leaderEpochs(other, "kept"),
      epochs.map((epoch) => epoch + 1),
    );
    assert.deepEqual(await other.produce("kept", 0, ["another"]), [MANY.length]);
    assert.deepEqual(await client.values("kept", 0), [...MANY, "after the copy"]);
  });

  it("takes the directory from its configuration as well", async (t) => {
    const directory = scratchDirectory(t);
    await using _ = await Gofka.start({ ...quiet, config: { "log.dirs": directory } });
    assert.ok(existsSync(join(directory, "meta.properties")));
  });

  it(
    "leaves no descriptor open when it stops",
    { skip: !existsSync("/proc/self/fd") },
    async (t) => {
      const dataDir = scratchDirectory(t);
      const openDescriptors = () => readdirSync("/proc/self/fd").length;
      let before = 0;
      for (let life = 0; life < 4; life++) {
        await using node = await Gofka.start({ ...quiet, dataDir });
        using client = new TestClient(node.bootstrapServers);
        if (life === 0) await client.createTopic("t", 8);
        for (let index = 0; index < 8; index++) await client.produce("t", index, ["x"]);
        // What the first run makes Node.js open for good is counted in.
        if (life === 1) before = openDescriptors();
        if (life === 3) assert.ok(openDescriptors() <= before, `${openDescriptors()} > ${before}`);
      }
    },
  );

  it("keeps topics, configs and deletions through several lives", async (t) => {
    const dataDir = scratchDirectory(t);
    for (let life = 0; life < 3; life++) {
      await using node = await Gofka.start({ ...quiet, dataDir, hosts: life % 2 });
      using client = new TestClient(node.bootstrapServers);
      await client.createTopic(`topic-${life}`, 2, { "retention.ms": String(100_000 + life) });
      const names = new Set((await client.metadata()).topics.map(({ name }) => name));
      assert.deepEqual(names, new Set(["topic-0", "topic-1", "topic-2"].slice(0, life + 1)));
      for (const name of names) await client.produce(name!, 1, [`life ${life}`]);
    }
    await using node = await Gofka.start({ ...quiet, dataDir });
    using client = new TestClient(node.bootstrapServers);
    assert.deepEqual(await client.values("topic-0", 1), ["life 0", "life 1", "life 2"]);
    assert.deepEqual(await client.values("topic-2", 1), ["life 2"]);
  });
});

/** As a crash would leave it: everything but the sockets, which no copy can hold. */
function copyDirectory(from: string, to: string): void {
  cpSync(from, to, { recursive: true, filter: (path) => !path.endsWith(".socket") });
}

describe("a program that embeds a node", () => {
  for (const hosts of [0, 2]) {
    it(`ends by itself when the node has stopped (${hosts} hosts)`, async (t) => {
      const program = join(import.meta.dirname, "embedding-program.ts");
      const child = runProgram(t, [program, String(hosts), scratchDirectory(t)]);
      await child.heard(/^stopped$/m);
      // A handle left open would keep it: it must end by itself, and the deadline is the proof.
      const { code } = await child.ended(60_000);
      assert.equal(code, 0, child.stderr);
    });
  }
});
