// Runs one or several actors on a real host over ports that a test holds in its hand: a clock that
// moves only when told, a disk whose operations can be held back or made to fail, links to nowhere.
// Actors that are not under test are played by puppets: what they hear is noted, and the test
// answers their calls when it likes. When a method here returns, every turn that could be taken has
// been taken, so tests need no waiting.
//
// Lives on: tests.

import { strict as assert } from "node:assert";
import { inspect } from "node:util";
import type { Outcome } from "../../src/base/outcome.ts";
import { failure, success } from "../../src/base/outcome.ts";
import type {
  ActorKind,
  ActorRef,
  ArgsOf,
  Calls,
  Casts,
  Outbox,
  Protocol,
  ReplyOf,
  ReplyTo,
} from "../../src/runtime/actor.ts";
import { Host } from "../../src/runtime/host.ts";
import type { Disk, HostEnd, HostPorts, Jobs, LogLevel, Sockets } from "../../src/runtime/ports.ts";
import { GatedDisk } from "./gated-disk.ts";
import { VirtualClock } from "./virtual-clock.ts";

/** A call made by the test; `outcome` is set once it is answered. */
export class Asked<R> {
  outcome: Outcome<R> | undefined;

  get answered(): boolean {
    return this.outcome !== undefined;
  }

  /** The answer; fails the test when there is none or it is a fault. */
  get value(): R {
    assert.ok(this.outcome !== undefined, "not answered yet");
    assert.ok(this.outcome.ok, `answered by a fault: ${inspect(this.outcome)}`);
    return this.outcome.value;
  }
}

/** Something a puppet heard. */
export type Heard = {
  /** `kind key`, as in "front-door 0". */
  readonly who: string;
  readonly message: string;
  readonly args: Record<string, unknown>;
  /** Undefined for casts. */
  readonly replyTo: ReplyTo<unknown> | undefined;
  answered: boolean;
};

export type Logged = {
  readonly level: LogLevel;
  readonly event: string;
  readonly fields: Readonly<Record<string, unknown>>;
};

export type HarnessOptions = {
  /** The kinds under test. */
  readonly kinds?: readonly unknown[];
  /** The kinds that are played: each `[kind, ...keys]`. */
  readonly puppets?: readonly (readonly [kind: string, ...keys: string[]])[];
  readonly disk?: Disk;
  readonly jobs?: Jobs;
  readonly sockets?: Sockets;
  readonly seed?: number;
};

type AnyKind = ActorKind<Protocol, unknown>;
type PuppetAct = (out: Outbox<Protocol>) => void;
const PUPPETEER = "puppeteer";

export class ActorHarness {
  readonly clock = new VirtualClock();
  readonly disk: GatedDisk;
  readonly host: Host;
  /** Everything the puppets heard, in order. */
  readonly heard: Heard[] = [];
  readonly logged: Logged[] = [];
  /** Set when the host has ended. */
  ended: HostEnd | undefined;
  stopNodeReason: string | undefined;

  constructor(options: HarnessOptions) {
    this.disk = new GatedDisk(options.disk ?? noDisk);
    const puppets = [[PUPPETEER, "0"] as const, ...(options.puppets ?? [])];
    const kinds = puppets.map(([kind]) => this.puppetKind(kind));
    const tested = (options.kinds ?? []) as readonly AnyKind[];
    this.host = new Host(this.ports(options), [...tested, ...kinds], {
      ended: (end) => {
        this.ended = end;
      },
      stopNode: (reason) => {
        this.stopNodeReason = reason;
      },
    });
    for (const [kind, ...keys] of puppets) {
      for (const key of keys) this.host.spawn({ kind }, key, {});
    }
  }

  spawn<P extends Protocol, S>(kind: ActorKind<P, S>, key: string, settings: NoInfer<S>): void {
    this.host.spawn(kind, key, settings);
    this.mustLive();
  }

  ask<P extends Protocol, K extends Calls<P>>(
    to: ActorRef<P>,
    kind: K,
    args: ArgsOf<P, K>,
    timeoutMs = Infinity,
  ): Asked<ReplyOf<P, K>> {
    const asked = new Asked<ReplyOf<P, K>>();
    this.host.askFromOutside<ReplyOf<P, K>>(to, kind, args, timeoutMs, (outcome) => {
      asked.outcome = outcome;
    });
    this.mustLive();
    return asked;
  }

  /** With what settings a puppet was spawned by an actor under test. */
  spawned(kind: string, key: string): unknown {
    return this.settingsOf.get(`${kind} ${key}`);
  }

  tell<P extends Protocol, K extends Casts<P>>(to: ActorRef<P>, kind: K, args: ArgsOf<P, K>): void {
    this.act((out) => out.tell(to, kind, args));
  }

  /** Lets a puppet do something with its outbox. */
  act(act: PuppetAct): void {
    const puppeteer = { kind: PUPPETEER, key: "0" };
    this.host.askFromOutside(puppeteer, "act", { act }, Infinity, () => {});
    this.mustLive();
  }

  /** Answers the oldest unanswered call of this name that a puppet heard. */
  answer(message: string, value: unknown): void {
    const call = this.unanswered(message)[0];
    assert.ok(call !== undefined, `no puppet holds an unanswered ${message}`);
    call.answered = true;
    this.act((out) => out.reply(call.replyTo!, value));
  }

  unanswered(message: string): Heard[] {
    return this.heard.filter(
      (h) => h.message === message && h.replyTo !== undefined && !h.answered,
    );
  }

  /** What was heard since the last time this was asked. */
  take(message?: string): Heard[] {
    const taken = this.heard.filter((h) => message === undefined || h.message === message);
    for (const heard of taken) this.heard.splice(this.heard.indexOf(heard), 1);
    return taken;
  }

  advance(byMs: number): void {
    this.clock.advance(byMs);
    this.mustLive();
  }

  /** Lets held disk operations happen; all of them when no number is given. */
  release(count?: number): void {
    this.disk.release(count);
    this.mustLive();
  }

  /** Fails the test if an exception has left an actor. Turned off by `mayEnd`. */
  private mustLive(): void {
    if (!this.mayEnd && this.ended !== undefined) assert.fail(this.ended.detail);
  }

  mayEnd = false;

  private readonly settingsOf = new Map<string, unknown>();

  private puppetKind(kind: string): AnyKind {
    return {
      kind,
      create: (settings, out) => {
        this.settingsOf.set(`${kind} ${out.self.key}`, settings);
        return this.puppet(out) as never;
      },
      placeOn: () => 0,
      mailbox: { messagesMax: 100_000, bytesMax: 1_000_000_000 },
    };
  }

  /** Has a handler for whatever it is told. */
  private puppet(out: Outbox<Protocol>): object {
    const { heard } = this;
    const who = `${out.self.kind} ${out.self.key}`;
    const handle =
      (message: string) => (args: Record<string, unknown>, replyTo?: ReplyTo<unknown>) =>
        heard.push({ who, message, args, replyTo, answered: false });
    return new Proxy(
      { onAct: ({ act }: { act: PuppetAct }) => act(out) },
      {
        get(target, name) {
          const method = String(name);
          if (method === "onAct") return target.onAct;
          return handle(method.charAt(2).toLowerCase() + method.slice(3));
        },
      },
    );
  }

  private ports({ jobs, sockets, seed = 1 }: HarnessOptions): HostPorts {
    let state = seed;
    const uint32 = (): number => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return state;
    };
    const unused = (name: string): never => assert.fail(`this harness has no ${name}`);
    return {
      clock: this.clock,
      random: {
        uint32,
        float: () => uint32() / 2 ** 32,
        bytes: (length) => Uint8Array.from({ length }, () => uint32() >>> 24),
      },
      disk: this.disk,
      sockets: sockets ?? {
        listen: () => unused("sockets"),
        connect: () => unused("sockets"),
      },
      links: {
        hostIndex: 0,
        hostCount: 1,
        asideIndex: 0,
        isUp: () => true,
        post: () => unused("other host"),
        subscribe: () => {},
      },
      jobs: jobs ?? { run: () => unused("jobs") },
      peers: { listen: () => unused("peers"), connect: () => unused("peers") },
      log: {
        write: (level, event, fields) => this.logged.push({ level, event, fields }),
      },
    };
  }
}

/** A disk on which every operation succeeds and nothing is kept: for actors that only sync. */
const noDisk: Disk = {
  submit: ({ operation }) =>
    operation === "datasync" || operation === "syncDirectory"
      ? success(null)
      : failure("EIO", `no disk under this harness for ${operation}`),
};
