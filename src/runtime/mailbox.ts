// The host's queue of turns and the per-actor mailbox bounds. All actors of a host share one queue,
// so messages are handled in the order in which they were sent, whoever they are for; each actor has
// its own count of what waits for it, and its own bound.
//
// Lives on: host thread.

import type { Cell } from "./cell.ts";
import type { ReplyTo } from "./actor.ts";

/** One thing an actor will do: hear a message, or go on with a routine. */
export type Turn =
  | {
      readonly cell: Cell;
      readonly method: string;
      readonly args: unknown;
      readonly replyTo: ReplyTo<unknown> | undefined;
      readonly bytes: number;
    }
  | { readonly cell: Cell; readonly resume: () => void };

/** First in, first out, in an array that is reused instead of shifted. */
export class TurnQueue {
  private turns: (Turn | undefined)[] = [];
  private head = 0;
  private tail = 0;

  get length(): number {
    return this.tail - this.head;
  }

  push(turn: Turn): void {
    this.turns[this.tail++] = turn;
  }

  shift(): Turn | undefined {
    if (this.head === this.tail) return undefined;
    const turn = this.turns[this.head];
    this.turns[this.head] = undefined;
    this.head += 1;
    if (this.head === this.tail) {
      this.head = 0;
      this.tail = 0;
    } else if (this.head >= 1024 && this.head * 2 >= this.tail) {
      this.turns = this.turns.slice(this.head, this.tail);
      this.tail -= this.head;
      this.head = 0;
    }
    return turn;
  }

  clear(): void {
    this.turns = [];
    this.head = 0;
    this.tail = 0;
  }
}

/** What a message weighs for the byte bound: the blobs it carries at its top level. */
export function weightOf(args: unknown): number {
  let bytes = 0;
  if (typeof args === "object" && args !== null) {
    for (const name in args) {
      const value = (args as Record<string, unknown>)[name];
      if (value instanceof Uint8Array) bytes += value.byteLength;
    }
  }
  return bytes;
}

const methods = new Map<string, string>();

/** The handler of a message: `produce` is heard by `onProduce`. */
export function methodOf(message: string): string {
  let method = methods.get(message);
  if (method === undefined) {
    method = `on${message.charAt(0).toUpperCase()}${message.slice(1)}`;
    methods.set(message, method);
  }
  return method;
}
