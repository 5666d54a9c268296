// A node with two data directories: what lies where, what is found again, and what goes on when one of
// them fails.

import { strict as assert } from "node:assert";
import { cpSync, existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import type { TestContext } from "node:test";
import { Gofka } from "../../src/index.ts";
import { ErrorCode } from "../../src/protocol/error-codes.ts";
import {
  DescribeLogDirsRequest,
  DescribeLogDirsResponse,
} from "../../src/protocol/messages/35-describe-log-dirs.ts";
import { TestClient, until } from "../support/kafka-client.ts";
import { scratchDirectory } from "../support/scratch.ts";

const TOPIC = "orders";
const PARTITIONS = 4;
const CLEAN_MARK = ".kafka_cleanshutdown";
const logDirs = { request: DescribeLogDirsRequest, response: DescribeLogDirsResponse };

class Stage {
  readonly first: string;
  readonly second: string;

  constructor(t: TestContext) {
    const scratch = scratchDirectory(t);
    [this.first, this.second] = [join(scratch, "one"), join(scratch, "two")];
  }

  start(settings: Readonly<Record<string, string>> = {}): Promise<Gofka> {
    const config = { "log.dirs": `${this.first}, ${this.second}`, ...settings };
    return Gofka.start({ logLevel: "silent", config });
  }

  /** With a topic over both directories, and a record in each partition. */
  async filled(): Promise<void> {
    await using node = await this.start();
    using client = new TestClient(node.bootstrapServers);
    await client.createTopic(TOPIC, PARTITIONS);
    for (let index = 0; index < PARTITIONS; index++) {
      await client.produce(TOPIC, index, [`value ${index}`]);
    }
  }

  /** As if the disk were gone: what is in its place is no directory. */
  loseSecond(): void {
    renameSync(this.second, `${this.second}-away`);
    writeFileSync(this.second, "");
  }

  findSecond(): void {
    renameSync(this.second, `${this.second}-file`);
    renameSync(`${this.second}-away`, this.second);
  }
}

function partitionsIn(directory: string): string[] {
  return readdirSync(directory).filter((name) => name.startsWith(`${TOPIC}-`));
}

async function checkAll(node: Gofka, indexes: readonly number[] = [0, 1, 2, 3]): Promise<void> {
  using client = new TestClient(node.bootstrapServers);
  for (const index of indexes) {
    assert.deepEqual(await client.values(TOPIC, index), [`value ${index}`]);
  }
}

/** `error path partitions` of each directory. */
async function described(client: TestClient): Promise<(string | number)[][]> {
  const { results } = await client.ask(logDirs, { topics: null });
  return results.map(({ errorCode, logDir, topics, totalBytes }) => {
    assert.equal(totalBytes > 0, errorCode === ErrorCode.NONE);
    return [errorCode, logDir, topics.reduce((sum, { partitions }) => sum + partitions.length, 0)];
  });
}

describe("a node with two data directories", () => {
  it("spreads partitions over both, each with files of its own, and finds all again", async (t) => {
    const stage = new Stage(t);
    await stage.filled();
    const { first, second } = stage;
    const ids = [first, second].map((path) => {
      for (const name of [CLEAN_MARK, "recovery-point-offset-checkpoint", "partition"]) {
        const isThere = existsSync(join(path, name));
        assert.equal(isThere, name !== "partition", `${name} in ${path}`);
      }
      return /directory.id=(.*)/.exec(readFileSync(join(path, "meta.properties"), "utf8"))![1];
    });
    assert.notEqual(ids[0], ids[1]);
    assert.deepEqual(
      [partitionsIn(first), partitionsIn(second)],
      [
        ["orders-0", "orders-2"],
        ["orders-1", "orders-3"],
      ],
    );

    await using node = await stage.start();
    assert.equal(existsSync(join(second, CLEAN_MARK)), false);
    await checkAll(node);
    using client = new TestClient(node.bootstrapServers);
    assert.deepEqual(await described(client), [
      [0, first, 2],
      [0, second, 2],
    ]);
    await assert.rejects(stage.start(), /in use/);
  });

  it("opens a partition that was moved from one to the other", async (t) => {
    const stage = new Stage(t);
    await stage.filled();
    renameSync(join(stage.second, "orders-1"), join(stage.first, "orders-1"));
    await using node = await stage.start();
    await checkAll(node);
    assert.equal(existsSync(join(stage.second, "orders-1")), false);
  });

  it("does not start with one partition in both, and says so", async (t) => {
    const stage = new Stage(t);
    await stage.filled();
    cpSync(join(stage.second, "orders-1"), join(stage.first, "orders-1"), { recursive: true });
    await assert.rejects(stage.start(), /partition orders-1 lies in both/);
  });

  it("starts without the second; its partitions are offline, and back when it is", async (t) => {
    const stage = new Stage(t);
    await stage.filled();
    stage.loseSecond();
    {
      await using node = await stage.start();
      await checkAll(node, [0, 2]);
      using client = new TestClient(node.bootstrapServers);
      const options = { attemptsMax: 3 };
      const [refused] = await client.deliver(TOPIC, 1, ["lost"], options);
      assert.deepEqual(refused, { kind: "unknown", code: String(ErrorCode.KAFKA_STORAGE_ERROR) });
      assert.deepEqual(await described(client), [
        [0, stage.first, 2],
        [ErrorCode.KAFKA_STORAGE_ERROR, stage.second, 0],
      ]);
      // New partitions go where they can be kept.
      await client.createTopic("new", 2);
      assert.deepEqual(await client.produce("new", 1, ["value"]), [0]);
    }
    stage.findSecond();
    await using node = await stage.start();
    await checkAll(node);
  });

  it("goes on when the second fails, and takes its partitions alone offline", async (t) => {
    const stage = new Stage(t);
    await using node = await stage.start();
    using client = new TestClient(node.bootstrapServers);
    await client.createTopic(TOPIC, PARTITIONS, { "internal.segment.bytes": "2000" });
    const options = { attemptsMax: 3 };
    stage.loseSecond();
    // Open files outlive their directory; the next segment cannot be made.
    await until("the directory is offline", async () => {
      await client.deliver(TOPIC, 1, ["x".repeat(1_500)], options);
      return (await described(client))[1]![0] === ErrorCode.KAFKA_STORAGE_ERROR;
    });
    const [neighbour] = await client.deliver(TOPIC, 3, ["lost"], options);
    assert.deepEqual(neighbour, { kind: "unknown", code: String(ErrorCode.KAFKA_STORAGE_ERROR) });
    assert.deepEqual(await client.produce(TOPIC, 0, ["kept"]), [0]);
    await client.createTopic("new", 2);
    assert.deepEqual(await client.produce("new", 1, ["value"]), [0]);
  });
});
