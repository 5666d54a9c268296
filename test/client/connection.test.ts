// A connection: versions settled, answers matched, deadlines, and what is told of requests that were
// lost.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Outcome } from "../../src/base/outcome.ts";
import { ClientConnection } from "../../src/client/connection.ts";
import { MetadataRequest, MetadataResponse } from "../../src/protocol/messages/03-metadata.ts";
import {
  ElectLeadersRequest,
  ElectLeadersResponse,
} from "../../src/protocol/messages/43-elect-leaders.ts";
import { Stage } from "./stage.ts";

const metadata = { request: MetadataRequest, response: MetadataResponse };
const body = { topics: [] };
const options = { clientId: "c", requestTimeoutMs: 1000, responseBytesMax: 1_000_000 };

function connect(stage: Stage, address = stage.broker().address, changes = {}) {
  const closed: string[] = [];
  const connection = new ClientConnection(
    stage.ports,
    address,
    { ...options, ...changes },
    (fault) => closed.push(fault.fault),
  );
  const outcomes: string[] = [];
  const ask = () => {
    connection.request(metadata, body, (outcome: Outcome<unknown>) =>
      outcomes.push(outcome.ok ? "ok" : outcome.fault),
    );
  };
  return { connection, closed, outcomes, ask };
}

test("the newest version that both sides know is used, and requests wait until it is settled", () => {
  const stage = new Stage();
  const broker = stage.broker();
  broker.served.set(3, [0, 9]);
  const { connection, outcomes, ask } = connect(stage, broker.address);
  ask();
  ask();
  assert.equal(connection.versionOf(MetadataRequest), undefined);
  stage.until(() => outcomes.length === 2);
  assert.deepEqual(outcomes, ["ok", "ok"]);
  assert.deepEqual(
    broker.heard.map(({ name, version }) => `${name} ${version}`),
    ["ApiVersions 4", "Metadata 9", "Metadata 9"],
  );
  connection.request(
    { request: ElectLeadersRequest, response: ElectLeadersResponse },
    { electionType: 0, topicPartitions: null, timeoutMs: 1 },
    (outcome) => outcomes.push(outcome.ok ? "ok" : outcome.fault),
  );
  assert.equal(outcomes.at(-1), "refused");
});

test("a broker that knows only older ApiVersions is asked again in what it knows", () => {
  for (const newest of [0, 2, 3]) {
    const stage = new Stage();
    const broker = stage.broker();
    broker.apiVersionsMax = newest;
    const { outcomes, ask } = connect(stage, broker.address);
    ask();
    stage.until(() => outcomes.length === 1);
    assert.deepEqual(
      broker.heard.slice(0, 2).map(({ version }) => version),
      [4, newest],
    );
  }
});

test("a request that nobody answers ends the connection: unknown for it and those behind it", () => {
  const stage = new Stage();
  const broker = stage.broker();
  let count = 0;
  broker.spoil = ({ name }) => (name === "Metadata" && ++count === 2 ? "silence" : undefined);
  const { closed, outcomes, ask } = connect(stage, broker.address);
  for (let i = 0; i < 3; i++) ask();
  stage.until(() => outcomes.length === 3);
  assert.deepEqual(outcomes, ["ok", "timeout", "timeout"]);
  assert.deepEqual(closed, ["timeout"]);
  ask();
  assert.equal(outcomes.at(-1), "stopped");
});

test("a reset leaves open what was sent, and says of the rest that it never left", () => {
  const stage = new Stage();
  const broker = stage.broker();
  broker.spoil = ({ name }) => (name === "Metadata" ? "reset before" : undefined);
  const { outcomes, ask } = connect(stage, broker.address, { inFlightMax: 2 });
  for (let i = 0; i < 4; i++) ask();
  stage.until(() => outcomes.length === 4);
  assert.deepEqual(outcomes, ["ECONNRESET", "ECONNRESET", "stopped", "stopped"]);
});

test("no more requests are under way than allowed, and all are answered in order", () => {
  const stage = new Stage();
  const broker = stage.broker();
  const { outcomes, ask } = connect(stage, broker.address, { inFlightMax: 3 });
  for (let i = 0; i < 10; i++) ask();
  stage.until(() => broker.heard.length === 2);
  stage.pass(0);
  assert.ok(broker.heard.length <= 1 + 3);
  stage.until(() => outcomes.length === 10);
  assert.ok(outcomes.every((outcome) => outcome === "ok"));
});

test("where nobody listens, or nothing answers at all, every request is told that it never left", () => {
  const refused = new Stage();
  refused.broker();
  const first = connect(refused, { host: "broker1", port: 1 });
  first.ask();
  refused.until(() => first.outcomes.length === 1);
  assert.deepEqual([first.outcomes, first.closed], [["stopped"], ["ECONNREFUSED"]]);

  const silent = new Stage();
  const broker = silent.broker();
  broker.spoil = () => "silence";
  const second = connect(silent, broker.address);
  second.ask();
  silent.until(() => second.outcomes.length === 1, 1100);
  assert.deepEqual([second.outcomes, second.closed], [["stopped"], ["timeout"]]);
});

test("a connection that never opens is given up at the deadline", () => {
  const stage = new Stage();
  const { sockets } = stage.ports;
  const deaf = { ...stage.ports, sockets: { listen: sockets.listen, connect: () => {} } };
  const outcomes: string[] = [];
  const connection = new ClientConnection(deaf, { host: "x", port: 1 }, options, () => {});
  connection.request(metadata, body, (outcome) => outcomes.push(outcome.ok ? "ok" : outcome.fault));
  stage.until(() => outcomes.length === 1, 1100);
  assert.deepEqual(outcomes, ["stopped"]);
});

test("a frame that is too long, or bytes that are no answer, end the connection", () => {
  for (const bytes of [
    [0x7f, 0xff, 0xff, 0xff],
    [0xff, 0xff, 0xff, 0xff],
    [0, 0, 0, 5, 9, 9, 9, 9, 9],
    [0, 0, 0, 0],
  ]) {
    const stage = new Stage();
    const { sockets } = stage.ports;
    const babble = {
      ...stage.ports,
      sockets: {
        listen: sockets.listen,
        connect: ((to, events) => {
          events.opened({
            remote: to,
            local: to,
            bufferedBytes: () => 0,
            write: () =>
              stage.ports.clock.startTimer(1, () => events.bytes(Uint8Array.from(bytes))),
            pause: () => {},
            resume: () => {},
            end: () => {},
            destroy: () => {},
          });
        }) as typeof sockets.connect,
      },
    };
    const faults: string[] = [];
    const connection = new ClientConnection(babble, { host: "x", port: 1 }, options, (fault) =>
      faults.push(fault.fault),
    );
    connection.request(metadata, body, (outcome) => faults.push(outcome.ok ? "ok" : outcome.fault));
    stage.until(() => faults.length > 0, 100);
    assert.ok(faults.includes("corrupt"), JSON.stringify({ bytes, faults }));
  }
});

test("closed by ourselves: what was sent is open, the rest never left", () => {
  const stage = new Stage();
  const broker = stage.broker();
  const { connection, outcomes, ask } = connect(stage, broker.address, { inFlightMax: 1 });
  ask();
  stage.until(() => outcomes.length === 1);
  broker.spoil = () => "silence";
  ask();
  ask();
  stage.pass(10);
  connection.close();
  assert.deepEqual(outcomes, ["ok", "ECONNRESET", "stopped"]);
});
