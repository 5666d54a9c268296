// A host runs actors: one at a time, one message at a time, to the end. It takes messages from its
// own actors, from other hosts and from the ports, gives each actor its turn, and carries out what
// the turn noted in its outbox. Everything one run of turns sends to another host leaves as one post.
//
// An exception that leaves an actor ends the whole host: its state can no longer be trusted, and the
// truth is on disk. Whoever started the host hears of it and decides.
//
// Lives on: host thread (or the main thread inline, or the simulator).

import { assert, AssertionFailed } from "../base/assert.ts";
import type { Outcome } from "../base/outcome.ts";
import { failure } from "../base/outcome.ts";
import type { ActorRef, Handlers, Protocol, ReplyTo, World } from "./actor.ts";
import type { Waiter } from "./calls.ts";
import { PendingCalls } from "./calls.ts";
import type { AnyKind, Note } from "./cell.ts";
import { Cell, OutboxOf } from "./cell.ts";
import { Connections } from "./connections.ts";
import { decodeEnvelope } from "./envelope.ts";
import type { Turn } from "./mailbox.ts";
import { TurnQueue } from "./mailbox.ts";
import type { HostEvents, HostPorts, HostStats } from "./ports.ts";
import { PeerLinks } from "./peer-links.ts";
import { PostOffice } from "./post-office.ts";
import { RoutineRun } from "./routines.ts";
import { Deadlines } from "./timers.ts";

/** Turns one run may take before the ports get a chance to speak. */
const TURNS_PER_RUN_MAX = 10_000;

type Handler = (args: unknown, replyTo?: ReplyTo<unknown>) => void;

export class Host {
  readonly ports: HostPorts;
  readonly index: number;
  readonly deadlines: Deadlines;
  private readonly events: HostEvents;
  private readonly queue = new TurnQueue();
  private readonly calls: PendingCalls;
  private readonly connections: Connections;
  private readonly peers: PeerLinks;
  readonly post: PostOffice;
  private readonly world: World;
  private running = false;
  private runAgain = false;
  private ended = false;
  private turnsTaken = 0;
  /** While somebody gave way, since the last rest. */
  private turnsBetween = 0;

  constructor(ports: HostPorts, kinds: readonly AnyKind[], events: HostEvents) {
    const { clock, random, links } = ports;
    this.ports = ports;
    this.events = events;
    this.index = links.hostIndex;
    this.deadlines = new Deadlines(clock, (expire) => this.enter(expire));
    // 21 random bits above 32 bits of counting: far below 2^53, and apart from other incarnations.
    this.calls = new PendingCalls(this.deadlines, (random.uint32() >>> 12) * 2 ** 32 + 1);
    this.connections = new Connections(this);
    this.peers = new PeerLinks(this);
    this.world = {
      wallMs: () => clock.wallMs(),
      monotonicMs: () => clock.monotonicMs(),
      uint32: () => random.uint32(),
      bytes: (length) => random.bytes(length),
    };
    this.post = new PostOffice(links, kinds, this.calls, this.queue);
    links.subscribe({
      envelope: (fromHost, envelope) =>
        this.enter(() => {
          for (const message of decodeEnvelope(envelope)) this.post.receive(fromHost, message);
        }),
      down: (hostIndex) => this.enter(() => this.calls.hostDown(hostIndex)),
      up: () => {},
    });
  }

  // ------------------------------------------------------------ from outside the actors

  /** Creates an actor; for the composition. Actors do it through their outbox. */
  spawn<Settings>(kind: { readonly kind: string }, key: string, settings: Settings): void {
    this.enter(() => this.create(kind.kind, key, settings));
  }

  /** Asks an actor from outside, for the control plane and tests. */
  askFromOutside<R>(
    to: ActorRef<Protocol>,
    kind: string,
    args: unknown,
    timeoutMs: number,
    done: (outcome: Outcome<R>) => void,
  ): void {
    const waiter: Waiter = { settle: (outcome) => done(outcome as Outcome<R>) };
    if (this.ended) return done(failure("stopped", "the host has ended"));
    this.enter(() => this.post.ask(to, kind, args, timeoutMs, waiter));
  }

  stats(): HostStats {
    let actors = 0;
    let mailboxMessages = 0;
    let mailboxBytes = 0;
    for (const cell of this.post.all()) {
      actors += 1;
      mailboxMessages += cell.queuedMessages;
      mailboxBytes += cell.queuedBytes;
    }
    const pendingCalls = this.calls.size;
    return {
      actors,
      mailboxMessages,
      mailboxBytes,
      pendingCalls,
      messagesHandled: this.turnsTaken,
    };
  }

  /** Ends every actor and connection without further ado. */
  stop(detail = "stopped"): void {
    this.finish({ kind: "stopped", detail });
  }

  // ------------------------------------------------------------ turns

  /** Lets something happen inside the host and then gives every actor concerned its turn. */
  enter(happening: () => void): void {
    if (this.ended) return;
    if (this.running) return happening();
    this.running = true;
    try {
      happening();
      this.takeTurns();
    } catch (error) {
      this.escape(error, undefined);
    } finally {
      this.running = false;
    }
  }

  enqueueResume(cell: Cell, resume: () => void): void {
    this.queue.push({ cell, resume });
  }

  /** Lets others have their turns before it goes on (`giveWay` of routine.ts). */
  giveWay(restMs: number, goOn: () => void): void {
    const { clock } = this.ports;
    const before = this.turnsTaken;
    clock.soon(() => {
      this.turnsBetween += this.turnsTaken - before;
      if (restMs === 0 || this.turnsBetween === 0) return this.enter(goOn);
      this.turnsBetween = 0;
      clock.startTimer(restMs, () => this.enter(goOn));
    });
  }

  private takeTurns(): void {
    let turns = 0;
    for (let turn = this.queue.shift(); turn !== undefined; turn = this.queue.shift()) {
      if (turn.cell.alive) this.take(turn);
      if (this.ended) return;
      turns += 1;
      if (turns >= TURNS_PER_RUN_MAX && this.queue.length > 0) {
        this.runLater();
        break;
      }
    }
    this.post.flush();
  }

  private runLater(): void {
    if (this.runAgain) return;
    this.runAgain = true;
    this.ports.clock.soon(() => {
      this.runAgain = false;
      this.enter(() => {});
    });
  }

  private take(turn: Turn): void {
    const { cell } = turn;
    this.turnsTaken += 1;
    try {
      if ("resume" in turn) {
        turn.resume();
      } else {
        cell.queuedMessages -= 1;
        cell.queuedBytes -= turn.bytes;
        const handlers = cell.handlers as Record<string, Handler | undefined>;
        const handler = handlers[turn.method];
        assert(handler !== undefined, `${cell.ref.kind} has no handler ${turn.method}`);
        handler.call(handlers, turn.args, turn.replyTo);
      }
      this.carryOut(cell);
    } catch (error) {
      this.escape(error, turn);
    }
  }

  /** Carries out what the actor noted, in order. */
  carryOut(cell: Cell): void {
    while (cell.notes.length > 0) {
      const notes = cell.notes;
      cell.notes = [];
      for (const note of notes) {
        if (this.ended) return;
        this.carryOutNote(cell, note);
      }
    }
  }

  private carryOutNote(cell: Cell, note: Note): void {
    switch (note.note) {
      case "tell":
        return this.post.tell(note.to, note.kind, note.args);
      case "ask": {
        const { timeoutMs, context, into } = note.options;
        const waiter: Waiter = {
          settle: (outcome) => this.post.deliverCast(cell, into, { outcome, context }),
        };
        return this.post.ask(note.to, note.kind, note.args, timeoutMs, waiter);
      }
      case "reply":
        return this.post.reply(cell, note.to, note.value);
      case "pass":
        return this.post.pass(cell, note.to, note.kind, note.args, note.replyTo);
      case "run": {
        const { options } = note;
        const finish =
          options === undefined
            ? undefined
            : (outcome: Outcome<unknown>) =>
                this.post.deliverCast(cell, options.into, { outcome, context: options.context });
        return new RoutineRun(this, cell, note.routine, finish).start();
      }
      case "startTimer":
        return this.startTimer(cell, note);
      case "stopTimer": {
        const timer = cell.timers.get(note.name);
        if (timer !== undefined) this.ports.clock.stopTimer(timer);
        cell.timers.delete(note.name);
        return;
      }
      case "spawn":
        return this.create(note.kind, note.key, note.settings);
      case "stopActor":
        return this.remove(note.ref);
      case "socket":
        return this.connections.carryOut(cell, note.command);
      case "peer":
        return this.peers.carryOut(cell, note.command);
      case "giveAway":
        return this.post.given.give(note.buffer, note.views);
      case "log":
        return this.ports.log.write(note.level, note.event, note.fields);
      case "stopNode":
        return this.events.stopNode(note.reason);
    }
  }

  private startTimer(cell: Cell, note: Extract<Note, { note: "startTimer" }>): void {
    const { name, delayMs, kind, args } = note;
    const running = cell.timers.get(name);
    if (running !== undefined) this.ports.clock.stopTimer(running);
    const timer = this.ports.clock.startTimer(Math.max(0, delayMs), () => {
      if (cell.timers.get(name) !== timer) return;
      cell.timers.delete(name);
      this.enter(() => this.post.deliverCast(cell, kind, args));
    });
    cell.timers.set(name, timer);
  }

  // ------------------------------------------------------------ actors

  private create(kindName: string, key: string, settings: unknown): void {
    const kind = this.post.kindOf(kindName);
    const ours = this.post.placeOf({ kind: kindName, key }) === this.index;
    assert(ours, `${kindName} ${key} does not live on host ${this.index}`);
    if (this.post.find(kindName, key) !== undefined) return;
    const cell = new Cell(kind, key);
    const out = new OutboxOf(cell, this.index, this.ports.links.hostCount);
    this.post.add(cell);
    cell.handlers = kind.create(settings, out as never, this.world) as Handlers<Protocol>;
    this.carryOut(cell);
  }

  private remove(ref: ActorRef<Protocol>): void {
    const cell = this.post.find(ref.kind, ref.key);
    if (cell === undefined) return;
    this.post.remove(cell);
    this.bury(cell);
    for (const replyTo of cell.held) {
      this.post.refuse(replyTo, failure("stopped", `${ref.kind} ${ref.key} was stopped`));
    }
    cell.held.clear();
  }

  /** Ends what an actor had running. */
  private bury(cell: Cell): void {
    cell.alive = false;
    for (const timer of cell.timers.values()) this.ports.clock.stopTimer(timer);
    cell.timers.clear();
    this.connections.release(cell);
    this.peers.release(cell);
  }

  // ------------------------------------------------------------ the end

  private escape(error: unknown, turn: Turn | undefined): void {
    if (this.ended) return;
    const what = error instanceof Error ? (error.stack ?? error.message) : String(error);
    const message = turn === undefined ? "none" : "resume" in turn ? "routine" : turn.method;
    const actor = turn === undefined ? "none" : `${turn.cell.ref.kind} ${turn.cell.ref.key}`;
    this.ports.log.write("error", "exception left an actor", {
      hostIndex: this.index,
      actor,
      message,
      error: what,
    });
    const kind = error instanceof AssertionFailed ? "assertion" : "escaped";
    this.finish({ kind, detail: `${actor}, ${message}: ${what}` });
  }

  private finish(end: Parameters<HostEvents["ended"]>[0]): void {
    if (this.ended) return;
    this.ended = true;
    this.queue.clear();
    this.calls.close();
    this.deadlines.close();
    for (const cell of this.post.all()) this.bury(cell);
    this.events.ended(end);
  }
}
