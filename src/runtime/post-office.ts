// The post office of a host: it knows where every actor lives, puts messages into the mailboxes of
// its own host's actors by reference, and gathers those for other hosts until the run of turns ends.
// Messages from one actor to another arrive in the order sent; nothing is promised across pairs.
//
// Lives on: host thread.

import { assert } from "../base/assert.ts";
import { failure, success } from "../base/outcome.ts";
import type { Fault } from "../base/outcome.ts";
import type { ActorRef, Protocol, ReplyTo } from "./actor.ts";
import type { PendingCalls, Waiter } from "./calls.ts";
import type { AnyKind, Cell } from "./cell.ts";
import type { HostMessage } from "./envelope.ts";
import { encodeEnvelope, GivenBuffers } from "./envelope.ts";
import type { TurnQueue } from "./mailbox.ts";
import { methodOf, weightOf } from "./mailbox.ts";
import type { Links } from "./ports.ts";

export class PostOffice {
  readonly given = new GivenBuffers();
  private readonly kinds = new Map<string, AnyKind>();
  private readonly cells = new Map<string, Map<string, Cell>>();
  private readonly outgoing: (HostMessage[] | undefined)[];
  private readonly links: Links;
  private readonly calls: PendingCalls;
  private readonly queue: TurnQueue;

  constructor(links: Links, kinds: readonly AnyKind[], calls: PendingCalls, queue: TurnQueue) {
    this.links = links;
    this.calls = calls;
    this.queue = queue;
    this.outgoing = Array.from({ length: Math.max(links.hostCount, links.asideIndex + 1) });
    for (const kind of kinds) {
      this.kinds.set(kind.kind, kind);
      this.cells.set(kind.kind, new Map());
    }
  }

  // ------------------------------------------------------------ who lives where

  placeOf(ref: ActorRef<Protocol>): number {
    if (this.outgoing.length === 1) return this.links.hostIndex;
    const { hostCount, asideIndex } = this.links;
    return this.kindOf(ref.kind).placeOn(ref.key, hostCount, asideIndex);
  }

  kindOf(name: string): AnyKind {
    const kind = this.kinds.get(name);
    assert(kind !== undefined, `no such kind of actor: ${name}`);
    return kind;
  }

  find(kind: string, key: string): Cell | undefined {
    return this.cells.get(kind)?.get(key);
  }

  add(cell: Cell): void {
    this.cells.get(cell.ref.kind)?.set(cell.ref.key, cell);
  }

  remove(cell: Cell): void {
    this.cells.get(cell.ref.kind)?.delete(cell.ref.key);
  }

  *all(): Generator<Cell> {
    for (const cells of this.cells.values()) yield* cells.values();
  }

  // ------------------------------------------------------------ messages

  /** A cast to an actor of this host; the sender is sure that it lives. */
  deliverCast(cell: Cell, kind: string, args: unknown): void {
    if (!cell.alive) return;
    const bytes = weightOf(args);
    // Casts are our own facts, bounded where they arise: a full mailbox means that a bound is wrong.
    assert(this.hasRoom(cell, bytes), `mailbox of ${cell.ref.kind} ${cell.ref.key} is full`);
    this.post(cell, kind, args, undefined, bytes);
  }

  ask(
    to: ActorRef<Protocol>,
    kind: string,
    args: unknown,
    timeoutMs: number,
    waiter: Waiter,
  ): void {
    const askedHost = this.placeOf(to);
    const callId = this.calls.open(waiter, askedHost, timeoutMs);
    if (askedHost === this.links.hostIndex) {
      this.deliverCall(to, kind, args, { host: this.links.hostIndex, callId });
    } else if (this.links.isUp(askedHost)) {
      this.send(askedHost, ["call", to.kind, to.key, kind, args, callId]);
    } else {
      this.calls.settle(callId, failure("stopped", `host ${askedHost} is down`));
    }
  }

  tell(to: ActorRef<Protocol>, kind: string, args: unknown): void {
    const host = this.placeOf(to);
    if (host !== this.links.hostIndex)
      return this.send(host, ["tell", to.kind, to.key, kind, args]);
    const cell = this.find(to.kind, to.key);
    if (cell !== undefined) this.deliverCast(cell, kind, args);
  }

  reply(cell: Cell, to: ReplyTo<unknown>, value: unknown): void {
    cell.held.delete(to);
    if (to.host === this.links.hostIndex) this.calls.settle(to.callId, success(value));
    else this.send(to.host, ["reply", to.callId, value]);
  }

  pass(
    cell: Cell,
    to: ActorRef<Protocol>,
    kind: string,
    args: unknown,
    replyTo: ReplyTo<unknown>,
  ): void {
    assert(this.placeOf(to) === this.links.hostIndex, "a call is passed on within its host");
    cell.held.delete(replyTo);
    this.deliverCall(to, kind, args, replyTo);
  }

  receive(fromHost: number, message: HostMessage): void {
    switch (message[0]) {
      case "tell": {
        const cell = this.find(message[1], message[2]);
        if (cell !== undefined) this.deliverCast(cell, message[3], message[4]);
        return;
      }
      case "call": {
        const [, kind, key, name, args, callId] = message;
        return this.deliverCall({ kind, key }, name, args, { host: fromHost, callId });
      }
      case "reply":
        return this.calls.settle(message[1], success(message[2]));
      case "fault":
        return this.calls.settle(message[1], failure(message[2], message[3]));
    }
  }

  private deliverCall(
    to: ActorRef<Protocol>,
    kind: string,
    args: unknown,
    replyTo: ReplyTo<unknown>,
  ): void {
    const cell = this.find(to.kind, to.key);
    if (cell === undefined) {
      return this.refuse(replyTo, failure("noSuchActor", `no ${to.kind} ${to.key} here`));
    }
    const bytes = weightOf(args);
    if (!this.hasRoom(cell, bytes)) {
      return this.refuse(
        replyTo,
        failure("mailboxFull", `mailbox of ${to.kind} ${to.key} is full`),
      );
    }
    cell.held.add(replyTo);
    this.post(cell, kind, args, replyTo, bytes);
  }

  refuse(replyTo: ReplyTo<unknown>, fault: Fault): void {
    if (replyTo.host === this.links.hostIndex) this.calls.settle(replyTo.callId, fault);
    else this.send(replyTo.host, ["fault", replyTo.callId, fault.fault, fault.detail]);
  }

  private hasRoom(cell: Cell, bytes: number): boolean {
    const { messagesMax, bytesMax } = cell.kind.mailbox;
    return cell.queuedMessages < messagesMax && cell.queuedBytes + bytes <= bytesMax;
  }

  private post(
    cell: Cell,
    kind: string,
    args: unknown,
    replyTo: ReplyTo<unknown> | undefined,
    bytes: number,
  ): void {
    cell.queuedMessages += 1;
    cell.queuedBytes += bytes;
    this.queue.push({ cell, method: methodOf(kind), args, replyTo, bytes });
  }

  private send(host: number, message: HostMessage): void {
    const waiting = this.outgoing[host];
    if (waiting === undefined) this.outgoing[host] = [message];
    else waiting.push(message);
  }

  flush(): void {
    for (let host = 0; host < this.outgoing.length; host++) {
      const messages = this.outgoing[host];
      if (messages === undefined) continue;
      this.outgoing[host] = undefined;
      this.links.post(host, encodeEnvelope(messages, this.given));
    }
  }
}
