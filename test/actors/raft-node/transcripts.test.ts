// Runs the dialogues of transcripts/*.txt: a command, `----`, and everything it caused. Rewritten with
// REWRITE_TRANSCRIPTS=1; commit a change only when you know what caused it.

import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import type {
  RaftEffect,
  RaftEvent,
  RaftMessage,
  RaftState,
} from "../../../src/actors/raft-node/core/state.ts";
import { startRaft, stepRaft } from "../../../src/actors/raft-node/core/step.ts";

const directory = new URL("./transcripts/", import.meta.url);
const rewrite = process.env["REWRITE_TRANSCRIPTS"] === "1";

function shown(value: unknown): string {
  if (value === null) return "-";
  if (Array.isArray(value)) return `[${value.join(" ")}]`;
  if (typeof value === "object") return fields(value as Record<string, unknown>);
  return typeof value === "string" ? value : JSON.stringify(value);
}

function fields(of: Record<string, unknown>, but: readonly string[] = []): string {
  return Object.entries(of)
    .filter(([name]) => !but.includes(name))
    .map(([name, value]) => `${name}=${shown(value)}`)
    .join(" ");
}

/** Several voters and what they have said and not yet heard. */
class Cluster {
  readonly nodes = new Map<number, RaftState>();
  readonly wires = new Map<string, RaftMessage[]>();
  voters: number[] = [];

  run(command: string): string[] {
    const words = command.split(/\s+/);
    const given = new Map(
      words.filter((w) => w.includes("=")).map((w) => w.split("=") as [string, string]),
    );
    const number = (name: string, otherwise = 0): number => Number(given.get(name) ?? otherwise);
    const [first = "", verb = ""] = words;
    if (first === "voters") {
      this.voters = words.slice(1).map(Number);
      return [];
    }
    if (first === "repeat") {
      const queue = this.wires.get(verb) ?? [];
      queue.unshift(...queue.slice(0, 1));
      return [];
    }
    if (first === "deliver" || first === "drop") return this.deliver(verb, first === "drop");
    const id = Number(first);
    if (verb === "start") return this.start(id, number, given.get("vote"));
    return this.step(id, this.event(id, verb, words, number));
  }

  private start(id: number, number: (name: string) => number, vote: string | undefined): string[] {
    const { state, effects } = startRaft({
      nodeId: id,
      voters: this.voters,
      term: number("term"),
      votedFor: vote === undefined ? null : Number(vote),
      logEnd: number("end"),
      lastEpoch: number("epoch"),
    });
    this.nodes.set(id, state);
    return this.told(id, effects);
  }

  private event(
    id: number,
    verb: string,
    words: readonly string[],
    number: (name: string, otherwise?: number) => number,
  ): RaftEvent {
    const state = this.nodes.get(id)!;
    switch (verb) {
      case "timeout":
        return { event: "electionTimeout" };
      case "saved":
        return { event: "voteSaved", save: number("save", state.saves) };
      case "not-saved":
        return { event: "voteNotSaved", save: number("save", state.saves) };
      case "synced":
        return {
          event: "synced",
          end: number("end", state.logEnd),
          generation: number("generation", state.generation),
        };
      case "propose":
        return {
          event: "proposed",
          proposal: number("proposal"),
          term: number("term", state.term),
          recordCount: number("records", 1),
        };
      case "append-failed":
        return { event: "appendFailed", end: number("end"), lastEpoch: number("epoch") };
      default:
        throw new Error(`no such command: ${words.join(" ")}`);
    }
  }

  private deliver(wire: string, drop: boolean): string[] {
    const [from = 0, to = 0] = wire.split("->").map(Number);
    const message = this.wires.get(wire)?.shift();
    if (message === undefined) return ["nothing on the wire"];
    if (drop) return [`lost ${shown(message)}`];
    return this.step(to, { event: "received", from, message });
  }

  private step(id: number, event: RaftEvent): string[] {
    return this.told(id, stepRaft(this.nodes.get(id)!, event));
  }

  private told(id: number, effects: readonly RaftEffect[]): string[] {
    const lines = effects.map((effect) => {
      if (effect.effect === "send") {
        const wire = `${id}->${effect.to}`;
        this.wires.set(wire, [...(this.wires.get(wire) ?? []), effect.message]);
        return `${wire} ${shown(effect.message)}`;
      }
      return `${effect.effect} ${fields(effect, ["effect"])}`.trimEnd();
    });
    const { role, term, votedFor, leaderId, logEnd, highWatermark } = this.nodes.get(id)!;
    const state = { term, vote: votedFor, leader: leaderId, end: logEnd, hw: highWatermark };
    return [...lines, `= ${id} ${role.name} ${fields(state)}`];
  }
}

function rewritten(transcript: string): string {
  const cluster = new Cluster();
  const paragraphs = transcript.trimEnd().split(/\n{2,}/);
  return `${paragraphs
    .map((paragraph) => {
      const lines = paragraph.split("\n");
      const commands = lines.slice(0, lines.includes("----") ? lines.indexOf("----") : undefined);
      const outputs = commands
        .filter((line) => !line.startsWith("#"))
        .flatMap((command) => cluster.run(command));
      if (outputs.length === 0) return commands.join("\n");
      return [...commands, "----", ...outputs].join("\n");
    })
    .join("\n\n")}\n`;
}

for (const name of readdirSync(directory).filter((file) => file.endsWith(".txt"))) {
  test(name.replaceAll("-", " ").slice(0, -".txt".length), () => {
    const path = new URL(name, directory);
    const transcript = readFileSync(path, "utf8");
    const now = rewritten(transcript);
    if (rewrite) writeFileSync(path, now);
    else assert.equal(now, transcript);
  });
}
