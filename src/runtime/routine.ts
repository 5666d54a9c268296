// A routine is work of one actor that needs answers from elsewhere on its way: a file opened, a
// partition asked, a deadline awaited. It is a generator that yields *effects* and is resumed with
// their outcomes, so it reads from top to bottom like ordinary code, yet is never a promise: each
// step is one turn of its actor, and the host (or the simulator) decides who is answered first.
//
// Effects are plain requests. Every one is answered by an `Outcome`; faults never throw into a
// routine by themselves. `need(outcome)` raises them, and a raised fault becomes the routine's own.
//
// Lives on: anywhere (types and constructors).

import type { Outcome } from "../base/outcome.ts";
import { FaultRaised, need, success } from "../base/outcome.ts";
import type { ActorRef, ArgsOf, Calls, Protocol, ReplyOf } from "./actor.ts";
import type { DiskArgs, DiskOperation, DiskRequest, DiskResult, Job } from "./ports.ts";

/**
 * A condition that routines of one actor wait for. `fire()` wakes every waiter; a signal fired
 * before anyone waits is remembered until the next wait takes it, so no wake-up is lost.
 */
export type Signal = {
  fired: boolean;
  /** Set by the host while a routine waits. */
  wake: (() => void) | undefined;
};

export function newSignal(): Signal {
  return { fired: false, wake: undefined };
}

export function fire(signal: Signal): void {
  if (signal.wake === undefined) signal.fired = true;
  else signal.wake();
}

export type Effect =
  | { readonly effect: "disk"; readonly request: DiskRequest }
  | {
      readonly effect: "ask";
      readonly to: ActorRef<Protocol>;
      readonly kind: string;
      readonly args: unknown;
      readonly timeoutMs: number;
    }
  | { readonly effect: "job"; readonly job: Job }
  /** Answered `true` when the signal fired, `false` when the time ran out. */
  | { readonly effect: "signal"; readonly signal: Signal; readonly timeoutMs: number }
  | { readonly effect: "sleep"; readonly delayMs: number }
  /** Somebody does not look any more at the bytes that a read brought, or somebody else will as well. */
  | { readonly effect: "recycle" | "retain"; readonly buffer: ArrayBuffer }
  /** Answered when the ports have had a chance to speak, and `restMs` later if they had something to say. */
  | { readonly effect: "giveWay"; readonly restMs: number }
  /** All at once; answered, in the order given, when the last one is. */
  | { readonly effect: "all"; readonly effects: readonly Effect[] };

export type Routine<T> = Generator<Effect, T, unknown>;

// ------------------------------------------------- effects as data, for use in `all`

export function diskEffect<K extends DiskOperation>(operation: K, args: DiskArgs<K>): Effect {
  return { effect: "disk", request: { operation, args } as DiskRequest };
}

export function askEffect<P extends Protocol, K extends Calls<P>>(
  to: ActorRef<P>,
  kind: K,
  args: ArgsOf<P, K>,
  timeoutMs: number,
): Effect {
  return { effect: "ask", to, kind, args, timeoutMs };
}

// ------------------------------------------------- routines in routines

/** Runs another routine to its end; a fault raised in it is its outcome. */
export function* attempt<T>(routine: Routine<T>): Routine<Outcome<T>> {
  try {
    return success(yield* routine);
  } catch (error) {
    if (error instanceof FaultRaised) return error.fault;
    throw error;
  }
}

// ------------------------------------------------- effects as steps

/** One disk operation; its outcome, fault or not. */
export function* tryDisk<K extends DiskOperation>(
  operation: K,
  args: DiskArgs<K>,
): Routine<Outcome<DiskResult<K>>> {
  return (yield diskEffect(operation, args)) as Outcome<DiskResult<K>>;
}

/** One disk operation; a fault ends the routine with that fault. */
export function* disk<K extends DiskOperation>(
  operation: K,
  args: DiskArgs<K>,
): Routine<DiskResult<K>> {
  return need((yield diskEffect(operation, args)) as Outcome<DiskResult<K>>);
}

export function* ask<P extends Protocol, K extends Calls<P>>(
  to: ActorRef<P>,
  kind: K,
  args: ArgsOf<P, K>,
  timeoutMs: number,
): Routine<Outcome<ReplyOf<P, K>>> {
  return (yield askEffect(to, kind, args, timeoutMs)) as Outcome<ReplyOf<P, K>>;
}

/** Asks several actors at once; outcomes in the order of the questions. */
export function* askAll<R>(questions: readonly Effect[]): Routine<readonly Outcome<R>[]> {
  const [only] = questions;
  if (only === undefined) return [];
  if (questions.length === 1) return [(yield only) as Outcome<R>];
  return need((yield { effect: "all", effects: questions }) as Outcome<readonly Outcome<R>[]>);
}

/**
 * Asks in groups of `atOnce`, each when the one before has been answered, so that a thousand actors
 * do not all want the disk at the same time.
 */
export function* askInGroups<R>(
  questions: readonly Effect[],
  atOnce: number,
): Routine<readonly Outcome<R>[]> {
  const outcomes: Outcome<R>[] = [];
  for (let from = 0; from < questions.length; from += atOnce) {
    outcomes.push(...(yield* askAll<R>(questions.slice(from, from + atOnce))));
  }
  return outcomes;
}

export function* runJob(job: Job): Routine<Outcome<Uint8Array>> {
  return (yield { effect: "job", job }) as Outcome<Uint8Array>;
}

export function* sleep(delayMs: number): Routine<void> {
  yield { effect: "sleep", delayMs };
}

/** For those who read much: a fresh buffer for every read keeps the garbage collector busy. */
export function* recycle(bytes: Uint8Array): Routine<void> {
  yield { effect: "recycle", buffer: bytes.buffer as ArrayBuffer };
}

/** Of bytes that a read brought and that are passed on to one more, who will recycle them too. */
export function* retain(bytes: Uint8Array): Routine<void> {
  yield { effect: "retain", buffer: bytes.buffer as ArrayBuffer };
}

/**
 * For long work that goes on beside requests: whatever has come in meanwhile has its turn first. And where
 * anything has since the last rest, a moment of the processor is left to those who sent it.
 */
export function* giveWay(restMs = 0): Routine<void> {
  yield { effect: "giveWay", restMs };
}

/** True when the signal fired in time. */
export function* waitFor(signal: Signal, timeoutMs: number): Routine<boolean> {
  return need((yield { effect: "signal", signal, timeoutMs }) as Outcome<boolean>);
}
