import { strict as assert } from "node:assert";
import { describe, test } from "node:test";
import { ConnectionLimits } from "../../../src/actors/front-door/connection-limits.ts";
import { IdleRules } from "../../../src/actors/front-door/idle-rules.ts";
import { LogLimiter } from "../../../src/actors/front-door/log-limiter.ts";

describe("connection limits", () => {
  const settings = {
    maxConnections: 5,
    maxConnectionsPerIp: 2,
    maxConnectionsPerIpOverrides: { "10.0.0.1": 3, "10.0.0.2": 0 },
  };

  test("counts per address, with overrides, and in total", () => {
    const limits = new ConnectionLimits(settings, 1);
    assert.equal(limits.open("10.0.0.9"), undefined);
    assert.equal(limits.open("10.0.0.9"), undefined);
    assert.equal(limits.open("10.0.0.9"), "max.connections.per.ip");
    assert.equal(limits.open("10.0.0.2"), "max.connections.per.ip");
    for (let i = 0; i < 3; i++) assert.equal(limits.open("10.0.0.1"), undefined);
    assert.equal(limits.open("10.0.0.8"), "max.connections");
    limits.close("10.0.0.9");
    assert.equal(limits.open("10.0.0.8"), undefined);
    assert.equal(limits.count, 5);
  });

  test("each host keeps its share of the total", () => {
    const limits = new ConnectionLimits({ ...settings, maxConnectionsPerIp: 100 }, 2);
    for (let i = 0; i < 3; i++) assert.equal(limits.open("10.0.0.9"), undefined);
    assert.equal(limits.open("10.0.0.9"), "max.connections");
  });

  test("an address that was never counted in is not counted out", () => {
    const limits = new ConnectionLimits(settings, 1);
    limits.close("10.0.0.9");
    assert.equal(limits.count, 0);
  });
});

describe("idle rules", () => {
  const rules = new IdleRules(600_000);
  const calm = { framesWait: false, answersPileUp: false };
  const facts = {
    state: "open",
    lastActiveMs: 0,
    runningRequests: 0,
    awaitsRestOfFrame: false,
    unsentBytes: 0,
  } as const;

  test("who takes no answers is let go when they fill the memory, and only then", () => {
    const deaf = { ...facts, unsentBytes: 1 };
    const crowd = { ...calm, answersPileUp: true };
    assert.equal(rules.judge(deaf, 31_000, calm), undefined);
    assert.equal(rules.judge(deaf, 29_000, crowd), undefined);
    assert.equal(rules.judge(deaf, 31_000, crowd), "takesNothing");
    assert.equal(rules.judge(facts, 31_000, crowd), undefined);
  });

  test("half a frame is awaited for a while, less when others wait for its memory", () => {
    const half = { ...facts, awaitsRestOfFrame: true };
    assert.equal(rules.judge(half, 3_000, calm), undefined);
    assert.equal(rules.judge(half, 3_000, { ...calm, framesWait: true }), "halfFrame");
    assert.equal(rules.judge(half, 31_000, calm), "halfFrame");
  });

  test("idle is who has nothing going on for connections.max.idle.ms", () => {
    assert.equal(rules.judge(facts, 600_000, calm), undefined);
    assert.equal(rules.judge(facts, 600_001, calm), "idle");
    assert.equal(rules.judge({ ...facts, runningRequests: 1 }, 700_000, calm), undefined);
  });
});

describe("log limiter", () => {
  test("lets a few lines of each event through and counts the others", () => {
    const limiter = new LogLimiter(2, 1000);
    assert.equal(limiter.allow("bad frame", 0), 0);
    assert.equal(limiter.allow("bad frame", 1), 0);
    assert.equal(limiter.allow("bad frame", 2), undefined);
    assert.equal(limiter.allow("bad frame", 3), undefined);
    assert.equal(limiter.allow("other", 3), 0);
    assert.equal(limiter.allow("bad frame", 1000), 2);
    assert.equal(limiter.allow("bad frame", 1001), 0);
  });
});
