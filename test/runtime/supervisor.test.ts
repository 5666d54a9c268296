import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { runSteps, takeAll } from "../../src/base/steps.ts";
import type { HostEnd, HostEvents, Threads } from "../../src/runtime/ports.ts";
import { Supervisor } from "../../src/runtime/supervisor.ts";
import { FakeClock } from "../support/fake-ports.ts";

function newSupervisor(hostCount: number) {
  const clock = new FakeClock();
  const running: (HostEvents & { ready(): void })[] = [];
  const heard: string[] = [];
  let starts = 0;
  const threads: Threads = {
    start: (hostIndex, _settings, events) => {
      starts += 1;
      running[hostIndex] = events;
      clock.soon(() => events.ready());
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
  const log = { write: () => {} };
  const supervisor = new Supervisor({ threads, clock, log }, hostCount, () => ({}), {
    restarted: (hostIndex) => heard.push(`restarted ${hostIndex}`),
    failed: (reason) => heard.push(`failed: ${reason}`),
  });
  runSteps(takeAll(supervisor.start()), () => heard.push("started"));
  clock.runLaters();
  const die = (hostIndex: number, kind: HostEnd["kind"]): void => {
    running[hostIndex]?.ended({ kind, detail: "why" });
    clock.runLaters();
  };
  return { clock, supervisor, heard, die, starts: () => starts };
}

describe("supervisor", () => {
  it("starts every host", () => {
    const { heard, starts } = newSupervisor(3);
    assert.deepEqual(heard, ["started"]);
    assert.equal(starts(), 3);
  });

  it("starts a host anew after an exception, again after a quiet minute", () => {
    const { heard, die, clock } = newSupervisor(2);
    die(1, "escaped");
    clock.advance(60_000);
    die(1, "escaped");
    assert.deepEqual(heard, ["started", "restarted 1", "restarted 1"]);
  });

  it("ends the node on a second death within a minute", () => {
    const { heard, die, clock } = newSupervisor(2);
    die(1, "escaped");
    clock.advance(59_000);
    die(1, "escaped");
    assert.match(heard.at(-1) ?? "", /^failed: host 1 died twice within a minute/);
  });

  for (const kind of ["assertion", "crashed"] as const) {
    it(`ends the node at once when a host ends by ${kind}`, () => {
      const { heard, die } = newSupervisor(1);
      die(0, kind);
      assert.match(heard.at(-1) ?? "", /^failed: /);
    });
  }

  it("stops every host, then frees the threads, and restarts none", () => {
    const { heard, supervisor, starts } = newSupervisor(3);
    supervisor.stop(100)(() => heard.push("stopped"));
    assert.deepEqual(heard, ["started", "closed", "stopped"]);
    assert.equal(starts(), 3);
  });
});
