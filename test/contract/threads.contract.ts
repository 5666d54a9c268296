// What every Threads port, and the Links it wires, must do: the real ones (worker threads, inline)
// and the simulated one alike.

import assert from "node:assert/strict";
import { afterEach, describe, it } from "node:test";
import type { Outcome } from "../../src/base/outcome.ts";
import type { HostEnd, HostStats, HostThread, Threads } from "../../src/runtime/ports.ts";
import type { Heard, Report } from "./threads-host.ts";
import type { Progress } from "./support.ts";

const TURNS_MAX = 10_000;

export type ThreadsUnderTest = { readonly threads: Threads; readonly progress: Progress };

/** A host as a test holds it. */
class Held {
  readonly ends: HostEnd[] = [];
  readonly stopNodes: string[] = [];
  ready = false;
  thread: HostThread | undefined;
}

class Cluster {
  readonly threads: Threads;
  readonly progress: Progress;
  readonly hosts: Held[] = [];

  constructor({ threads, progress }: ThreadsUnderTest) {
    this.threads = threads;
    this.progress = progress;
  }

  begin(index: number, settings: unknown = { life: 0 }): Held {
    const held = new Held();
    this.hosts[index] = held;
    held.thread = this.threads.start(index, settings, {
      ready: () => (held.ready = true),
      ended: (end) => held.ends.push(end),
      stopNode: (reason) => held.stopNodes.push(reason),
    });
    assert.equal(held.ready, false, "told before start() returned");
    return held;
  }

  async start(index: number, settings?: unknown): Promise<Held> {
    const held = this.begin(index, settings);
    await this.progress.until(() => held.ready);
    return held;
  }

  async startAll(count: number): Promise<void> {
    const all = Array.from({ length: count }, (_, index) => this.begin(index));
    await this.progress.until(() => all.every(({ ready }) => ready));
  }

  async request(index: number, name: string, args: unknown = {}): Promise<Outcome<unknown>> {
    let answer: Outcome<unknown> | undefined;
    this.hosts[index]!.thread!.request(name, args, (outcome) => {
      assert.equal(answer, undefined, "answered twice");
      answer = outcome;
    });
    assert.equal(answer, undefined, "answered before request() returned");
    await this.progress.until(() => answer !== undefined);
    return answer!;
  }

  async value<T>(index: number, name: string, args: unknown = {}): Promise<T> {
    const outcome = await this.request(index, name, args);
    assert.ok(outcome.ok, JSON.stringify(outcome));
    return outcome.value as T;
  }

  report(index: number): Promise<Report> {
    return this.value<Report>(index, "report");
  }

  /** The report of a host once it has heard this many envelopes. */
  async reportOf(index: number, count: number): Promise<Report> {
    for (let turn = 0; ; turn++) {
      const report = await this.report(index);
      const heard = report.heard.length;
      if (heard >= count) return report;
      assert.ok(turn < TURNS_MAX, `host ${index} heard ${heard} of ${count} envelopes`);
      await this.progress.pass(1);
    }
  }

  async ended(index: number, kind: HostEnd["kind"]): Promise<HostEnd> {
    const held = this.hosts[index]!;
    await this.progress.until(() => held.ends.length > 0);
    assert.equal(held.ends[0]!.kind, kind, held.ends[0]!.detail);
    return held.ends[0]!;
  }

  async stop(index: number): Promise<void> {
    let done = false;
    this.hosts[index]!.thread!.stop(10, () => (done = true));
    await this.progress.until(() => done);
  }

  async close(): Promise<void> {
    for (const [index, held] of this.hosts.entries())
      if (held.ends.length === 0) await this.stop(index);
    let closed = false;
    this.threads.close(() => (closed = true));
    await this.progress.until(() => closed);
  }
}

function numbersFrom(heard: readonly Heard[], from: number): number[] {
  return heard.flatMap((one) => (one.from === from ? [one.number] : []));
}

function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, number) => number);
}

export function threadsContract(
  name: string,
  make: (hostCount: number) => Promise<ThreadsUnderTest> | ThreadsUnderTest,
  options: { kills: number; flat?: (kill: number) => void },
): void {
  let cluster: Cluster | undefined;
  const open = async (hostCount: number): Promise<Cluster> => {
    cluster = new Cluster(await make(hostCount));
    return cluster;
  };
  afterEach(async () => {
    await cluster?.close();
    cluster = undefined;
  });

  describe(`Threads: ${name}`, () => {
    it("builds a host from plain settings and answers its requests", async () => {
      const hosts = await open(1);
      await hosts.start(0, { life: 3, nested: { bytes: new Uint8Array([1, 2]) } });
      assert.deepEqual(await hosts.request(0, "echo", [1, "two", { three: null }]), {
        ok: true,
        value: [1, "two", { three: null }],
      });
      assert.deepEqual(await hosts.value(0, "settings"), {
        life: 3,
        nested: { bytes: new Uint8Array([1, 2]) },
      });
      assert.equal((await hosts.request(0, "nonsense")).ok, false);
      let stats: Outcome<HostStats> | undefined;
      hosts.hosts[0]!.thread!.stats((counts) => (stats = counts));
      await hosts.progress.until(() => stats !== undefined);
      assert.equal(stats?.ok && stats.value.actors, 0);
    });

    it("stops a host, and says so after it has ended", async () => {
      const hosts = await open(1);
      const held = await hosts.start(0);
      let endsWhenDone = -1;
      held.thread!.stop(10, () => (endsWhenDone = held.ends.length));
      await hosts.progress.until(() => endsWhenDone >= 0);
      assert.equal(endsWhenDone, 1);
      assert.equal(held.ends[0]!.kind, "stopped");
      assert.deepEqual(await hosts.request(0, "echo"), {
        ok: false,
        fault: "stopped",
        detail: "the host has ended",
      });
      await hosts.stop(0);
      assert.equal(held.ends.length, 1);
    });

    it("tells how a host died, and leaves no question unanswered", async () => {
      const hosts = await open(2);
      await hosts.startAll(2);
      let unanswered: Outcome<unknown> | undefined;
      hosts.hosts[0]!.thread!.request("never", {}, (outcome) => (unanswered = outcome));
      hosts.hosts[0]!.thread!.request("escape", {}, () => {});
      assert.match((await hosts.ended(0, "escaped")).detail, /escaped/);
      await hosts.progress.until(() => unanswered !== undefined);
      assert.equal(unanswered?.ok === false && unanswered.fault, "stopped");
      hosts.hosts[1]!.thread!.request("assertion", {}, () => {});
      await hosts.ended(1, "assertion");
    });

    it("hears that a host could not be built", async () => {
      const hosts = await open(1);
      const held = hosts.begin(0, { breaks: true });
      assert.match((await hosts.ended(0, "crashed")).detail, /cannot be built/);
      assert.equal(held.ready, false);
      await hosts.start(0, {});
    });

    it("carries an actor's wish to stop the node", async () => {
      const hosts = await open(1);
      const held = await hosts.start(0);
      await hosts.request(0, "stopNode");
      await hosts.progress.until(() => held.stopNodes.length > 0);
      assert.deepEqual(held.stopNodes, ["because"]);
    });
  });

  describe(`Links: ${name}`, () => {
    it("carries envelopes first in, first out per pair, whole, and gives nothing twice", async () => {
      const hosts = await open(3);
      await hosts.startAll(3);
      const count = 200;
      for (const from of [0, 1]) {
        hosts.hosts[from]!.thread!.request("post", { to: 2, count: count / 2 }, () => {});
      }
      for (const from of [0, 1]) await hosts.request(from, "post", { to: 2, count: count / 2 });
      const report = await hosts.reportOf(2, 2 * count);
      assert.deepEqual(numbersFrom(report.heard, 0), upTo(count));
      assert.deepEqual(numbersFrom(report.heard, 1), upTo(count));
      assert.equal(report.damaged, 0);
      assert.equal((await hosts.report(0)).givenAwayIntact, 0);
      assert.deepEqual(report.up, [true, true, true]);
    });

    it("delivers what a host posted before it died, then says that it is down", async () => {
      const hosts = await open(2);
      await hosts.startAll(2);
      await hosts.request(0, "post", { to: 1, count: 50 });
      hosts.hosts[0]!.thread!.request("escape", {}, () => {});
      await hosts.ended(0, "escaped");
      const report = await hosts.reportOf(1, 50);
      assert.deepEqual(numbersFrom(report.heard, 0), upTo(50));
      while (!(await hosts.report(1)).log.includes("down 0")) await hosts.progress.pass(1);
      assert.deepEqual((await hosts.report(1)).up, [false, true]);
      // To a host that is down nothing happens.
      await hosts.request(1, "post", { to: 0, count: 5 });
      await hosts.start(0, { life: 1 });
      while (!(await hosts.report(1)).log.includes("up 0")) await hosts.progress.pass(1);
      assert.deepEqual((await hosts.report(1)).log.slice(-2), ["down 0", "up 0"]);
      await hosts.request(1, "post", { to: 0, count: 5 });
      const heard = (await hosts.reportOf(0, 5)).heard;
      assert.deepEqual(numbersFrom(heard, 1), [5, 6, 7, 8, 9]);
    });

    it(`survives ${options.kills} deaths of one host beside others`, async () => {
      const hosts = await open(3);
      await hosts.startAll(3);
      for (let kill = 1; kill <= options.kills; kill++) {
        for (const [from, to] of [
          [0, 2],
          [0, 1],
          [1, 0],
          [2, 1],
        ] as const) {
          hosts.hosts[from]!.thread!.request("post", { to, count: 3 }, () => {});
        }
        hosts.hosts[1]!.thread!.request("escape", {}, () => {});
        await hosts.ended(1, "escaped");
        hosts.hosts[0]!.thread!.request("post", { to: 1, count: 3 }, () => {});
        await hosts.start(1, { life: kill });
        options.flat?.(kill);
      }
      await hosts.reportOf(2, 3 * options.kills);
      await checkReborn(hosts, options.kills);
    });
  });
}

/** Nothing of an earlier life came to a later one, and nothing out of order. */
async function checkReborn(hosts: Cluster, kills: number): Promise<void> {
  const bystander = await hosts.report(2);
  assert.equal(numbersFrom(bystander.heard, 0).length, 3 * kills);
  assertAscending(numbersFrom(bystander.heard, 0));
  assert.equal(bystander.damaged, 0);
  const other = await hosts.reportOf(0, 3 * kills);
  const lives = other.heard.filter(({ from }) => from === 1).map(({ life }) => life);
  assert.deepEqual(
    lives,
    lives.toSorted((a, b) => a - b),
  );
  assert.deepEqual(
    numbersFrom(other.heard, 1),
    upTo(3 * kills).map((number) => number % 3),
  );
  while ((await hosts.report(0)).log.length < 2 * kills) await hosts.progress.pass(1);
  const { log } = await hosts.report(0);
  const expected = upTo(2 * kills).map((turn) => (turn % 2 === 0 ? "down 1" : "up 1"));
  assert.deepEqual(log.filter((line) => line.endsWith("1")).slice(-expected.length), expected);
  // The youngest life has heard only what was posted to it: the newest numbers, in order.
  const posted = await hosts.value<null>(0, "post", { to: 1, count: 2 });
  assert.equal(posted, null);
  const youngest = await hosts.reportOf(1, 2);
  const numbers = numbersFrom(youngest.heard, 0);
  assertAscending(numbers);
  assert.ok(
    numbers[0]! >= 9 * (kills - 1),
    `an envelope for an earlier life: ${numbers.join(" ")}`,
  );
}

function assertAscending(numbers: readonly number[]): void {
  assert.deepEqual(
    numbers,
    numbers.toSorted((a, b) => a - b),
  );
}
