// Three nodes under load: each of them in turn stops to vote and votes again, then each is restarted.
// Meanwhile franz-go produces to partitions on all of them, and topics are created through all of them:
// every record that was acked is there, once, and so is every topic.
//
//   node test/foreign/cluster-changes.ts [--rounds 3] [--against gofka]

import assert from "node:assert/strict";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import type { Verified } from "../../bench/load.ts";
import { load } from "../../bench/load.ts";
import { ErrorCode } from "../../src/protocol/error-codes.ts";
import {
  AddRaftVoterRequest,
  AddRaftVoterResponse,
} from "../../src/protocol/messages/80-add-raft-voter.ts";
import {
  RemoveRaftVoterRequest,
  RemoveRaftVoterResponse,
} from "../../src/protocol/messages/81-remove-raft-voter.ts";
import { Administrators, NodeClient } from "./cluster/administrators.ts";
import { NODES, ThreeNodes } from "./cluster/three.ts";
import { Checks, scratch, whichBroker } from "./harness.ts";
import { until } from "./cluster/until.ts";

const { values: given } = parseArgs({
  strict: false,
  options: { rounds: { type: "string", default: "3" } },
});
const rounds = Number(given.rounds);
const WITHIN_MS = 60_000;
const SECONDS_PER_ROUND = 45;
const topic = "load";

const removeApi = { request: RemoveRaftVoterRequest, response: RemoveRaftVoterResponse };
const addApi = { request: AddRaftVoterRequest, response: AddRaftVoterResponse };

const checks = new Checks();
const cluster = await ThreeNodes.start(whichBroker());
const clients = cluster.ports.map((port) => new NodeClient(port));

/** An answer that got lost is made good by the next: it is so already. */
function isDone(errorCode: number | undefined, already: ErrorCode): true | undefined {
  return errorCode === ErrorCode.NONE || errorCode === already ? true : undefined;
}

/** Through another node than the one it is about. */
async function changeVoters(at: number): Promise<void> {
  const voterId = at + 1;
  const voterDirectoryId = cluster.directoryId(at);
  const through = clients[(at + 1) % NODES]!;
  const body = { clusterId: null, voterId, voterDirectoryId };
  await until(`node ${voterId} votes no more`, WITHIN_MS, async () => {
    const answer = await through.ask(removeApi, body);
    return isDone(answer?.errorCode, ErrorCode.VOTER_NOT_FOUND);
  });
  await sleep(500);
  const endpoint = { name: "CONTROLLER", host: "127.0.0.1", port: cluster.controllerPorts[at]! };
  const wish = { ...body, timeoutMs: 10_000, listeners: [endpoint], ackWhenCommitted: true };
  await until(`node ${voterId} votes again`, WITHIN_MS, async () => {
    const answer = await through.ask(addApi, wish);
    return isDone(answer?.errorCode, ErrorCode.DUPLICATE_VOTER);
  });
}

async function restart(at: number): Promise<void> {
  assert.equal(await cluster.stop(at), 0);
  await cluster.start(at);
  for (const [other, client] of clients.entries()) {
    await until(`node ${other + 1} knows of all brokers`, WITHIN_MS, async () =>
      (await client.metadata())?.brokers === NODES ? true : undefined,
    );
  }
}

async function round(number: number): Promise<string> {
  const { bootstrap } = cluster.node(number % NODES);
  const producing = load<Verified>("fill", bootstrap, {
    topic,
    ackedLog,
    seed: number + 1,
    recordBytes: 200,
    rate: 5_000,
    duration: `${SECONDS_PER_ROUND}s`,
    timeout: "120s",
  });
  const startedMs = performance.now();
  for (let at = 0; at < NODES; at++) await changeVoters(at);
  const changedMs = performance.now();
  for (let at = 0; at < NODES; at++) await restart(at);
  const restartedMs = performance.now();
  const { acked, failed } = await producing;
  assert.equal(failed, 0, "the producer was told of failures");
  const took = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
  return `${acked} acked; voters changed in ${took(changedMs - startedMs)}, restarted in ${took(restartedMs - changedMs)}`;
}

const ackedLog = join(scratch, "acked.log");
const administrators = new Administrators(cluster.ports);
try {
  await load("create", cluster.node(0).bootstrap, { topic, partitions: 12 });
  const work = administrators.work();
  for (let number = 0; number < rounds; number++) {
    await checks.check(`round ${number + 1}: voters, then restarts, under load`, () =>
      round(number),
    );
  }
  administrators.end();
  await work;
  await checks.check("every acked record is there, once", async () => {
    const { bootstrap } = cluster.node(0);
    await load("await", bootstrap, { topic });
    const { acked, read, missing, duplicates, damaged } = await load<Verified>(
      "verify-log",
      bootstrap,
      { topic, ackedLog },
    );
    assert.deepEqual([missing, duplicates, damaged], [0, 0, 0]);
    return `${acked} acked, ${read} read`;
  });
  await checks.check("every topic is there", async () => {
    const { topics } = await until("the nodes tell", WITHIN_MS, () => clients[0]!.metadata());
    administrators.verify(topics);
    return `${administrators.acknowledged} acknowledged, ${administrators.unknown} not`;
  });
} finally {
  administrators.end();
  for (const client of clients) client.close();
  await cluster.stopAll();
}
checks.finish();
process.exit();
