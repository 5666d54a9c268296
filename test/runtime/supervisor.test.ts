import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { runSteps, takeAll } from "../../src/base/steps.ts";
import type { HostEnd, HostEvents, Threads } from "../../src/runtime/ports.ts";
import { Supervisor } from "../../src/runtime/supervisor.ts";
import { FakeClock } from "../support/fake-ports.ts";

function newSupervisor(hostCount: number, mayRestart = true) {
  const clock = new FakeClock();
  const running = new Map<number, HostEvents & { ready(): void }>();
  const heard: string[] = [];
  const logged: string[] = [];
  let starts = 0;
  const threads: Threads = {
    start: (hostIndex, _settings, events) => {
      starts += 1;
      running.set(hostIndex, events);
      clock.soon(() => running.get(hostIndex) === events && events.ready());
      return {
        stop: (_drainMs, done) => {
          events.ended({ kind: "stopped", detail: "" });
          done();
        },
        stats: () => {},
        request: () => {},
      };
    },
    close: (done) => {
      heard.push("closed");
      done();
    },
  };
  const log = { write: (level: string) => logged.push(level) };
  const supervisor = new Supervisor({ threads, clock, log }, hostCount, () => ({}), {
    mayRestart: () => mayRestart,
    restarted: (hostIndex) => heard.push(`restarted ${hostIndex}`),
    failed: (reason) => heard.push(`failed: ${reason}`),
  });
  runSteps(takeAll(supervisor.start()), () => heard.push("started"));
  const die = (hostIndex: number, kind: HostEnd["kind"]): void => {
    const events = running.get(hostIndex);
    running.delete(hostIndex);
    events?.ended({ kind, detail: "why" });
    clock.runLaters();
  };
  const runningHost = (hostIndex: number) => running.get(hostIndex);
  return { clock, supervisor, heard, logged, die, runningHost, starts: () => starts };
}

function startedSupervisor(hostCount: number, mayRestart = true) {
  const all = newSupervisor(hostCount, mayRestart);
  all.clock.runLaters();
  return all;
}

describe("supervisor", () => {
  it("starts every host", () => {
    const { heard, starts } = startedSupervisor(3);
    assert.deepEqual(heard, ["started"]);
    assert.equal(starts(), 3);
  });

  it("starts a host anew after an exception, again after a quiet minute", () => {
    const { heard, die, clock } = startedSupervisor(2);
    die(1, "escaped");
    clock.advance(60_000);
    die(1, "escaped");
    assert.deepEqual(heard, ["started", "restarted 1", "restarted 1"]);
  });

  it("ends the node on a second death within a minute", () => {
    const { heard, die, clock } = startedSupervisor(2);
    die(1, "escaped");
    clock.advance(59_000);
    die(1, "escaped");
    assert.match(heard.at(-1) ?? "", /^failed: host 1 died twice within a minute/);
  });

  for (const kind of ["assertion", "crashed"] as const) {
    it(`ends the node at once when a host ends by ${kind}`, () => {
      const { heard, die } = startedSupervisor(1);
      die(0, kind);
      assert.match(heard.at(-1) ?? "", /^failed: /);
    });
  }

  it("stops every host, then frees the threads, and restarts none", () => {
    const { heard, supervisor, starts } = startedSupervisor(3);
    supervisor.stop(100)(() => heard.push("stopped"));
    assert.deepEqual(heard, ["started", "closed", "stopped"]);
    assert.equal(starts(), 3);
  });

  it("says that all are started though one has died before it was ready", () => {
    const { heard, die, starts } = newSupervisor(2);
    die(1, "crashed");
    assert.deepEqual(heard, ["failed: host 1 crashed: why", "started"]);
    assert.equal(starts(), 2);
  });

  it("starts no host anew that could be of no use", () => {
    const { heard, die, starts } = startedSupervisor(2, false);
    die(0, "escaped");
    assert.deepEqual(heard, ["started", "failed: host 0 died: why"]);
    assert.equal(starts(), 2);
  });

  it("tells of the end of the node once, in one fatal line", () => {
    const { heard, logged, die, runningHost } = startedSupervisor(3);
    die(1, "assertion");
    die(2, "crashed");
    runningHost(0)?.stopNode("because");
    assert.deepEqual(heard, ["started", "failed: a bug in host 1: why"]);
    assert.deepEqual(logged, ["fatal"]);
  });

  it("answers for a host that is down", () => {
    const { supervisor, die } = startedSupervisor(2);
    die(1, "crashed");
    supervisor.request(
      1,
      "anything",
      {},
    )((outcome) => {
      assert.deepEqual(outcome, { ok: false, fault: "stopped", detail: "host 1 is down" });
    });
  });
});
