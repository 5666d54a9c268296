import { strict as assert } from "node:assert";
import { test } from "node:test";
import { durabilityActor, SYNCS_IN_FLIGHT_MAX } from "../../../src/actors/durability/durability.ts";
import { durabilityRef } from "../../../src/actors/durability/messages.ts";
import type { Outcome } from "../../../src/base/outcome.ts";
import type { Asked } from "../../support/actor-harness.ts";
import { ActorHarness } from "../../support/actor-harness.ts";

const ref = durabilityRef(0);

/** A durability actor whose syncs end only when the test says so. */
class Transcript {
  readonly harness = new ActorHarness({ kinds: [durabilityActor] });
  private readonly lines: string[] = [];
  private readonly open: { who: string; asked: Asked<Outcome<null>> }[] = [];

  constructor(logDirectories: readonly string[] = ["/data"]) {
    this.harness.disk.hold("datasync");
    this.harness.spawn(durabilityActor, "0", { logDirectories });
  }

  sync(who: string, path: string): void {
    this.note(`${who}: sync ${path}`, () => {
      this.open.push({ who, asked: this.harness.ask(ref, "sync", { path }) });
    });
  }

  forget(path: string): void {
    this.note(`forget ${path}`, () => void this.harness.ask(ref, "forget", { path }));
  }

  /** The oldest sync in flight ends. */
  end(fault?: "EIO"): void {
    const [oldest] = this.harness.disk.heldBack();
    this.note(`${oldest} ends${fault === undefined ? "" : ` in ${fault}`}`, () => {
      if (fault !== undefined) this.harness.disk.failNext("datasync", fault);
      this.harness.release(1);
    });
  }

  private note(cause: string, act: () => void): void {
    this.lines.push(cause);
    const before = this.harness.disk.requests.length;
    act();
    for (const request of this.harness.disk.requests.slice(before)) this.lines.push(`  ${request}`);
    for (const { who, asked } of this.open.filter((call) => call.asked.answered)) {
      this.lines.push(`  -> ${who}: ${asked.value.ok ? "safe" : asked.value.fault}`);
    }
    this.open.splice(0, Infinity, ...this.open.filter((call) => !call.asked.answered));
  }

  is(expected: string): void {
    const trimmed = expected.replace(/^\n|\n\s*$/g, "");
    const margin = /^ */.exec(trimmed)![0].length;
    const lines = trimmed.split("\n").map((line) => line.slice(margin));
    assert.deepEqual(this.lines, lines);
  }
}

test("a sync serves those who asked before it started, the others wait for the next", () => {
  const it = new Transcript();
  it.sync("A", "f");
  it.sync("B", "f");
  it.sync("C", "f");
  it.end();
  it.end();
  it.is(`
    A: sync f
      datasync f
    B: sync f
    C: sync f
    datasync f ends
      datasync f
      -> A: safe
    datasync f ends
      -> B: safe
      -> C: safe
  `);
});

test("files do not wait for each other up to the bound, then in the order they came", () => {
  const it = new Transcript();
  for (let i = 0; i < SYNCS_IN_FLIGHT_MAX; i++) it.sync(`A${i}`, `f${i}`);
  it.sync("B", "g");
  it.sync("C", "h");
  it.sync("D", "g");
  it.end();
  it.is(`
    A0: sync f0
      datasync f0
    A1: sync f1
      datasync f1
    A2: sync f2
      datasync f2
    A3: sync f3
      datasync f3
    B: sync g
    C: sync h
    D: sync g
    datasync f0 ends
      datasync g
      -> A0: safe
  `);
});

test("a busy file does not starve the others", () => {
  const it = new Transcript();
  for (let i = 0; i < SYNCS_IN_FLIGHT_MAX; i++) it.sync(`A${i}`, `f${i}`);
  it.sync("B0", "f0");
  it.sync("C", "g");
  it.end();
  it.end();
  it.is(`
    A0: sync f0
      datasync f0
    A1: sync f1
      datasync f1
    A2: sync f2
      datasync f2
    A3: sync f3
      datasync f3
    B0: sync f0
    C: sync g
    datasync f0 ends
      datasync g
      -> A0: safe
    datasync f1 ends
      datasync f0
      -> A1: safe
  `);
});

test("a failed sync is never tried again, and everybody hears of it", () => {
  const it = new Transcript();
  it.sync("A", "f");
  it.sync("B", "f");
  it.end("EIO");
  it.sync("C", "f");
  it.sync("D", "g");
  it.end();
  it.is(`
    A: sync f
      datasync f
    B: sync f
    datasync f ends in EIO
      -> A: EIO
      -> B: EIO
    C: sync f
      -> C: EIO
    D: sync g
      datasync g
    datasync g ends
      -> D: safe
  `);
});

test("a forgotten file is a new file", () => {
  const it = new Transcript();
  it.sync("A", "f");
  it.end("EIO");
  it.forget("f");
  it.sync("B", "f");
  it.end();
  it.is(`
    A: sync f
      datasync f
    datasync f ends in EIO
      -> A: EIO
    forget f
    B: sync f
      datasync f
    datasync f ends
      -> B: safe
  `);
});

test("a file forgotten while its sync is in flight takes its fault with it", () => {
  const it = new Transcript();
  it.sync("A", "f");
  it.forget("f");
  it.sync("B", "f");
  it.end("EIO");
  it.end();
  it.is(`
    A: sync f
      datasync f
    forget f
    B: sync f
      datasync f
    datasync f ends in EIO
      -> A: EIO
    datasync f ends
      -> B: safe
  `);
});

test("nothing is kept of files that nobody waits for", () => {
  const it = new Transcript();
  it.harness.disk.open();
  for (let i = 0; i < 1_000; i++) it.harness.ask(ref, "sync", { path: `f${i}` });
  it.harness.disk.hold("datasync");
  it.harness.ask(ref, "sync", { path: "last" });
  assert.equal(it.harness.disk.requests.length, 1_001);
  assert.equal(it.harness.host.stats().pendingCalls, 1);
});

test("a directory whose syncs do not end holds up nobody in another one", () => {
  const it = new Transcript(["/a", "/a/b"]);
  for (let n = 0; n <= SYNCS_IN_FLIGHT_MAX; n++) it.harness.ask(ref, "sync", { path: `/a/${n}` });
  assert.equal(it.harness.disk.heldBack().length, SYNCS_IN_FLIGHT_MAX);
  it.harness.ask(ref, "sync", { path: "/a/b/log" });
  assert.equal(it.harness.disk.heldBack().at(-1), "datasync /a/b/log");
});
