// Requests that reached a node whose controller does not lead: they go to the one that does, over the
// stream between the nodes, and their answers come back. An answer brings how far the metadata was when
// it was given, so that whoever asked here finds here what was changed there.
//
// Lives on: the metadata host (part of the controller).

import type { Calls, Outbox } from "../../runtime/actor.ts";
import type { ControllerSelf } from "./events.ts";
import { looksLike, speaksForItself } from "./forwarded-shapes.ts";
import type { ControllerProtocol } from "./messages.ts";

export const CHANNEL = "controller";
const PENDING_MAX = 10_000;

/** What one controller may ask another. */
export const forwardedCalls = [
  "createTopics",
  "deleteTopics",
  "createPartitions",
  "replaceConfigs",
  "changeConfigs",
  "allocateProducerIds",
  "registerBroker",
  "stopBroker",
  "unregisterBroker",
  "updateFeatures",
  "electLeaders",
  "describeQuorum",
  "changeVoters",
] as const satisfies readonly Calls<ControllerProtocol>[];
export type ForwardedCall = (typeof forwardedCalls)[number];

export type Forwarded = {
  readonly name: ForwardedCall;
  readonly args: unknown;
  readonly deadlineMs: number;
  readonly answered: (value: unknown, offset: number) => void;
  readonly failed: (why: "nobodyLeads" | "timeout") => void;
};

type Said =
  | {
      readonly say: "ask";
      readonly id: number;
      readonly name: ForwardedCall;
      readonly args: unknown;
    }
  | { readonly say: "alive"; readonly incarnationId: string; readonly isReady: boolean };

export class Forwarding {
  readonly #out: Pick<Outbox<ControllerSelf>, "peer">;
  readonly #pending = new Map<number, Forwarded & { readonly to: number }>();
  #next = 1;
  /** Of another node; null while nobody leads, or this one. */
  leaderId: number | null = null;

  constructor(out: Pick<Outbox<ControllerSelf>, "peer">) {
    this.#out = out;
  }

  get size(): number {
    return this.#pending.size;
  }

  forward(request: Forwarded): void {
    const to = this.leaderId;
    if (to === null || this.size >= PENDING_MAX) return request.failed("nobodyLeads");
    const id = this.#next++;
    this.#pending.set(id, { ...request, to });
    this.#say(to, ["ask", id, request.name, request.args]);
  }

  answer(to: number, id: number, value: unknown, offset: number): void {
    this.#say(to, ["answer", id, value, offset]);
  }

  refuse(to: number, id: number): void {
    this.#say(to, ["refusal", id]);
  }

  sayAlive(incarnationId: string, isReady: boolean): void {
    if (this.leaderId !== null) this.#say(this.leaderId, ["alive", incarnationId, isReady]);
  }

  #say(nodeId: number, message: readonly unknown[]): void {
    this.#out.peer({ do: "send", lane: "control", nodeId, channel: CHANNEL, message });
  }

  /** Answers are dealt with here; what else makes sense is given back. */
  hear(from: number, message: unknown): Said | undefined {
    if (!Array.isArray(message)) return undefined;
    const [say, first, second, third] = message as unknown[];
    if (say === "alive" && typeof first === "string") {
      return { say, incarnationId: first, isReady: second === true };
    }
    if (typeof first !== "number") return undefined;
    if (say === "ask") {
      const name = forwardedCalls.find((each) => each === second);
      if (name !== undefined && looksLike(name, third) && speaksForItself(name, third, from)) {
        return { say, id: first, name, args: third };
      }
      // It need not wait until its time is over.
      this.refuse(from, first);
      return undefined;
    }
    const pending = this.#pending.get(first);
    if (pending === undefined || pending.to !== from) return undefined;
    if (say === "refusal") this.#fail(first, "nobodyLeads");
    if (say === "answer" && typeof third === "number") {
      this.#pending.delete(first);
      pending.answered(second, third);
    }
    return undefined;
  }

  /** What was asked of the node and not answered never will be. */
  lost(nodeId: number): void {
    for (const [id, { to }] of this.#pending) if (to === nodeId) this.#fail(id, "nobodyLeads");
  }

  /** One that has been replaced may be frozen, and its stream open for long. */
  ledBy(nodeId: number): void {
    for (const [id, { to }] of this.#pending) if (to !== nodeId) this.#fail(id, "nobodyLeads");
  }

  expire(nowMs: number): void {
    for (const [id, { deadlineMs }] of this.#pending) {
      if (deadlineMs <= nowMs) this.#fail(id, "timeout");
    }
  }

  #fail(id: number, why: "nobodyLeads" | "timeout"): void {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    pending?.failed(why);
  }
}
