// The time that a stop may take is shared by its parts: what one of them does not need the next one has,
// so that a node of many partitions can close them all.

import assert from "node:assert/strict";
import { test } from "node:test";
import { success } from "../../src/base/outcome.ts";
import { resolveBrokerSettings } from "../../src/config/broker-config.ts";
import { Node } from "../../src/node.ts";
import type { Sockets, Threads } from "../../src/runtime/ports.ts";
import { VirtualClock } from "../support/virtual-clock.ts";

const WITHIN_MS = 4_000;
const PARTS = ["leaveCluster", "drainFrontDoor", "drainBroker", "closeMetadata", "markClean"];

/** A node of one host whose answers take as long as they are said to; what each part may take. */
function stopped(takesMs: Readonly<Record<string, number>>): Record<string, number> {
  const clock = new VirtualClock();
  const given: Record<string, number> = {};
  const replies: Readonly<Record<string, unknown>> = {
    prepare: success({}),
    ready: { ok: true },
    listen: { ok: true, port: 1 },
    drainBroker: { notClean: [] },
    markClean: success(null),
  };
  const threads: Threads = {
    start: (_hostIndex, _settings, events) => {
      clock.soon(() => events.ready());
      return {
        stats: () => {},
        stop: (_drainMs, done) => done(),
        request: (name, args, done) => {
          if (PARTS.includes(name)) given[name] = (args as { withinMs: number }).withinMs;
          clock.startTimer(takesMs[name] ?? 0, () => done(success(replies[name] ?? {})));
        },
      };
    },
    close: (done) => done(),
  };
  const listen: Sockets["listen"] = (_options, events) => {
    clock.soon(() => events.listening({ host: "127.0.0.1", port: 1 }));
    return { close: (done) => done() };
  };
  const sockets: Sockets = { listen, connect: () => assert.fail("nobody to connect to") };
  const resolved = resolveBrokerSettings({});
  assert.ok("settings" in resolved);
  const options = {
    hostCount: 1,
    hasAside: false,
    readyWithinMs: 1,
    dataOutlivesHosts: true,
    hostExtras: {},
  };
  const log = { write: () => {} };
  const node = new Node(
    { threads, sockets, clock, log },
    { ...options, config: resolved.settings },
    (reason) => assert.fail(reason),
  );
  let isClean: boolean | undefined;
  node.start((opened) => {
    assert.ok(opened.ok);
    node.stop(WITHIN_MS, (clean) => (isClean = clean));
  });
  clock.advance(2 * WITHIN_MS);
  assert.equal(isClean, true);
  return given;
}

test("parts that need no time leave theirs to those that follow", () => {
  assert.deepEqual(stopped({}), {
    leaveCluster: 1_200,
    drainFrontDoor: 1_600,
    drainBroker: 3_200,
    closeMetadata: 3_600,
    markClean: 4_000,
  });
});

test("parts that need all of theirs leave the others what is promised to them", () => {
  const takesMs = {
    leaveCluster: 1_200,
    drainFrontDoor: 400,
    drainBroker: 1_600,
    closeMetadata: 400,
  };
  assert.deepEqual(stopped(takesMs), {
    leaveCluster: 1_200,
    drainFrontDoor: 400,
    drainBroker: 1_600,
    closeMetadata: 400,
    markClean: 400,
  });
});
