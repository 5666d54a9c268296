// A cell is one living actor on its host: its handlers, its outbox, and all that must end with it.
// The outbox only takes notes; the host carries them out when the handler has returned, so a turn
// that throws has done nothing to anyone.
//
// Lives on: host thread.

import type {
  ActorKind,
  ActorRef,
  Handlers,
  Outbox,
  PeerCommand,
  Protocol,
  ReplyTo,
  SocketCommand,
  Spawnable,
} from "./actor.ts";
import type { LogLevel, TimerHandle } from "./ports.ts";
import type { Routine } from "./routine.ts";

export type AnyKind = ActorKind<Protocol, unknown>;
export type AskOptions = { timeoutMs: number; context: unknown; into: string };
export type RunOptions = { context: unknown; into: string };

/** What an actor noted in its outbox during a turn. */
export type Note =
  | { note: "tell"; to: ActorRef<Protocol>; kind: string; args: unknown }
  | { note: "ask"; to: ActorRef<Protocol>; kind: string; args: unknown; options: AskOptions }
  | { note: "reply"; to: ReplyTo<unknown>; value: unknown }
  | {
      note: "pass";
      to: ActorRef<Protocol>;
      kind: string;
      args: unknown;
      replyTo: ReplyTo<unknown>;
    }
  | { note: "run"; routine: Routine<unknown>; options: RunOptions | undefined }
  | { note: "startTimer"; name: string; delayMs: number; kind: string; args: unknown }
  | { note: "stopTimer"; name: string }
  | { note: "spawn"; kind: string; key: string; settings: unknown }
  | { note: "stopActor"; ref: ActorRef<Protocol> }
  | { note: "socket"; command: SocketCommand }
  | { note: "peer"; command: PeerCommand }
  | { note: "giveAway"; buffer: ArrayBuffer; views: number }
  | { note: "log"; level: LogLevel; event: string; fields: Readonly<Record<string, unknown>> }
  | { note: "stopNode"; reason: string };

export class Cell {
  readonly ref: ActorRef<Protocol>;
  readonly kind: AnyKind;
  handlers!: Handlers<Protocol>;
  alive = true;
  notes: Note[] = [];
  queuedMessages = 0;
  queuedBytes = 0;
  readonly timers = new Map<string, TimerHandle>();
  /** Calls it has taken and not yet answered. */
  readonly held = new Set<ReplyTo<unknown>>();

  constructor(kind: AnyKind, key: string) {
    this.kind = kind;
    this.ref = { kind: kind.kind, key };
  }
}

/** The outbox as the actor sees it. Types are checked at its interface; here they are erased. */
export class OutboxOf implements Outbox<Protocol> {
  readonly self: ActorRef<Protocol>;
  readonly hostIndex: number;
  readonly hostCount: number;
  private readonly cell: Cell;

  constructor(cell: Cell, hostIndex: number, hostCount: number) {
    this.cell = cell;
    this.self = cell.ref;
    this.hostIndex = hostIndex;
    this.hostCount = hostCount;
  }

  tell(to: ActorRef<Protocol>, kind: string, args: unknown): void {
    this.cell.notes.push({ note: "tell", to, kind, args });
  }

  ask(to: ActorRef<Protocol>, kind: string, args: unknown, options: AskOptions): void {
    this.cell.notes.push({ note: "ask", to, kind, args, options });
  }

  reply(to: ReplyTo<unknown>, value: unknown): void {
    this.cell.notes.push({ note: "reply", to, value });
  }

  pass(to: ActorRef<Protocol>, kind: string, args: unknown, replyTo: ReplyTo<unknown>): void {
    this.cell.notes.push({ note: "pass", to, kind, args, replyTo });
  }

  run(routine: Routine<unknown>, options?: RunOptions): void {
    this.cell.notes.push({ note: "run", routine, options });
  }

  startTimer(name: string, delayMs: number, kind: string, args: unknown): void {
    this.cell.notes.push({ note: "startTimer", name, delayMs, kind, args });
  }

  stopTimer(name: string): void {
    this.cell.notes.push({ note: "stopTimer", name });
  }

  spawn({ kind }: Spawnable<unknown>, key: string, settings: unknown): void {
    this.cell.notes.push({ note: "spawn", kind, key, settings });
  }

  stopActor(ref: ActorRef<Protocol>): void {
    this.cell.notes.push({ note: "stopActor", ref });
  }

  socket(command: SocketCommand): void {
    this.cell.notes.push({ note: "socket", command });
  }

  peer(command: PeerCommand): void {
    this.cell.notes.push({ note: "peer", command });
  }

  giveAway(buffer: ArrayBuffer, views: number): void {
    this.cell.notes.push({ note: "giveAway", buffer, views });
  }

  log(level: LogLevel, event: string, fields: Readonly<Record<string, unknown>>): void {
    this.cell.notes.push({ note: "log", level, event, fields });
  }

  stopNode(reason: string): void {
    this.cell.notes.push({ note: "stopNode", reason });
  }
}
