// What a program hears when a node cannot be started: one sentence, and nothing left behind.

import { strict as assert } from "node:assert";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import type { GofkaOptions } from "../../src/index.ts";
import { Gofka, StartRefused } from "../../src/index.ts";
import { scratchDirectory } from "../support/scratch.ts";

const quiet = { logLevel: "silent" } as const;
const CLEAN_MARK = ".kafka_cleanshutdown";

async function refusal(options: GofkaOptions): Promise<string> {
  try {
    const node = await Gofka.start({ ...quiet, ...options });
    await node.stop();
  } catch (error) {
    assert.ok(error instanceof StartRefused, `not a StartRefused: ${String(error)}`);
    assert.ok(!error.message.includes("\n"), `more than one line: ${error.message}`);
    return error.message;
  }
  return assert.fail("the node has started");
}

describe("an embedded node that cannot start says why in one line", () => {
  it("a port in use", async () => {
    await using node = await Gofka.start(quiet);
    const { port } = node;
    assert.equal(await refusal({ port }), `cannot listen on 127.0.0.1:${port}: it is in use`);
    assert.match(await refusal({ port, hosts: 2 }), /it is in use/);
  });

  it("a port shared by the hosts of another node", async () => {
    await using node = await Gofka.start({ ...quiet, hosts: 2 });
    assert.match(await refusal({ port: node.port, hosts: 2 }), /it is in use/);
  });

  it("an address that is not this machine's", async () => {
    const config = { listeners: "PLAINTEXT://192.0.2.1:0" };
    assert.match(await refusal({ config }), /cannot listen on 192\.0\.2\.1:0: .*EADDRNOTAVAIL/);
  });

  it("a directory that another running node has locked, whose process it names", async (t) => {
    const dataDir = scratchDirectory(t);
    await using _ = await Gofka.start({ ...quiet, dataDir });
    assert.equal(
      await refusal({ dataDir }),
      `the data directory ${dataDir} is in use by process ${process.pid}`,
    );
  });

  it("a directory of other things, which it leaves as they are", async (t) => {
    const dataDir = scratchDirectory(t);
    writeFileSync(join(dataDir, "thesis.txt"), "years of work");
    const sentence = await refusal({ dataDir });
    assert.match(sentence, /is not a Kafka data directory: it holds "thesis\.txt"/);
    assert.deepEqual(readdirSync(dataDir), ["thesis.txt"]);
  });

  it("a file where the directory should be", async (t) => {
    const path = join(scratchDirectory(t), "file");
    writeFileSync(path, "");
    assert.match(await refusal({ dataDir: path }), /cannot use the data directory .*\/file: /);
    assert.match(await refusal({ dataDir: join(path, "below") }), /cannot use the data directory/);
  });

  it("the directory of another node", async (t) => {
    const dataDir = scratchDirectory(t);
    await (await Gofka.start({ ...quiet, dataDir, config: { "node.id": 3 } })).stop();
    const before = readFileSync(join(dataDir, "meta.properties"), "utf8");
    const sentence = await refusal({ dataDir, config: { "node.id": 4 } });
    assert.match(sentence, /belongs to node 3, but this node is 4; set node\.id=3/);
    assert.equal(readFileSync(join(dataDir, "meta.properties"), "utf8"), before);
    assert.ok(existsSync(join(dataDir, CLEAN_MARK)), "the mark is for the next real start");
  });

  it("a meta.properties that says nothing", async (t) => {
    const dataDir = scratchDirectory(t);
    writeFileSync(join(dataDir, "meta.properties"), "version=99\n");
    assert.match(await refusal({ dataDir }), /meta\.properties cannot be used: /);
  });

  it("an unknown key, with the one it may have been", async () => {
    assert.equal(
      await refusal({ config: { "num.partition": 3 } }),
      "unknown configuration num.partition; did you mean num.partitions?",
    );
  });

  it("a value that will not do", async () => {
    assert.match(await refusal({ config: { "num.partitions": "many" } }), /many.*num\.partitions/);
    assert.match(await refusal({ config: { "log.retention.ms": 0 } }), /log\.retention\.ms/);
  });

  it("and the next start finds nothing in its way", async (t) => {
    const dataDir = scratchDirectory(t);
    await using other = await Gofka.start(quiet);
    await refusal({ dataDir, port: other.port });
    await refusal({ dataDir, port: other.port, hosts: 1 });
    await using node = await Gofka.start({ ...quiet, dataDir });
    assert.ok(node.port > 0);
  });
});
