// What a cluster is told wrongly, by mistake or on purpose: each time one clear line, no state changed,
// and everything goes on.

import { strict as assert } from "node:assert";
import { readFileSync, rmSync } from "node:fs";
import { connect as connectHttp2 } from "node:http2";
import { connect } from "node:net";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { describe, it } from "node:test";
import { dataOf, logOf } from "../../src/cli/cluster/plan.ts";
import type { GofkaCluster } from "../../src/index.ts";
import { Gofka } from "../../src/index.ts";
import { grpcPeers } from "../../src/net/peers.ts";
import { decodeMetaProperties } from "../../src/storage/meta-properties.ts";
import type { PeerStream } from "../../src/runtime/ports.ts";
import {
  RemoveRaftVoterRequest,
  RemoveRaftVoterResponse,
} from "../../src/protocol/messages/81-remove-raft-voter.ts";
import { addressOf, TestClient, until } from "../support/kafka-client.ts";
import type { Program } from "../support/node-process.ts";
import { runGofka } from "../support/node-process.ts";
import { scratchDirectory } from "../support/scratch.ts";

const quick = { "broker.session.timeout.ms": 3000, "broker.heartbeat.interval.ms": 300 };
const removeApi = { request: RemoveRaftVoterRequest, response: RemoveRaftVoterResponse };

function controllersOf({ controllerServers }: GofkaCluster): string[] {
  return controllerServers.split(",");
}

/** A node beside those of the cluster. */
function startNode(
  t: TestContext,
  cluster: GofkaCluster,
  settings: Readonly<Record<string, string>>,
): Program {
  const voters = controllersOf(cluster).map((address, at) => `${at + 1}@${address}`);
  const all = {
    "process.roles": "broker",
    "controller.quorum.voters": voters.join(),
    listeners: "PLAINTEXT://127.0.0.1:0",
    "log.dirs": join(scratchDirectory(t), "data"),
    ...settings,
  };
  const words = Object.entries(all).flatMap(([key, value]) => ["--set", `${key}=${value}`]);
  return runGofka(t, ["start", "--hosts", "0", ...words]);
}

function logged(cluster: GofkaCluster, nodeId: number, what: string): Promise<void> {
  const path = logOf(cluster.directory, nodeId);
  return until(`node ${nodeId} says "${what}"`, () =>
    Promise.resolve(readFileSync(path, "utf8").includes(what)),
  );
}

/** Resolves when the other side has hung up. */
async function sayRaw(address: string, bytes: Uint8Array): Promise<void> {
  await new Promise<void>((resolve) => {
    const socket = connect({ ...addressOf(address) }, () => socket.write(bytes));
    socket.on("error", () => {});
    socket.on("close", () => resolve());
    socket.resume();
    socket.setTimeout(500, () => socket.destroy());
  });
}

/** As a node of that number; says these messages, and resolves with how the stream ended. */
async function sayAs(
  cluster: GofkaCluster,
  nodeId: number,
  clusterId: string,
  messages: readonly Uint8Array[],
): Promise<string> {
  const hello = { clusterId, nodeId, directoryId: "AAAAAAAAAAAAAAAAAAAAAQ", hostIndex: 0 };
  const options = { hello, messageBytesMax: 64 * 1024 * 1024 };
  const [address] = controllersOf(cluster);
  return await new Promise((resolve) => {
    grpcPeers(null).connect(addressOf(address!), "control", options, {
      opened: (_, stream: PeerStream) => messages.forEach((message) => stream.send(message)),
      message: () => {},
      drained: () => {},
      closed: (outcome) => resolve(outcome.ok ? "closed" : `${outcome.fault}: ${outcome.detail}`),
    });
  });
}

/** A head of msgpack, in the frame that nodes put around it. */
function framed(head: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(8 + head.length);
  new DataView(bytes.buffer).setUint32(0, head.length);
  bytes.set(head, 8);
  return bytes;
}

/** A gRPC message that says it has a gibibyte, on a stream of its own. */
async function sayGibibyte(address: string, clusterId: string): Promise<number> {
  const session = connectHttp2(`http://${address}`);
  session.on("error", () => {});
  const stream = session.request({
    ":method": "POST",
    ":path": "/gofka.Peers/control",
    "content-type": "application/grpc",
    te: "trailers",
    "gofka-cluster-id": clusterId,
    "gofka-node-id": "40",
  });
  const prefix = Buffer.alloc(5 + 1024);
  prefix.writeUInt32BE(1024 * 1024 * 1024, 1);
  stream.on("error", () => {});
  stream.resume();
  stream.write(prefix);
  const status = await new Promise<number>((resolve) => {
    stream.on("trailers", (trailers) => resolve(Number(trailers["grpc-status"])));
    stream.on("response", (headers) => {
      if (headers["grpc-status"] !== undefined) resolve(Number(headers["grpc-status"]));
    });
    stream.on("close", () => resolve(-1));
  });
  session.destroy();
  return status;
}

const RESOURCE_EXHAUSTED = 8;

describe("three nodes that are told nonsense", () => {
  it("say so in a line, change nothing, and go on", async (t) => {
    await using cluster = await Gofka.startCluster({ config: quick });
    using client = new TestClient(cluster.bootstrapServers.split(",")[0]!);
    await client.createTopic("before", 3);
    const before = (await cluster.describe())!;
    const { clusterId } = before;
    const [first] = controllersOf(cluster);

    // Garbage, Kafka's protocol, and HTTP/2 that is none.
    await sayRaw(first!, Buffer.from("nonsense\r\n\r\n".repeat(100)));
    await sayRaw(first!, Buffer.from("0000000a00120000000000070000", "hex"));
    await sayRaw(
      first!,
      Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\xff\xff\xff\xff\xff\xff\xff"),
    );

    const foreign = await sayAs(cluster, 40, "another-cluster", []);
    assert.equal(foreign, `refused: this is cluster ${clusterId}, not another-cluster`);

    const deep = framed(new Uint8Array(10_001).fill(0x91));
    assert.equal(await sayAs(cluster, 41, clusterId, [deep]), "closed");
    await logged(cluster, 1, "nested more than 32 deep");
    assert.equal(await sayAs(cluster, 42, clusterId, [framed(Uint8Array.of(0xc1))]), "closed");
    await logged(cluster, 1, "no value begins at byte 0");
    // Of a version that names its channels otherwise.
    assert.equal(await sayAs(cluster, 43, clusterId, [framed(Uint8Array.of(0x01))]), "closed");
    await logged(cluster, 1, "it names no channel");
    const large = await sayAs(cluster, 44, clusterId, [new Uint8Array(17 * 1024 * 1024)]);
    assert.match(large, /^tooLarge: /);
    assert.equal(await sayGibibyte(first!, clusterId), RESOURCE_EXHAUSTED);

    const duplicate = startNode(t, cluster, {
      "node.id": "2",
      "gofka.cluster.id": clusterId,
      ...roleOfVoter(first!),
    });
    await duplicate.heard(/"why":"node 2 is here already, with another disk"/);
    await logged(cluster, 1, "a node of a number that is taken is refused");

    const taken = startNode(t, cluster, {
      "node.id": "9",
      "log.dirs": dataOf(cluster.directory, 2),
    });
    assert.equal((await taken.ended()).code, 1);
    assert.match(taken.stderr, /^gofka: the data directory .*node-2 is in use by process \d+$/m);

    const own = startNode(t, cluster, { "node.id": "9", "gofka.cluster.id": "A".repeat(22) });
    await own.heard(/this is cluster [\w-]{22}, not A{22}/);

    const idsOf = ({ members }: typeof before) => members.map(({ nodeId }) => nodeId).join();
    await until("all is as it was", async () => {
      const after = await cluster.describe();
      return (
        after !== undefined &&
        after.clusterId === clusterId &&
        after.aliveBrokers.join() === before.aliveBrokers.join() &&
        idsOf(after) === idsOf(before)
      );
    });
    await client.createTopic("after", 1);
  });

  it("know a voter without its disk, and one that was removed, for what they are", async () => {
    await using cluster = await Gofka.startCluster({ config: quick });
    const victim = cluster.nodes.find(({ nodeId }) => nodeId === 3)!;
    const disk = dataOf(cluster.directory, 3);
    const lost = decodeMetaProperties(readFileSync(join(disk, "meta.properties")));
    assert.ok(lost.ok);
    await logged(cluster, 1, `3:${lost.value.directoryId}`);
    await victim.kill();
    rmSync(disk, { recursive: true });
    await victim.start();
    await logged(cluster, 3, "the vote of this node is of another disk");

    const removal = {
      clusterId: null,
      voterId: 3,
      voterDirectoryId: lost.value.directoryId,
    };
    const leader = await cluster.controller();
    using client = new TestClient(leader.bootstrapServers);
    await until("it has no vote any more", async () => {
      // Who leads may have changed: then it is asked once more.
      await new Promise((resolve) => client.cluster.callAny(removeApi, removal, resolve));
      const view = await cluster.describe();
      return (
        view?.members.find(({ nodeId }) => nodeId === 3)?.isVoter !== true && view !== undefined
      );
    });
    await logged(cluster, leader.nodeId, "an even number of voters");

    await victim.stop();
    await victim.start();
    await until("it looks on and has no vote", async () => {
      const view = await cluster.describe();
      const own = view?.members.find(({ nodeId }) => nodeId === 3);
      return own?.isVoter === false && own.lag === 0 && view?.aliveBrokers.includes(3) === true;
    });
    await client.createTopic("still", 1);
  });
});

/** Voter 2 of a list that leads this one to the cluster: its own door is another. */
function roleOfVoter(first: string): Record<string, string> {
  return {
    "process.roles": "broker,controller",
    "controller.quorum.voters": `1@${first},2@127.0.0.1:1`,
    listeners: "PLAINTEXT://127.0.0.1:0,CONTROLLER://127.0.0.1:0",
  };
}
