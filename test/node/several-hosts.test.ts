// Nodes of two and three host threads: whatever connection a client has, it sees one node.

import { strict as assert } from "node:assert";
import { readFileSync } from "node:fs";
import { after, before, describe, it } from "node:test";
import { placePartition } from "../../src/actors/partition/messages.ts";
import { Gofka } from "../../src/index.ts";
import { FetchRequest, FetchResponse } from "../../src/protocol/messages/01-fetch.ts";
import { MetadataRequest, MetadataResponse } from "../../src/protocol/messages/03-metadata.ts";
import { recordsFrom } from "../../src/protocol/record-batch.ts";
import { RawConnection } from "../foreign/raw-connection.ts";
import { errorName, TestClient } from "../support/kafka-client.ts";

/** Enough that no host of three is left without one: (2/3)^24 times 3 is 1 in 5,600. */
const CLIENTS = 24;
const PARTITIONS = 12;

const metadataApi = { request: MetadataRequest, response: MetadataResponse };
const fetchApi = { request: FetchRequest, response: FetchResponse };

for (const hosts of [2, 3]) {
  describe(`a node of ${hosts} hosts`, () => {
    let node: Gofka;
    let clients: TestClient[];

    before(async () => {
      node = await Gofka.start({ hosts, logLevel: "silent" });
      clients = Array.from({ length: CLIENTS }, () => new TestClient(node.bootstrapServers));
    });

    after(async () => {
      for (const client of clients) client.close();
      await node.stop();
    });

    const someone = (n: number): TestClient => clients[n % CLIENTS]!;

    it("listens with all of them", { skip: process.platform !== "linux" }, () => {
      assert.equal(listenersOn(node.port), hosts);
    });

    it("spreads a topic's partitions over all of them", async () => {
      await someone(0).createTopic("spread", PARTITIONS);
      const { topicId } = (await someone(0).metadata(["spread"])).topics[0]!;
      const places = Array.from({ length: PARTITIONS }, (_, index) =>
        placePartition(`${topicId}-${index}`, hosts),
      );
      assert.deepEqual(new Set(places), new Set(Array.from({ length: hosts }, (_, n) => n)));
    });

    it("gives the same records to a crowd of readers, on whatever hosts they are", async () => {
      await someone(0).createTopic("followed", 1);
      const texts: string[] = [];
      for (let round = 0; round < 20; round++) {
        texts.push(`round ${round} `.repeat(100));
        await someone(round).produce("followed", 0, texts.slice(-1));
        // Some are a few rounds behind.
        const read = await Promise.all(
          clients.map(async (client, n) => {
            const from = Math.max(0, round - (n % 3));
            const { records } = await client.fetchOnce("followed", 0, from);
            const got = [...recordsFrom(records ?? new Uint8Array(0), from)];
            return got.map(({ value }) => Buffer.from(value ?? []).toString()).slice(-1);
          }),
        );
        for (const got of read) assert.deepEqual(got, texts.slice(-1));
      }
    });

    it("takes and gives records of every partition on every connection", async () => {
      await someone(0).createTopic("crossing", PARTITIONS);
      await Promise.all(
        clients.map(async (client, n) => {
          for (let index = 0; index < PARTITIONS; index++) {
            await client.produce("crossing", index, [`from ${n}`], { idempotent: n % 2 === 0 });
          }
        }),
      );
      const expected = new Set(clients.map((_, n) => `from ${n}`));
      await Promise.all(
        clients.map(async (client, n) => {
          const values = await client.values("crossing", n % PARTITIONS);
          assert.equal(values.length, CLIENTS);
          assert.deepEqual(new Set(values), expected);
        }),
      );
    });

    it("answers one fetch from partitions of all of them", async () => {
      await someone(1).createTopic("together", PARTITIONS);
      for (let index = 0; index < PARTITIONS; index++) {
        await someone(index).produce("together", index, [`in ${index}`]);
      }
      const { topicId } = (await someone(1).metadata(["together"])).topics[0]!;
      const partitions = Array.from({ length: PARTITIONS }, (_, partition) => ({
        partition,
        fetchOffset: 0,
        partitionMaxBytes: 1_000_000,
      }));
      const connection = await RawConnection.open(node.bootstrapServers);
      const { responses } = await connection.ask(fetchApi, 17, {
        maxWaitMs: 60_000,
        minBytes: 1,
        topics: [{ topicId, partitions }],
        forgottenTopicsData: [],
      });
      connection.end();
      const values = responses[0]!.partitions.map(({ errorCode, records }) => {
        assert.equal(errorName(errorCode), "NONE");
        return [...recordsFrom(records!, 0)].map(({ value }) => Buffer.from(value!).toString());
      });
      assert.deepEqual(
        values,
        partitions.map(({ partition }) => [`in ${partition}`]),
      );
    });

    it("wakes a parked fetch for what was produced through another host", async () => {
      await someone(2).createTopic("parked", PARTITIONS);
      const { topicId } = (await someone(2).metadata(["parked"])).topics[0]!;
      const waiting = clients.map(async (_, n) => {
        const connection = await RawConnection.open(node.bootstrapServers);
        connection.send(
          connection.frameOf(FetchRequest, 17, {
            maxWaitMs: 60_000,
            minBytes: 1,
            topics: [
              {
                topicId,
                partitions: [
                  { partition: n % PARTITIONS, fetchOffset: 0, partitionMaxBytes: 1_000_000 },
                ],
              },
            ],
            forgottenTopicsData: [],
          }),
        );
        const heard = await connection.hear(50_000);
        connection.end();
        assert.ok(typeof heard !== "string", `${String(heard)} instead of an answer`);
      });
      for (let index = 0; index < PARTITIONS; index++) {
        await someone(index * 5).produce("parked", index, ["awake"]);
      }
      await Promise.all(waiting);
    });

    it("lets everyone use what was created as soon as it was answered", async () => {
      for (let round = 0; round < 5; round++) {
        const name = `fresh-${round}`;
        await someone(round).createTopic(name, hosts);
        // No client but one has heard of the topic, and each asks at once.
        await Promise.all(
          clients.map(async (client, n) => {
            const { topics } = await client.metadata([name]);
            assert.equal(errorName(topics[0]!.errorCode), "NONE", `connection ${n}`);
            const { errorCode } = await client.fetchOnce(name, n % hosts, 0);
            assert.equal(errorName(errorCode), "NONE", `connection ${n}`);
            // Not even once may a client be told to try again.
            await client.produce(name, n % hosts, ["x"], { attemptsMax: 1, idempotent: false });
          }),
        );
      }
    });

    it("tells the same of itself on every connection", async () => {
      await someone(3).createTopic("alike", 3, { "retention.ms": "12345678" });
      const answers = await Promise.all(
        clients.map(async () => {
          const connection = await RawConnection.open(node.bootstrapServers);
          const body = { topics: null, allowAutoTopicCreation: false };
          const answer = await connection.ask(metadataApi, 12, body);
          connection.end();
          return answer;
        }),
      );
      for (const answer of answers) {
        assert.deepEqual(answer.topics.toSorted(byName), answers[0]!.topics.toSorted(byName));
        assert.deepEqual({ ...answer, topics: [] }, { ...answers[0]!, topics: [] });
      }
    });
  });
}

function byName({ name: a }: { name: string | null }, { name: b }: { name: string | null }) {
  return (a ?? "") < (b ?? "") ? -1 : 1;
}

/** Listening sockets of this machine on a port, as the kernel counts them. */
function listenersOn(port: number): number {
  const LISTEN = "0A";
  const wanted = port.toString(16).toUpperCase().padStart(4, "0");
  return readFileSync("/proc/net/tcp", "utf8")
    .split("\n")
    .map((line) => line.trim().split(/\s+/))
    .filter(([, local, , state]) => state === LISTEN && local?.endsWith(`:${wanted}`)).length;
}
