// What a new host cannot mend ends the node: with one fatal line, at once, and with nothing acked lost.

import { strict as assert } from "node:assert";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { TestClient } from "../support/kafka-client.ts";
import { scratchDirectory } from "../support/scratch.ts";
import {
  before,
  fatalLines,
  hostsReplaced,
  PARTITIONS,
  startNode,
  startStage,
  TOPIC,
} from "./faulty-stage.ts";

describe("a node that no restart of a host can mend", () => {
  it("ends on a second death within a minute, and loses nothing acked", async (t) => {
    const scratch = scratchDirectory(t);
    const { node, client, faults, partitionsOf, dataDir } = await startStage(t, scratch);
    const [victim = -1] = partitionsOf[1]!;
    faults.arm({ pathHas: `${TOPIC}-${victim}/`, kind: "exception" });
    await client.produce(TOPIC, victim, ["first death"]);
    faults.arm({ pathHas: `${TOPIC}-${victim}/`, kind: "exception" });
    void client.deliver(TOPIC, victim, ["second death"], { attemptsMax: 1 });
    assert.deepEqual(await node.ended(), { code: 1, signal: null });
    const [line, ...others] = fatalLines(node);
    assert.deepEqual(others, []);
    assert.match(line!.reason, /^host 1 died twice within a minute: partition .*planted by a test/);
    assert.ok(!existsSync(join(dataDir, ".kafka_cleanshutdown")));
    client.close();

    const again = startNode(t, scratch).node;
    using later = new TestClient(await again.ready());
    for (let index = 0; index < PARTITIONS; index++) {
      const expected = before(index);
      if (index === victim) expected.push("first death");
      assert.deepEqual(await later.values(TOPIC, index), expected);
    }
  });

  const ends = [
    ["assertion", /^a bug in host 1: partition .*planted by a test/],
    ["silent end", /^host 1 crashed: /],
  ] as const;
  for (const [kind, reason] of ends) {
    it(`ends at once on the first ${kind}`, async (t) => {
      const { node, client, faults, partitionsOf } = await startStage(t);
      const [victim = -1] = partitionsOf[1]!;
      faults.arm({ pathHas: `${TOPIC}-${victim}/`, kind });
      void client.deliver(TOPIC, victim, ["x"], { attemptsMax: 1 });
      assert.deepEqual(await node.ended(), { code: 1, signal: null });
      const [line, ...others] = fatalLines(node);
      assert.deepEqual(others, []);
      assert.match(line!.reason, reason);
      assert.equal(hostsReplaced(node), 0);
    });
  }
});
