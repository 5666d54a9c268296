import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { assert as mustHold } from "../../src/base/assert.ts";
import type { Outcome } from "../../src/base/outcome.ts";
import { success } from "../../src/base/outcome.ts";
import type { ActorKind, Call, Cast, Handlers, Outbox, ReplyTo } from "../../src/runtime/actor.ts";
import { refTo } from "../../src/runtime/actor.ts";
import { Host } from "../../src/runtime/host.ts";
import type { HostEnd } from "../../src/runtime/ports.ts";
import {
  ask,
  askAll,
  askEffect,
  disk,
  newSignal,
  fire,
  waitFor,
} from "../../src/runtime/routine.ts";
import type { Routine } from "../../src/runtime/routine.ts";
import { FakeClock, FakeLinks, fakePorts } from "../support/fake-ports.ts";
import type { LoggedEvent } from "../support/fake-ports.ts";

type EchoProtocol = {
  echo: Call<{ text: string; bytes?: Uint8Array }, { text: string; bytes?: Uint8Array }>;
  hold: Call<Record<string, never>, string>;
  release: Cast<Record<string, never>>;
  askOther: Call<{ key: string; text: string }, Outcome<string>>;
  askMany: Call<{ keys: readonly string[] }, readonly string[]>;
  readFile: Call<Record<string, never>, number>;
  waitForRelease: Call<{ timeoutMs: number }, boolean>;
  remind: Cast<{ text: string }>;
  startReminder: Cast<{ text: string; delayMs: number }>;
  fail: Cast<{ how: "throw" | "assert" | "routine" }>;
  answered: Cast<{ outcome: Outcome<unknown>; context: ReplyTo<never> }>;
};

const heard: string[] = [];

class Echo implements Handlers<EchoProtocol> {
  private readonly out: Outbox<EchoProtocol>;
  private readonly holding: ReplyTo<string>[] = [];
  private readonly released = newSignal();
  constructor(out: Outbox<EchoProtocol>) {
    this.out = out;
  }
  onEcho(
    args: { text: string; bytes?: Uint8Array },
    replyTo: ReplyTo<{ text: string; bytes?: Uint8Array }>,
  ): void {
    heard.push(`${this.out.self.key}:${args.text}`);
    this.out.reply(replyTo, args);
  }
  onHold(_: Record<string, never>, replyTo: ReplyTo<string>): void {
    this.holding.push(replyTo);
  }
  onRelease(): void {
    for (const replyTo of this.holding.splice(0)) this.out.reply(replyTo, "released");
    fire(this.released);
  }
  onAskOther(
    { key, text }: { key: string; text: string },
    replyTo: ReplyTo<Outcome<string>>,
  ): void {
    this.run(replyTo, this.askOther(key, text));
  }
  onAskMany({ keys }: { keys: readonly string[] }, replyTo: ReplyTo<readonly string[]>): void {
    this.run(replyTo, this.askMany(keys));
  }
  onReadFile(_: Record<string, never>, replyTo: ReplyTo<number>): void {
    this.run(replyTo, this.readFile());
  }
  onWaitForRelease({ timeoutMs }: { timeoutMs: number }, replyTo: ReplyTo<boolean>): void {
    this.run(replyTo, waitFor(this.released, timeoutMs));
  }
  onStartReminder({ text, delayMs }: { text: string; delayMs: number }): void {
    this.out.startTimer("reminder", delayMs, "remind", { text });
  }
  onRemind({ text }: { text: string }): void {
    heard.push(`remind:${text}`);
  }
  onFail({ how }: { how: "throw" | "assert" | "routine" }): void {
    this.out.tell(this.out.self, "remind", { text: "must not be heard" });
    if (how === "throw") throw new Error("on purpose");
    if (how === "assert") mustHold(false, "on purpose");
    this.out.run(failingRoutine());
  }
  onAnswered({ outcome, context }: { outcome: Outcome<unknown>; context: ReplyTo<never> }): void {
    this.out.reply(context as ReplyTo<unknown>, outcome.ok ? outcome.value : outcome);
  }
  private run(replyTo: ReplyTo<unknown>, routine: Routine<unknown>): void {
    this.out.run(routine, { context: replyTo as ReplyTo<never>, into: "answered" });
  }
  private *askOther(key: string, text: string): Routine<Outcome<string>> {
    const answer = yield* ask(echoRef(key), "echo", { text }, 100);
    return answer.ok ? success(answer.value.text) : answer;
  }
  private *askMany(keys: readonly string[]): Routine<readonly string[]> {
    const questions = keys.map((key) => askEffect(echoRef(key), "echo", { text: key }, 100));
    const answers = yield* askAll<{ text: string }>(questions);
    return answers.map((answer) => (answer.ok ? answer.value.text : answer.fault));
  }
  private *readFile(): Routine<number> {
    const first = yield* disk("read", { path: "a", position: 0, length: 10 });
    const second = yield* disk("read", { path: "a", position: 10, length: 10 });
    return first.byteLength + second.byteLength;
  }
}

function* failingRoutine(): Routine<void> {
  yield* disk("size", { path: "missing" });
}

const echoRef = (key: string) => refTo<EchoProtocol>("echo", key);
const echoKind: ActorKind<EchoProtocol, null> = {
  kind: "echo",
  create: (_, out) => new Echo(out),
  placeOn: (key, hostCount) => Number(key) % hostCount,
  mailbox: { messagesMax: 4, bytesMax: 1_000 },
};

function newHosts(count: number, given: Parameters<typeof fakePorts>[2] = {}) {
  const clock = new FakeClock();
  const links = new FakeLinks(count);
  const ends: HostEnd[] = [];
  const hosts = links.ends.map((end) => {
    const host = new Host(fakePorts(end, clock, given), [echoKind as never], {
      ended: (how) => ends.push(how),
      stopNode: () => {},
    });
    host.spawn(echoKind, String(end.hostIndex), null);
    return host;
  });
  return { clock, links, hosts, ends, first: hosts[0] as Host };
}

function askOutside(host: Host, key: string, kind: string, args: unknown, timeoutMs = 1_000) {
  const answer: { outcome: Outcome<unknown> | undefined } = { outcome: undefined };
  host.askFromOutside(echoRef(key), kind, args, timeoutMs, (outcome) => {
    answer.outcome = outcome;
  });
  return answer;
}

describe("host", () => {
  it("answers a call on the same host by reference", () => {
    const { first } = newHosts(1);
    const bytes = new Uint8Array([1, 2]);
    const answer = askOutside(first, "0", "echo", { text: "hello", bytes });
    assert.ok(answer.outcome?.ok);
    assert.equal((answer.outcome.value as { bytes: Uint8Array }).bytes, bytes);
  });

  it("carries a call to another host and back in one post each way", () => {
    const { first, links } = newHosts(2);
    const answer = askOutside(first, "1", "echo", { text: "far", bytes: new Uint8Array([9]) });
    links.deliver();
    assert.deepEqual(answer.outcome, success({ text: "far", bytes: new Uint8Array([9]) }));
    assert.equal(links.posts, 2);
  });

  it("settles a call by its deadline, and ignores the late answer", () => {
    const { first, clock } = newHosts(1);
    const answer = askOutside(first, "0", "hold", {}, 50);
    clock.advance(49);
    assert.ok(answer.outcome === undefined);
    clock.advance(10);
    first.enter(() => first.post.tell(echoRef("0"), "release", {}));
    assert.equal((answer.outcome as unknown as { fault: string }).fault, "timeout");
  });

  it("goes on behind those it gave way to, and rests once where there were any", () => {
    const { first, clock } = newHosts(1);
    let went = 0;
    const giveWay = (restMs: number, comesIn: boolean): void => {
      first.giveWay(restMs, () => (went += 1));
      if (comesIn) askOutside(first, "0", "echo", { text: "a request" });
      clock.runLaters();
    };
    giveWay(1, false);
    assert.equal(went, 1, "nobody came");
    giveWay(0, true);
    assert.equal(went, 2, "no rest yet");
    giveWay(1, false);
    assert.equal(went, 2, "for the one that came before");
    clock.advance(1);
    assert.equal(went, 3);
    giveWay(1, false);
    assert.equal(went, 4, "once is enough");
  });

  it("says that nobody lives at an address", () => {
    const { first } = newHosts(1);
    const answer = askOutside(first, "7", "echo", { text: "?" });
    assert.equal((answer.outcome as { fault: string }).fault, "noSuchActor");
  });

  it("refuses a call to a full mailbox at once, by messages and by bytes", () => {
    const { first } = newHosts(1);
    const answers: { outcome: Outcome<unknown> | undefined }[] = [];
    first.enter(() => {
      for (let i = 0; i < 6; i++) answers.push(askOutside(first, "0", "echo", { text: `${i}` }));
    });
    const faults = answers.map(({ outcome }) => (outcome?.ok === false ? outcome.fault : "ok"));
    assert.deepEqual(faults, ["ok", "ok", "ok", "ok", "mailboxFull", "mailboxFull"]);
    const heavy = askOutside(first, "0", "echo", { text: "x", bytes: new Uint8Array(1_001) });
    assert.equal((heavy.outcome as { fault: string }).fault, "mailboxFull");
  });

  it("runs a routine over asks to several hosts and keeps their order", () => {
    const { first, links } = newHosts(3);
    const answer = askOutside(first, "0", "askMany", { keys: ["2", "0", "1", "5"] });
    links.deliver();
    assert.deepEqual(answer.outcome, success(["2", "0", "1", "noSuchActor"]));
  });

  it("goes on in the same turn when the disk answers at once, later when it answers late", () => {
    let late: ((outcome: Outcome<unknown>) => void) | undefined;
    const { first } = newHosts(1, {
      submit: (request, done) => {
        if (request.operation === "read" && request.args.position === 0) {
          return success(new Uint8Array(10));
        }
        late = done;
        return undefined;
      },
    });
    const answer = askOutside(first, "0", "readFile", {});
    assert.equal(answer.outcome, undefined);
    late?.(success(new Uint8Array(3)));
    assert.deepEqual(answer.outcome, success(13));
  });

  it("remembers a signal fired before anyone waits, and gives up in time", () => {
    const { first, clock } = newHosts(1);
    first.enter(() => first.post.tell(echoRef("0"), "release", {}));
    assert.deepEqual(
      askOutside(first, "0", "waitForRelease", { timeoutMs: 100 }).outcome,
      success(true),
    );
    const second = askOutside(first, "0", "waitForRelease", { timeoutMs: 100 });
    assert.equal(second.outcome, undefined);
    clock.advance(200);
    assert.deepEqual(second.outcome, success(false));
  });

  it("fires a named timer once, and the newest of one name only", () => {
    const { first, clock } = newHosts(1);
    heard.length = 0;
    first.enter(() => {
      first.post.tell(echoRef("0"), "startReminder", { text: "old", delayMs: 10 });
      first.post.tell(echoRef("0"), "startReminder", { text: "new", delayMs: 20 });
    });
    clock.advance(100);
    assert.deepEqual(heard, ["remind:new"]);
  });

  for (const [how, kind] of [
    ["throw", "escaped"],
    ["assert", "assertion"],
    ["routine", "escaped"],
  ] as const) {
    it(`ends when an exception leaves an actor (${how}), having done nothing of that turn`, () => {
      const logged: LoggedEvent[] = [];
      const { first, ends, clock } = newHosts(1, {
        logged,
        submit: () => ({ ok: false, fault: "ENOENT", detail: "no missing" }),
      });
      heard.length = 0;
      const held = askOutside(first, "0", "hold", {});
      first.enter(() => first.post.tell(echoRef("0"), "fail", { how }));
      assert.equal(ends.length, 1);
      assert.equal(ends[0]?.kind, kind);
      assert.deepEqual(heard, []);
      assert.equal(logged[0]?.event, "exception left an actor");
      assert.match(String(logged[0]?.fields["actor"]), /echo 0/);
      assert.equal(held.outcome, undefined);
      assert.equal(clock.timerCount, 0);
      assert.equal(askOutside(first, "0", "echo", { text: "x" }).outcome?.ok, false);
    });
  }

  it("tells who waits for a host that went down", () => {
    const { first, links } = newHosts(2);
    const waiting = askOutside(first, "1", "hold", {});
    links.deliver();
    links.down(1);
    assert.equal((waiting.outcome as { fault: string }).fault, "stopped");
    const next = askOutside(first, "1", "echo", { text: "x" });
    assert.equal((next.outcome as { fault: string }).fault, "stopped");
  });
});
