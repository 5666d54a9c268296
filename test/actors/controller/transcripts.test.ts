// Runs the dialogues of transcripts/*.txt between a controller, its Raft node, the hosts and clients:
// commands, `----`, and everything they caused. Rewritten with REWRITE_TRANSCRIPTS=1; commit a change
// only when you know what caused it.

import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { brokerKind } from "../../../src/actors/broker/messages.ts";
import { controllerActor } from "../../../src/actors/controller/controller.ts";
import { planCreateTopics } from "../../../src/actors/controller/create-topics.ts";
import type { ControllerProtocol } from "../../../src/actors/controller/messages.ts";
import { controllerRef } from "../../../src/actors/controller/messages.ts";
import type {
  FoundCluster,
  FoundTopic,
  Stock,
} from "../../../src/actors/log-directory/messages.ts";
import { logDirectoryKind } from "../../../src/actors/log-directory/messages.ts";
import { raftNodeKind } from "../../../src/actors/raft-node/messages.ts";
import { failure, success } from "../../../src/base/outcome.ts";
import { ZERO_UUID } from "../../../src/base/uuid.ts";
import { ErrorCode } from "../../../src/protocol/error-codes.ts";
import type { MetadataRecord } from "../../../src/protocol/records/metadata-record.ts";
import {
  decodeMetadataRecord,
  encodeMetadataRecord,
} from "../../../src/protocol/records/metadata-record.ts";
import type { Calls } from "../../../src/runtime/actor.ts";
import type { Asked, Heard } from "../../support/actor-harness.ts";
import { ActorHarness } from "../../support/actor-harness.ts";
import { carryOut, contextOf, idOf, settingsOf } from "./plan-context.ts";

const directory = new URL("./transcripts/", import.meta.url);
const rewrite = process.env["REWRITE_TRANSCRIPTS"] === "1";

type Proposal = { readonly heard: Heard; readonly records: Uint8Array[] };

class Stage {
  private readonly harness = new ActorHarness({
    kinds: [controllerActor],
    puppets: [
      [raftNodeKind, "0"],
      [brokerKind, "0"],
      [logDirectoryKind, "0"],
    ],
  });
  private readonly asked: { readonly what: string; readonly answer: Asked<unknown> }[] = [];
  private proposals: Proposal[] = [];
  private confirms: Heard[] = [];
  private nextOffset = 0;
  /** Of the latest registration that was proposed. */
  private brokerEpoch = -1;
  private stock: Stock = { topics: [], cluster: null };
  private readonly out: string[] = [];

  run(command: string): string[] {
    const [verb = "", ...words] = command.split(/\s+/);
    const given = new Map(words.map((word) => word.split("=") as [string, string]));
    this.perform(verb, words, (name, otherwise = "") => given.get(name) ?? otherwise);
    this.listen();
    return this.out.splice(0);
  }

  private perform(
    verb: string,
    words: readonly string[],
    word: (name: string, otherwise?: string) => string,
  ): void {
    const [first = "", second = ""] = words;
    switch (verb) {
      case "start":
        return this.start(word);
      case "lead":
        return this.harness.tell(controllerRef(), "becameLeader", { term: Number(first) });
      case "lost":
        return this.harness.tell(controllerRef(), "lostLeadership", { term: Number(first) });
      case "control":
        return this.commit([]);
      case "past":
        return this.commitPast(words);
      case "commit":
        return this.commitProposals(first === "" ? this.proposals.length : Number(first));
      case "refuse":
        return this.refuse();
      case "confirm":
        return this.confirm(first !== "no");
      case "joined":
        return this.harness.tell(controllerRef(), "hostJoined", { hostIndex: Number(first) });
      case "applied": {
        const offset = second === "" ? this.nextOffset - 1 : Number(second);
        return this.harness.tell(controllerRef(), "hostApplied", {
          hostIndex: Number(first),
          offset,
        });
      }
      case "wait":
        return this.harness.advance(Number(first));
      default:
        return this.request(verb, words, word);
    }
  }

  private start(word: (name: string, otherwise?: string) => string): void {
    const found = word("found") === "" ? [] : word("found").split(",");
    this.stock = {
      topics: found.map((text, at) => foundTopic(text, idOf(500 + at))),
      cluster: word("kafka") === "" ? null : foundCluster(word("kafka").split(",")),
    };
    const properties: Record<string, string> =
      word("snapshot") === ""
        ? {}
        : { "metadata.log.max.record.bytes.between.snapshots": word("snapshot") };
    const cleanStart = word("clean", "true") === "true";
    const settings = settingsOf(properties, { cleanStart });
    this.harness.spawn(controllerActor, "0", settings);
  }

  private request(
    verb: string,
    words: readonly string[],
    word: (name: string, otherwise?: string) => string,
  ): void {
    const names = words.filter((text) => !text.includes("="));
    const validateOnly = word("validate") === "true";
    const ask = <K extends Calls<ControllerProtocol>>(
      kind: K,
      args: ControllerProtocol[K]["args"],
    ): void => {
      const what = [verb, ...words].join(" ");
      this.asked.push({ what, answer: this.harness.ask(controllerRef(), kind, args) });
    };
    switch (verb) {
      case "create": {
        const topics = names.map((name) => ({
          name,
          partitionCount: Number(word("partitions", "1")),
          replicationFactor: -1,
          assignments: [],
          configs: [],
        }));
        return ask("createTopics", { topics, validateOnly });
      }
      case "delete":
        return ask("deleteTopics", {
          topics: names.map((name) => ({ name, topicId: ZERO_UUID })),
        });
      case "grow": {
        const count = Number(word("to"));
        const topics = names.map((name) => ({ name, count, assignments: null }));
        return ask("createPartitions", { topics, validateOnly });
      }
      case "set": {
        const [name = ""] = names;
        const resource = /^\d*$/.test(name) ? { type: 4, name } : { type: 2, name };
        const changes = words
          .filter((text) => text.includes("="))
          .map((text) => text.split("="))
          .map(([key = "", value = ""]) => ({ name: key, operation: 0, value }));
        return ask("changeConfigs", { resources: [{ resource, changes }], validateOnly: false });
      }
      case "ids":
        return ask("allocateProducerIds", {
          brokerId: 1,
          brokerEpoch: Number(word("epoch", String(this.brokerEpoch))),
        });
      case "ready":
        return ask("ready", {});
      default:
        throw new Error(`no such command: ${verb}`);
    }
  }

  private commitProposals(count: number): void {
    for (const { heard, records } of this.proposals.splice(0, count)) {
      this.commit(records);
      const lastOffset = this.nextOffset - 1;
      this.harness.act((out) => out.reply(heard.replyTo!, success({ lastOffset })));
    }
  }

  private noteEpoch(records: readonly Uint8Array[]): void {
    for (const bytes of records) {
      const record = decodeMetadataRecord(bytes);
      if (record.kind === "RegisterBrokerRecord") this.brokerEpoch = record.value.brokerEpoch;
    }
  }

  /** Without records: the first entry of a term. */
  private commit(records: readonly Uint8Array[]): void {
    const entries = records.map((record, at) => ({ offset: this.nextOffset + at, record }));
    this.nextOffset += Math.max(1, records.length);
    const lastOffset = this.nextOffset - 1;
    this.harness.tell(controllerRef(), "committed", { snapshot: false, entries, lastOffset });
  }

  /** What the log holds of an earlier run of the node: its broker and topics of so many partitions. */
  private commitPast(topics: readonly string[]): void {
    const context = contextOf();
    const wanted = topics.map((text) => {
      const [name = "", count = "1"] = text.split(":");
      const partitionCount = Number(count);
      return { name, partitionCount, replicationFactor: 1, assignments: [], configs: [] };
    });
    carryOut(context.image, planCreateTopics(context, wanted));
    const { records } = context.image.snapshot();
    this.commit(records.map((record) => encodeMetadataRecord(record)));
  }

  private refuse(): void {
    for (const { heard } of this.proposals.splice(0)) {
      this.harness.act((out) => out.reply(heard.replyTo!, failure("refused", "")));
    }
  }

  /** The Raft node has heard from a majority that it leads, or from somebody that it does not. */
  private confirm(leads: boolean): void {
    for (const { replyTo } of this.confirms.splice(0)) {
      const answer = leads ? success({ end: this.nextOffset }) : failure("refused", "");
      this.harness.act((out) => out.reply(replyTo!, answer));
    }
  }

  /** The log directory answers at once. */
  private hear(): readonly Heard[] {
    const heard = this.harness.take();
    const asked = heard.findIndex(({ message }) => message === "takeStock");
    if (asked === -1) return heard;
    const [{ replyTo }] = heard.splice(asked, 1) as [Heard];
    this.harness.act((out) => out.reply(replyTo!, success(this.stock)));
    return [...heard, ...this.hear()];
  }

  /** What the Raft node and the broker have heard, and what has been answered. */
  private listen(): void {
    for (const heard of this.hear()) {
      const { who, message, args } = heard;
      if (message === "propose") {
        const { records, term } = args as { records: Uint8Array[]; term: number };
        this.proposals.push({ heard, records });
        this.noteEpoch(records);
        this.out.push(`propose term=${term}: ${records.map((bytes) => told(bytes)).join(", ")}`);
      } else if (message === "confirm") {
        this.confirms.push(heard);
        this.out.push(`confirm term=${String(args["term"])}`);
      } else if (message === "snapshotTaken") {
        const { offset, records } = args as { offset: number; records: Uint8Array[] };
        this.out.push(`snapshot of ${records.length} records up to ${offset}`);
      } else if (message === "imageReplaced" || message === "imageChanged") {
        const { records, lastOffset } = (args["image"] ?? args["delta"]) as {
          records: MetadataRecord[];
          lastOffset: number;
        };
        const kinds = records.map((record) => shown(record)).join(", ");
        this.out.push(`${who} ${message} up to ${lastOffset}: ${kinds || "nothing"}`);
      } else {
        this.out.push(`${who} ${message}`);
      }
    }
    for (const asked of this.asked.filter(({ answer }) => answer.answered)) {
      this.asked.splice(this.asked.indexOf(asked), 1);
      this.out.push(`${asked.what} => ${answerOf(asked.answer.value)}`);
    }
  }
}

/** `name:partitions:epoch`, and what Kafka's metadata says: `:key~value;key~value`, or nothing. */
function foundTopic(text: string, topicId: string): FoundTopic {
  const [name = "", partitions = "1", epoch = "-1", configs] = text.split(":");
  return {
    name,
    topicId,
    partitionCount: Number(partitions),
    latestLeaderEpoch: Number(epoch),
    configs: configs === undefined ? null : configsOf(configs),
  };
}

/** `level,nextProducerId,key~value;...,key~value;...`: its own configs and those of all brokers. */
function foundCluster([level = "", ids = "", own = "", all = ""]: readonly string[]): FoundCluster {
  return {
    metadataVersion: level === "" ? null : Number(level),
    nextProducerId: Number(ids),
    ownConfigs: configsOf(own),
    allBrokersConfigs: configsOf(all),
  };
}

function configsOf(text: string): Record<string, string> {
  const pairs = text.split(";").filter((pair) => pair !== "");
  return Object.fromEntries(pairs.map((pair) => pair.split("~") as [string, string]));
}

function told(bytes: Uint8Array): string {
  return shown(decodeMetadataRecord(bytes) as MetadataRecord);
}

function shown(record: MetadataRecord): string {
  switch (record.kind) {
    case "TopicRecord":
      return `topic ${record.value.name}`;
    case "PartitionRecord":
      return `partition ${record.value.partitionId} epoch=${record.value.leaderEpoch}`;
    case "PartitionChangeRecord":
      return `change of ${record.value.partitionId} leader=${record.value.leader}`;
    case "RegisterBrokerRecord":
      return `broker ${record.value.brokerId} epoch=${record.value.brokerEpoch}`;
    case "FeatureLevelRecord":
      return `${record.value.name}=${record.value.featureLevel}`;
    case "ConfigRecord":
      return `config ${record.value.resourceName} ${record.value.name}=${record.value.value}`;
    case "ProducerIdsRecord":
      return `ids below ${record.value.nextProducerId}`;
    default:
      return record.kind;
  }
}

function nameOf(errorCode: number): string {
  return Object.entries(ErrorCode).find(([, code]) => code === errorCode)?.[0] ?? "?";
}

function answerOf(value: unknown): string {
  const answer = value as {
    results?: { name?: string; errorCode: number }[];
    errorCode?: number;
    firstProducerId?: number;
    ok?: boolean;
  };
  if (answer.results !== undefined) {
    return answer.results
      .map(({ name, errorCode }) => [name, nameOf(errorCode)].filter(Boolean).join(":"))
      .join(" ");
  }
  if (answer.ok !== undefined) return String(answer.ok);
  return `${nameOf(answer.errorCode ?? 0)} ${answer.firstProducerId}`;
}

function rewritten(transcript: string): string {
  const stage = new Stage();
  return `${transcript
    .trimEnd()
    .split(/\n{2,}/)
    .map((paragraph) => {
      const lines = paragraph.split("\n");
      const commands = lines.slice(0, lines.includes("----") ? lines.indexOf("----") : undefined);
      const outputs = commands
        .filter((line) => !line.startsWith("#"))
        .flatMap((command) => stage.run(command));
      if (commands.every((line) => line.startsWith("#"))) return commands.join("\n");
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
