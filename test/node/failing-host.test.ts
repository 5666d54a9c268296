// An exception that leaves an actor ends its host: it is replaced and recovers from disk while the
// other one serves on, and clients hear of nothing that they could not try again.

import { strict as assert } from "node:assert";
import { describe, it } from "node:test";
import { describeError } from "../../src/protocol/error-codes.ts";
import { MetadataRequest, MetadataResponse } from "../../src/protocol/messages/03-metadata.ts";
import { isHealthy, RawConnection } from "../foreign/raw-connection.ts";
import { TestClient, until } from "../support/kafka-client.ts";
import {
  before,
  fatalLines,
  hostsReplaced,
  PARTITIONS,
  startStage,
  TOPIC,
} from "./faulty-stage.ts";

/** That all of them land on one of two hosts has a chance of 1 in 2^31. */
const CONNECTIONS = 32;

describe("a host that an exception has ended", () => {
  it("is replaced, recovers its partitions, and the other host serves on", async (t) => {
    const { node, address, client, faults, partitionsOf } = await startStage(t);
    const [victim = -1] = partitionsOf[1]!;
    const connections = await Promise.all(
      Array.from({ length: CONNECTIONS }, () => RawConnection.open(address)),
    );
    t.after(() => connections.forEach((connection) => connection.end()));
    await Promise.all(connections.map(isHealthy));

    faults.arm({ pathHas: `${TOPIC}-${victim}/`, kind: "exception" });
    // The producer is not told: it retries whatever comes, and must be heard once and once only.
    using producer = new TestClient(address);
    assert.deepEqual(await producer.produce(TOPIC, victim, ["through it"]), [20]);
    assert.ok(faults.hasStruck);
    assert.equal(hostsReplaced(node), 1);

    await until("connections of the dead host are closed", () =>
      connections.some(({ closed }) => closed),
    );
    const open = connections.filter(({ closed }) => !closed);
    assert.ok(open.length > 0, "connections of the other host stay");
    await Promise.all(open.map(isHealthy));
    for (let index = 0; index < PARTITIONS; index++) {
      const expected = before(index);
      if (index === victim) expected.push("through it");
      assert.deepEqual(await client.values(TOPIC, index), expected);
    }
    // New connections find both hosts, and each knows all there is to know.
    const answers = await Promise.all(
      Array.from({ length: CONNECTIONS }, () => metadataOnNewConnection(address)),
    );
    for (const answer of answers) assert.deepEqual(answer, answers[0]);

    node.signal("SIGTERM");
    assert.deepEqual(await node.ended(), { code: 0, signal: null });
    assert.deepEqual(fatalLines(node), []);
  });

  it("answers with retriable errors alone until it is back", async (t) => {
    const { address, client, faults, partitionsOf, node } = await startStage(t);
    const [victim = -1] = partitionsOf[1]!;
    const codes = new Set<string>();
    const clients = Array.from({ length: 8 }, () => new TestClient(address));
    t.after(() => clients.forEach((each) => each.close()));
    // Known to each before the fault, so that nothing but the fetch itself is asked.
    for (const each of clients) await each.content(TOPIC, victim);
    faults.arm({ pathHas: `${TOPIC}-${victim}/`, kind: "exception" });
    const producing = client.produce(TOPIC, victim, ["x"]);
    let isBack = false;
    const fetching = clients.map(async (each) => {
      while (!isBack) {
        const code = await each
          .fetchOnce(TOPIC, victim, 0)
          .then(({ errorCode }) => errorCode)
          .catch(() => undefined);
        if (code !== undefined && code !== 0) {
          assert.ok(describeError(code).retriable, describeError(code).name);
          codes.add(describeError(code).name);
        }
      }
    });
    await producing;
    isBack = true;
    await Promise.all(fetching);
    assert.equal(hostsReplaced(node), 1);
    assert.deepEqual((await client.values(TOPIC, victim)).at(-1), "x");
    t.diagnostic(`errors meanwhile: ${[...codes].join(", ") || "none was seen"}`);
  });

  it("may be the one that keeps the metadata", async (t) => {
    const { node, client, faults, address } = await startStage(t);
    faults.arm({ pathHas: "gofka-metadata-0/", kind: "exception" });
    // Whether this one came through, nobody can say: the answer died with the host.
    await client.createTopic("lost", 2).catch(() => {});
    assert.ok(faults.hasStruck);
    using after = new TestClient(address);
    await until("topics can be created again", () =>
      after.createTopic("found", 4).then(
        () => true,
        () => false,
      ),
    );
    for (let index = 0; index < 4; index++) await after.produce("found", index, ["here"]);
    for (let index = 0; index < PARTITIONS; index++) {
      assert.deepEqual(await after.values(TOPIC, index), before(index));
    }
    assert.equal(hostsReplaced(node), 1);
    node.signal("SIGTERM");
    assert.equal((await node.ended()).code, 0);
  });
});

async function metadataOnNewConnection(address: string) {
  const connection = await RawConnection.open(address);
  const api = { request: MetadataRequest, response: MetadataResponse };
  const answer = await connection.ask(api, 12, { topics: null, allowAutoTopicCreation: false });
  connection.end();
  return answer;
}
