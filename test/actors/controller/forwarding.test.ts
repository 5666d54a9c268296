// What one controller asks of another, and what it makes of the answers: none of it is believed.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { looksLike } from "../../../src/actors/controller/forwarded-shapes.ts";
import { forwardedCalls, Forwarding } from "../../../src/actors/controller/forwarding.ts";
import type { PeerCommand } from "../../../src/runtime/actor.ts";

function stage() {
  const sent: { nodeId: number; message: unknown[] }[] = [];
  const forwarding = new Forwarding({
    peer: (command: PeerCommand) => {
      assert.ok(command.do === "send");
      sent.push({ nodeId: command.nodeId, message: command.message as unknown[] });
    },
  });
  const heard: unknown[] = [];
  const ask = (deadlineMs = 100): void =>
    forwarding.forward({
      name: "deleteTopics",
      args: { topics: [] },
      deadlineMs,
      answered: (value, offset) => heard.push([value, offset]),
      failed: (why) => heard.push(why),
    });
  return { forwarding, sent, heard, ask };
}

describe("requests to another controller", () => {
  test("go to the one that leads, and come back with how far it was", () => {
    const { forwarding, sent, heard, ask } = stage();
    forwarding.leaderId = 2;
    ask();
    assert.deepEqual(sent, [{ nodeId: 2, message: ["ask", 1, "deleteTopics", { topics: [] }] }]);
    // Somebody else cannot answer for it.
    forwarding.hear(3, ["answer", 1, "forged", 7]);
    assert.deepEqual(heard, []);
    forwarding.hear(2, ["answer", 1, { results: [] }, 41]);
    forwarding.hear(2, ["answer", 1, { results: [] }, 41]);
    assert.deepEqual(heard, [[{ results: [] }, 41]]);
    assert.equal(forwarding.size, 0);
  });

  test("fail when nobody leads, when it says no, when it is gone, and when it takes too long", () => {
    const { forwarding, heard, ask } = stage();
    ask();
    assert.deepEqual(heard.splice(0), ["nobodyLeads"]);
    forwarding.leaderId = 2;
    ask();
    forwarding.hear(2, ["refusal", 1]);
    assert.deepEqual(heard.splice(0), ["nobodyLeads"]);
    ask();
    forwarding.lost(3);
    assert.deepEqual(heard, []);
    forwarding.lost(2);
    assert.deepEqual(heard.splice(0), ["nobodyLeads"]);
    ask();
    forwarding.ledBy(2);
    assert.deepEqual(heard, []);
    forwarding.ledBy(3);
    assert.deepEqual(heard.splice(0), ["nobodyLeads"], "another leads");
    ask(100);
    forwarding.expire(99);
    assert.deepEqual(heard, []);
    forwarding.expire(100);
    assert.deepEqual(heard, ["timeout"]);
    assert.equal(forwarding.size, 0);
  });

  test("of another release, or of no release at all, are refused and end nothing", () => {
    const { forwarding, sent } = stage();
    const asked = (name: string, args: unknown) => forwarding.hear(5, ["ask", 9, name, args]);
    assert.notEqual(asked("deleteTopics", { topics: [{ name: "a", topicId: "b" }] }), undefined);
    assert.equal(sent.length, 0);
    for (const args of [
      null,
      7,
      {},
      { topics: null },
      { topics: [null] },
      { topics: [{ name: 1 }] },
    ]) {
      assert.equal(asked("deleteTopics", args), undefined);
    }
    assert.equal(asked("becameLeader", { term: 9 }), undefined);
    assert.deepEqual(sent.at(-1), { nodeId: 5, message: ["refusal", 9] });
    fc.assert(fc.property(fc.anything(), (message) => void forwarding.hear(5, message)));
    const any = fc.property(fc.constantFrom(...forwardedCalls), fc.object(), (name, args) => {
      // Only what asks for nothing can be right by chance.
      const hasNoFields = name === "describeQuorum";
      assert.equal(looksLike(name, args), hasNoFields);
    });
    fc.assert(any);
  });
});
