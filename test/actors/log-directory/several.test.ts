import { strict as assert } from "node:assert";
import { describe, it } from "node:test";
import { Bench, CLUSTER_ID, DIRECTORY, MARK, TOPIC_IDS } from "./bench.ts";

const SECOND = "/other/logs";

function benchOfTwo(): Bench {
  return new Bench([DIRECTORY, SECOND]);
}

function failSecond(bench: Bench): void {
  const isSecond = (path: string): boolean => path.startsWith(SECOND);
  bench.harness.disk.failNext(({ args }) => "path" in args && isSecond(args.path), "EIO", Infinity);
}

function partition(bench: Bench, path: string, topicId: string): void {
  bench.byHand.makeDirectory(path);
  bench.byHand.writeText(`${path}/partition.metadata`, `version: 0\ntopic_id: ${topicId}`);
}

describe("several data directories", () => {
  it("have one cluster, each an id of its own, and are known again", () => {
    const bench = benchOfTwo();
    const facts = bench.prepare(7);
    const [first, second] = facts.directories;
    assert.equal(facts.directoryId, first!.directoryId);
    assert.notEqual(first!.directoryId, second!.directoryId);
    const text = bench.byHand.readText(`${SECOND}/meta.properties`) ?? "";
    assert.ok(text.includes(`cluster.id=${facts.clusterId}`), text);
    bench.restart();
    assert.deepEqual(bench.prepare(7), facts);
  });

  it("take a new one into the cluster of the old one, wherever it is named", () => {
    const bench = benchOfTwo();
    bench.byHand.makeDirectory(SECOND);
    const text = `version=1\nnode.id=1\ncluster.id=${CLUSTER_ID}\n`;
    bench.byHand.writeText(`${SECOND}/meta.properties`, text);
    assert.equal(bench.prepare().clusterId, CLUSTER_ID);
  });

  it("each keep the mark of their own clean stop", () => {
    const bench = benchOfTwo();
    bench.prepare();
    bench.markClean([SECOND]);
    assert.equal(bench.byHand.readText(`${SECOND}/${MARK}`), undefined);
    bench.restart();
    const { cleanStart, directories } = bench.prepare();
    assert.deepEqual(
      [cleanStart, ...directories.map((each) => each.cleanStart)],
      [false, true, false],
    );
  });

  it("go on without one that cannot be read, which is told, and is back when it can be", () => {
    const bench = benchOfTwo();
    const before = bench.prepare();
    bench.restart();
    failSecond(bench);
    const [first, second] = bench.prepare().directories;
    assert.equal(first!.failure, null);
    assert.match(second!.failure ?? "", /injected/);
    assert.ok(bench.harness.logged.some(({ event }) => event === "data directory is offline"));
    bench.restart();
    assert.equal(bench.prepare().directories[1]!.directoryId, before.directories[1]!.directoryId);
  });

  it("need the first", () => {
    const bench = benchOfTwo();
    bench.harness.disk.failNext("list", "EIO");
    assert.match(bench.refusal(), /^cannot read the data directory \/data\/logs/);
  });

  it("refuse one partition in both, and name it", () => {
    const bench = benchOfTwo();
    bench.prepare();
    for (const path of [DIRECTORY, SECOND]) partition(bench, `${path}/orders-0`, TOPIC_IDS[0]);
    bench.restart();
    assert.match(
      bench.refusal(),
      /^partition orders-0 lies in both \/data\/logs and \/other\/logs/,
    );
  });

  it("take two of one name that are not of one topic", () => {
    const bench = benchOfTwo();
    bench.prepare();
    partition(bench, `${DIRECTORY}/orders-0`, TOPIC_IDS[0]);
    partition(bench, `${SECOND}/orders-0`, TOPIC_IDS[1]);
    bench.restart();
    bench.prepare();
  });

  it("refuse a copy of a directory, and one of another cluster", () => {
    const bench = benchOfTwo();
    bench.prepare();
    const own = bench.byHand.readText(`${DIRECTORY}/meta.properties`)!;
    bench.byHand.writeText(`${SECOND}/meta.properties`, own);
    bench.restart();
    assert.match(bench.refusal(), /have the same directory.id/);
    bench.byHand.writeText(
      `${SECOND}/meta.properties`,
      `version=1\nnode.id=1\ncluster.id=${CLUSTER_ID}\n`,
    );
    bench.restart();
    assert.match(bench.refusal(), new RegExp(`${SECOND} to cluster ${CLUSTER_ID}`));
  });

  it("refuse to begin anew when the metadata log is in one that is no longer the first", () => {
    const bench = benchOfTwo();
    bench.prepare();
    bench.byHand.makeDirectory(`${SECOND}/gofka-metadata-0`);
    bench.restart();
    assert.match(bench.refusal(), /^the metadata log is in \/other\/logs/);
  });

  it("are all looked through for what there is to take over", () => {
    const bench = benchOfTwo();
    bench.prepare();
    partition(bench, `${DIRECTORY}/orders-0`, TOPIC_IDS[0]);
    partition(bench, `${SECOND}/orders-1`, TOPIC_IDS[0]);
    const [topic] = bench.stock().topics;
    assert.deepEqual([topic?.name, topic?.partitionCount], ["orders", 2]);
  });
});
