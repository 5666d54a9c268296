// A dialogue between Raft nodes, command by command: what a transcript can say, and how what comes of it
// is written down.
//
// Lives on: tests.

import type { LogPlace } from "../../../../src/actors/raft-node/core/log.ts";
import type { RaftBatch, RaftMessage } from "../../../../src/actors/raft-node/core/messages.ts";
import type { RaftEffect, RaftEvent } from "../../../../src/actors/raft-node/core/state.ts";
import type { Voter } from "../../../../src/actors/raft-node/core/voters.ts";
import { ModelDisk, ModelNode } from "./node.ts";

function shown(value: unknown): string {
  if (value === null) return "-";
  if (value instanceof Uint8Array) return `${value.length}B`;
  if (Array.isArray(value)) return `[${value.map((each) => shown(each)).join(" ")}]`;
  if (typeof value !== "object") return typeof value === "string" ? value : JSON.stringify(value);
  if ("nodeId" in value) return shownVoter(value as Voter);
  if ("baseOffset" in value) {
    const { epoch, baseOffset, nextOffset } = value as RaftBatch;
    return `${epoch}@${baseOffset}-${nextOffset}`;
  }
  if ("offset" in value) return `${(value as LogPlace).epoch}@${(value as LogPlace).offset}`;
  return fields(value as Record<string, unknown>);
}

function shownVoter({ nodeId, directoryId }: Voter): string {
  return directoryId === null ? `${nodeId}` : `${nodeId}:${directoryId}`;
}

function fields(of: Record<string, unknown>, but: readonly string[] = []): string {
  return Object.entries(of)
    .filter(([name]) => !but.includes(name))
    .map(([name, value]) => `${name}=${shown(value)}`)
    .join(" ");
}

function said(message: RaftMessage): string {
  return `${message.kind} ${fields(message, ["kind"])}`;
}

type Given = (name: string, otherwise?: number) => number;

export class Dialogue {
  private readonly nodes = new Map<number, ModelNode>();
  private readonly wires = new Map<string, RaftMessage[]>();
  private voters: Voter[] = [];
  private lines: string[] = [];
  private proposals = 0;

  run(command: string): string[] {
    this.lines = [];
    const words = command.split(/\s+/);
    const given = new Map(
      words.filter((w) => w.includes("=")).map((w) => w.split("=") as [string, string]),
    );
    const number: Given = (name, otherwise = 0) => Number(given.get(name) ?? otherwise);
    const [first = "", verb = ""] = words;
    if (first === "voters") this.voters = words.slice(1).map((word) => voterFrom(word));
    else if (first === "settle" || first === "talk") {
      this.settle(words.slice(1).map(Number), first === "settle");
    } else if (first === "repeat") this.wire(verb).unshift(...this.wire(verb).slice(0, 1));
    else if (first === "deliver") this.deliver(verb);
    else if (first === "drop") this.drop(verb);
    else if (verb === "start") this.start(Number(first), number, given);
    else this.command(this.node(Number(first)), verb, words, number);
    return this.lines;
  }

  private node(id: number): ModelNode {
    const node = this.nodes.get(id);
    if (node === undefined) throw new Error(`node ${id} has not been started`);
    return node;
  }

  private wire(name: string): RaftMessage[] {
    const wire = this.wires.get(name) ?? [];
    this.wires.set(name, wire);
    return wire;
  }

  // ------------------------------------------------------------ commands

  private start(id: number, number: Given, given: ReadonlyMap<string, string>): void {
    const disk = new ModelDisk();
    const vote = given.get("vote");
    disk.vote = { term: number("term"), votedFor: vote === undefined ? null : Number(vote) };
    const bytes = new TextEncoder().encode("old");
    const nextOffset = number("end");
    const epoch = number("epoch");
    const batch = { baseOffset: 0, nextOffset, epoch, bytes, voters: null };
    if (nextOffset > 0) disk.log.apply({ op: "append", batch });
    const directoryId = given.get("directory") ?? null;
    const joins = given.get("joins") === "true";
    this.live(
      new ModelNode({ nodeId: id, directoryId, joins, configured: this.voters }, disk, this.ears()),
    );
  }

  private ears(): ConstructorParameters<typeof ModelNode>[2] {
    return {
      send: (from, to, message) => {
        this.wire(`${from}->${to}`).push(message);
        this.lines.push(`${from}->${to} ${said(message)}`);
      },
      caused: (effect) => this.note(effect),
    };
  }

  private live(node: ModelNode): void {
    this.nodes.set(node.id, node);
    this.state(node);
  }

  private command(node: ModelNode, verb: string, words: readonly string[], number: Given): void {
    const other = words[2] === undefined ? undefined : voterFrom(words[2]);
    switch (verb) {
      case "saved":
        if (words.length === 2) node.saveVote();
        else node.step({ event: "voteSaved", save: number("save") });
        break;
      case "synced":
        if (words.length === 2) node.sync();
        else node.step({ event: "synced", end: number("end"), generation: number("generation") });
        break;
      case "writes":
        node.sync(Number(words[2]));
        break;
      case "snapshot":
        node.takeSnapshot();
        break;
      case "crash":
        // What was not synced is gone.
        return this.live(new ModelNode(node.options, node.disk, this.ears()));
      case "append-failed":
        node.queue = [];
        node.log.apply({ op: "truncate", end: number("end") });
        node.step({ event: "appendFailed", end: number("end") });
        break;
      default:
        node.step(this.event(node, verb, other, number));
    }
    this.state(node);
  }

  private event(node: ModelNode, verb: string, other: Voter | undefined, number: Given): RaftEvent {
    const { state } = node;
    switch (verb) {
      case "timeout":
        return { event: "electionTimeout" };
      case "heartbeat":
        return { event: "heartbeatDue" };
      case "not-saved":
        return { event: "voteNotSaved", save: number("save", state.saves) };
      case "propose": {
        this.proposals += 1;
        const proposal = number("proposal", this.proposals);
        const term = number("term", state.term);
        return { event: "proposed", proposal, term, recordCount: number("records", 1) };
      }
      case "read":
        return { event: "read", read: number("read", 1), term: number("term", state.term) };
      case "transfer":
        return { event: "transfer", to: other?.nodeId ?? null };
      case "lost":
        return { event: "peerLost", peer: other!.nodeId };
      case "add":
        return { event: "changeVoters", change: 1, wish: { add: other! } };
      case "remove":
        return { event: "changeVoters", change: 1, wish: { remove: other! } };
      default:
        throw new Error(`no such command: ${verb}`);
    }
  }

  private deliver(name: string): void {
    const [from = 0, to = 0] = name.split("->").map(Number);
    const message = this.wire(name).shift();
    if (message === undefined) return void this.lines.push("nothing on the wire");
    const node = this.node(to);
    const directoryId = this.nodes.get(from)?.options.directoryId ?? null;
    node.step({ event: "received", from, directoryId, message });
    this.state(node);
  }

  private drop(name: string): void {
    const lost = this.wire(name).splice(0);
    for (const message of lost) this.lines.push(`lost ${said(message)}`);
  }

  /** Wires and, with `syncs`, logs do what they have to do, among these nodes or all, to the end. */
  private settle(among: readonly number[], syncs: boolean): void {
    const isIn = (id: number): boolean =>
      (among.length === 0 || among.includes(id)) && this.nodes.has(id);
    for (let round = 0; round < 200; round++) {
      let busy = false;
      for (const node of this.nodes.values()) {
        if (!isIn(node.id)) continue;
        busy ||= node.saves.length > 0 || (syncs && node.queue.length > 0);
        node.saveVote();
        if (syncs && node.queue.length > 0) node.sync();
      }
      for (const [name, queue] of this.wires) {
        const [from = 0, to = 0] = name.split("->").map(Number);
        if (queue.length === 0 || !isIn(from) || !isIn(to)) continue;
        busy = true;
        this.deliver(name);
        this.lines.pop();
      }
      if (!busy) break;
    }
    for (const node of this.nodes.values()) if (isIn(node.id)) this.state(node);
  }

  // ------------------------------------------------------------ what came of it

  private note(effect: RaftEffect): void {
    if (effect.effect === "send" || effect.effect === "sendEntries") return;
    if (effect.effect === "sendSnapshot") return;
    this.lines.push(`  ${effect.effect} ${fields(effect, ["effect"])}`.trimEnd());
  }

  private state({ state }: ModelNode): void {
    const { role, term, votedFor, leaderId, log, highWatermark } = state;
    const told = { term, vote: votedFor, leader: leaderId, end: log.end, hw: highWatermark };
    this.lines.push(`= ${state.nodeId} ${role.name} ${fields(told)}`);
  }
}

function voterFrom(word: string): Voter {
  const [nodeId = "", directoryId = null] = word.split(":");
  return { nodeId: Number(nodeId), directoryId, endpoints: [] };
}
