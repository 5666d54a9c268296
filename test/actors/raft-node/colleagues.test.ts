// Which way a message goes to another Raft node: what is large on the bulk lane, once there is a stream.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Colleagues } from "../../../src/actors/raft-node/colleagues.ts";
import type { RaftNodeSettings } from "../../../src/actors/raft-node/messages.ts";
import type { PeerCommand } from "../../../src/runtime/actor.ts";

const voters = [1, 2].map((nodeId) => ({
  nodeId,
  directoryId: null,
  endpoints: [{ name: "CONTROLLER", host: `node-${nodeId}`, port: 9093 }],
}));

function started() {
  const commands: PeerCommand[] = [];
  const out = {
    peer: (command: PeerCommand) => void commands.push(command),
    log: () => {},
    tell: () => {},
  };
  const settings: RaftNodeSettings = {
    nodeId: 1,
    clusterId: "cluster",
    directoryId: null,
    voters,
    joins: false,
    bootstrap: [],
    endpoints: [],
    listen: { host: "node-1", port: 9093 },
    directory: "/metadata",
    segmentBytes: 1_000_000,
    electionTimeoutMs: 1000,
  };
  const colleagues = new Colleagues(settings, out);
  const sent = (to: number) => {
    commands.length = 0;
    colleagues.send(to, {
      kind: "snapshotChunk",
      term: 1,
      round: 1,
      snapshot: { offset: 10, epoch: 1 },
      position: 0,
      bytes: new Uint8Array(10),
      isLast: false,
    });
    return commands.map((command) => ("lane" in command ? `${command.do} ${command.lane}` : ""));
  };
  return { colleagues, commands, sent };
}

test("pieces of a snapshot open the bulk lane, and take it once there is a stream", () => {
  const { colleagues, commands, sent } = started();
  assert.ok(!commands.some((command) => command.do === "dial" && command.lane === "bulk"));
  assert.deepEqual(sent(2), ["dial bulk", "send control"]);
  colleagues.bulk.add(2);
  assert.deepEqual(sent(2), ["dial bulk", "send bulk"]);
  colleagues.bulk.delete(2);
  assert.deepEqual(sent(2), ["dial bulk", "send control"]);
});

test("where a node that does not vote listens nobody knows: it is sent all on the stream that it opened", () => {
  const { colleagues, commands, sent } = started();
  assert.deepEqual(sent(7), ["send control"]);
  commands.length = 0;
  colleagues.watch([voters[0]!]);
  // The one that votes no more was in the configuration, and may know more.
  assert.deepEqual(
    commands.map((command) => command.do),
    ["dial"],
  );
});
