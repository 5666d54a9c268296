import { strict as assert } from "node:assert";
import { describe, it } from "node:test";
import { decodeMetaProperties } from "../../../src/storage/meta-properties.ts";
import { Bench, CLUSTER_ID, DIRECTORY, DIRECTORY_ID, MARK, TOPIC_IDS } from "./bench.ts";

describe("preparing a new data directory", () => {
  it("makes it, names it, and knows it again", () => {
    const bench = new Bench();
    const first = bench.prepare(7);
    assert.match(first.clusterId, /^[A-Za-z0-9_-]{22}$/);
    assert.match(first.directoryId, /^[A-Za-z0-9_-]{22}$/);
    assert.equal(first.cleanStart, false);
    assert.deepEqual(bench.stock(), { topics: [], cluster: null });
    const { clusterId, directoryId } = first;
    assert.equal(
      bench.read("meta.properties"),
      `#\ncluster.id=${clusterId}\ndirectory.id=${directoryId}\nnode.id=7\nversion=1\n`,
    );
    bench.restart();
    assert.deepEqual(bench.prepare(7), first);
  });

  it("makes its name, and that of its meta.properties, outlive a power cut", () => {
    const bench = new Bench();
    bench.prepare();
    const { requests } = bench.harness.disk;
    assert.ok(requests.includes("syncDirectory /data"), requests.join("\n"));
    const renamed = requests.findIndex((request) => request.startsWith("rename "));
    assert.ok(requests.indexOf(`syncDirectory ${DIRECTORY}`, renamed) > renamed);
  });

  it("takes what a node puts there before: its lock, and what an interrupted start has left", () => {
    for (const name of [".lock", ".lock.socket", "meta.properties.tmp", "recovery.tmp"]) {
      const bench = new Bench();
      bench.write(name, "");
      bench.prepare();
    }
    const bench = new Bench();
    bench.makeDirectory("lost+found");
    bench.makeDirectory("orders-0");
    bench.write("recovery-point-offset-checkpoint", "0\n0\n");
    bench.prepare();
  });

  for (const name of ["notes.txt", "meta.properties.old", "orders-0x", "orders-12345678"]) {
    it(`refuses one that holds ${name}, and leaves it as it is`, () => {
      const bench = new Bench();
      bench.write(name, "mine");
      const sentence = `${DIRECTORY} is not a Kafka data directory: it holds "${name}" and no`;
      assert.ok(bench.refusal().startsWith(sentence), bench.refusal());
      assert.deepEqual(bench.byHand.list(DIRECTORY), [name]);
    });
  }

  it("refuses a file that is named like a partition", () => {
    const bench = new Bench();
    bench.write("orders-0", "a file");
    assert.match(bench.refusal(), /it holds "orders-0"/);
  });
});

describe("preparing a data directory that is there", () => {
  it("takes what Kafka has written", () => {
    const bench = new Bench();
    bench.writeMetaProperties(3);
    bench.write("bootstrap.checkpoint", "");
    bench.makeDirectory("__cluster_metadata-0");
    const before = bench.read("meta.properties");
    const { clusterId, directoryId } = bench.prepare(3);
    assert.deepEqual([clusterId, directoryId], [CLUSTER_ID, DIRECTORY_ID]);
    assert.deepEqual(bench.stock(3).topics, []);
    assert.equal(bench.read("meta.properties"), before);
  });

  it("refuses another cluster's where the cluster is named, and nothing where it is not", () => {
    const bench = new Bench();
    bench.writeMetaProperties(3);
    const before = bench.read("meta.properties");
    const other = "A".repeat(22);
    const refused = bench.ask(3, { clusterId: other, isNamed: true }).value;
    assert.ok(!refused.ok);
    assert.equal(
      refused.detail,
      `${DIRECTORY} belongs to cluster ${CLUSTER_ID}, and gofka.cluster.id is ${other}; choose another directory`,
    );
    assert.equal(bench.read("meta.properties"), before);
    // What follows from a list of voters may change with the list.
    assert.ok(bench.ask(3, { clusterId: other }).value.ok);
  });

  it("begins no cluster for a node that comes to one", () => {
    const bench = new Bench();
    const refused = bench.ask(3, { begins: false }).value;
    assert.ok(!refused.ok);
    assert.match(refused.detail, /^a node that comes to a cluster has to be told its id: /);
    const named = bench.ask(3, { clusterId: CLUSTER_ID, isNamed: true }).value;
    assert.ok(named.ok);
    assert.equal(named.value.clusterId, CLUSTER_ID);
    // Now it knows.
    assert.ok(bench.ask(3, { begins: false }).value.ok);
  });

  it("refuses another node's, and says which it is and what to do", () => {
    const bench = new Bench();
    bench.writeMetaProperties(3);
    bench.write(MARK, '{"version":0,"brokerEpoch":1}');
    assert.equal(
      bench.refusal(4),
      `${DIRECTORY} belongs to node 3, but this node is 4; set node.id=3 or choose another directory`,
    );
    assert.ok(bench.read(MARK) !== undefined, "the mark is for the node that may start here");
  });

  const damaged: readonly [string, string][] = [
    ["nothing", ""],
    ["another version", "version=2\nnode.id=1\ncluster.id=x\n"],
    ["no node", "version=1\ncluster.id=x\n"],
    ["a node below 0", "version=1\nnode.id=-1\ncluster.id=x\n"],
    ["no cluster", "version=1\nnode.id=1\n"],
    ["a directory id that is none", "version=1\nnode.id=1\ncluster.id=x\ndirectory.id=short\n"],
  ];
  for (const [what, text] of damaged) {
    it(`refuses a meta.properties that says ${what}`, () => {
      const bench = new Bench();
      bench.write("meta.properties", text);
      assert.match(bench.refusal(), /^\/data\/logs\/meta\.properties cannot be used: .+$/);
      assert.equal(bench.read("meta.properties"), text);
    });
  }

  for (const text of [
    `version=1\nnode.id=1\ncluster.id=${CLUSTER_ID}\n`,
    `version=0\nbroker.id=1\ncluster.id=${CLUSTER_ID}\n`,
  ]) {
    it(`gives an id to a directory of times before they had any: ${text.slice(0, 9)}`, () => {
      const bench = new Bench();
      bench.write("meta.properties", text);
      const { clusterId, directoryId } = bench.prepare();
      assert.equal(clusterId, CLUSTER_ID);
      assert.match(directoryId, /^[A-Za-z0-9_-]{22}$/);
      bench.restart();
      assert.equal(bench.prepare().directoryId, directoryId);
      const kept = decodeMetaProperties(Buffer.from(bench.read("meta.properties")!));
      assert.deepEqual(kept.ok && kept.value, { clusterId, nodeId: 1, directoryId });
    });
  }

  it("hands on what the disk says when it cannot be read", () => {
    const bench = new Bench();
    bench.harness.disk.failNext("list", "EIO");
    assert.match(bench.refusal(), /^cannot read the data directory \/data\/logs: /);
    bench.writeMetaProperties();
    bench.harness.disk.failNext("read", "EIO");
    assert.match(bench.refusal(), /injected into read/);
    assert.equal(bench.harness.ended, undefined);
  });
});

describe("the mark of a clean stop", () => {
  it("is told once: it is gone, for good, before anything else is written", () => {
    const bench = new Bench();
    bench.prepare();
    assert.deepEqual(bench.markClean(), { ok: true, value: null });
    bench.restart();
    assert.equal(bench.prepare().cleanStart, true);
    const { requests } = bench.harness.disk;
    const gone = requests.indexOf(`unlink ${DIRECTORY}/${MARK}`);
    assert.ok(requests.indexOf(`syncDirectory ${DIRECTORY}`, gone) > gone);
    assert.ok(!requests.some((request) => request.startsWith("write ")));
    bench.restart();
    assert.equal(bench.prepare().cleanStart, false);
  });

  for (const [what, text, isClean] of [
    ["of Kafka's", '{"version":0,"brokerEpoch":17}', true],
    ["of a Kafka before 3.7, empty", "", true],
    ["that is damaged", "{", false],
  ] as const) {
    it(`may be one ${what}`, () => {
      const bench = new Bench();
      bench.writeMetaProperties();
      bench.write(MARK, text);
      assert.equal(bench.prepare().cleanStart, isClean);
      assert.equal(bench.read(MARK), undefined);
    });
  }

  it("is written whole or not at all", () => {
    const bench = new Bench();
    bench.prepare();
    bench.harness.disk.failNext("rename", "ENOSPC");
    const outcome = bench.markClean();
    assert.equal(outcome.ok ? "" : outcome.fault, "ENOSPC");
    assert.equal(bench.read(MARK), undefined);
    bench.restart();
    assert.equal(bench.prepare().cleanStart, false);
  });

  it("is not believed when it cannot be taken away", () => {
    const bench = new Bench();
    bench.prepare();
    bench.markClean();
    bench.restart();
    bench.harness.disk.failNext("unlink", "EIO");
    const { value } = bench.ask();
    assert.equal(value.ok, false);
  });
});

describe("topics found in a data directory", () => {
  it("have name, id, partitions and the last leader epoch of any of them", () => {
    const bench = new Bench();
    bench.writeMetaProperties();
    bench.writePartition("orders-0", TOPIC_IDS[0], [0, 3]);
    bench.writePartition("orders-2", TOPIC_IDS[0], [0, 5, 9]);
    bench.writePartition("a.b_c-1-0", TOPIC_IDS[1]);
    assert.deepEqual(
      new Set(bench.stock().topics),
      new Set([
        {
          name: "orders",
          topicId: TOPIC_IDS[0],
          partitionCount: 3,
          latestLeaderEpoch: 9,
          configs: null,
        },
        {
          name: "a.b_c-1",
          topicId: TOPIC_IDS[1],
          partitionCount: 1,
          latestLeaderEpoch: -1,
          configs: null,
        },
      ]),
    );
  });

  it("have the id that any of their partitions tells", () => {
    const bench = new Bench();
    bench.writeMetaProperties();
    bench.writePartition("orders-0", null);
    bench.writePartition("orders-1", TOPIC_IDS[0]);
    bench.writePartition("nameless-0", null);
    bench.writePartition("damaged-0", "not an id");
    const ids = new Map(bench.stock().topics.map(({ name, topicId }) => [name, topicId]));
    assert.deepEqual(
      ids,
      new Map([
        ["orders", TOPIC_IDS[0]],
        ["nameless", null],
        ["damaged", null],
      ]),
    );
  });

  it("are no metadata logs, nothing that is on its way out or in, and no files", () => {
    const bench = new Bench();
    bench.writeMetaProperties();
    for (const name of [
      "__cluster_metadata-0",
      "gofka-metadata-0",
      "orders-0.0123456789abcdef0123456789abcdef-delete",
      "orders-0.0123456789abcdef0123456789abcdef-future",
      "orders-0.0123456789abcdef0123456789abcdef-stray",
      "lost+found",
    ]) {
      bench.makeDirectory(name);
    }
    bench.write("file-0", "");
    assert.deepEqual(bench.stock().topics, []);
  });

  it("may be Kafka's own", () => {
    const bench = new Bench();
    bench.writeMetaProperties();
    bench.writePartition("__consumer_offsets-49", TOPIC_IDS[0]);
    assert.deepEqual(bench.stock().topics, [
      {
        name: "__consumer_offsets",
        topicId: TOPIC_IDS[0],
        partitionCount: 50,
        latestLeaderEpoch: -1,
        configs: null,
      },
    ]);
  });
});
