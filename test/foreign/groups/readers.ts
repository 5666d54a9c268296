// Members of a group as processes of their own, so that they can be killed: each reads one topic, commits
// what it has read before it reads on, and tells of it in lines of JSON.
//
// Lives on: the developer's machine.

import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { classPath } from "../../../bench/peer/kafka.ts";

/** What a reader has said. `to` is the last offset read; `offset` is the next to be read. */
export type Told =
  | { readonly at: "assigned"; readonly partitions: readonly number[] }
  | { readonly at: "read"; readonly partition: number; readonly from: number; readonly to: number }
  | { readonly at: "committed"; readonly partition: number; readonly offset: number };

type Command = {
  readonly words: readonly string[];
  readonly tell: (line: string) => Told[];
  /** A commit that was refused, as in a rebalance, is not made good before there is more to read. */
  readonly forgetsCommits?: boolean;
};

export type Where = { readonly bootstrap: string; readonly topic: string; readonly group: string };
export type ReaderKind = (where: Where) => Command;

const asTold = (line: string): Told[] => (line.startsWith("{") ? [JSON.parse(line) as Told] : []);

function script(name: string, { bootstrap, topic, group }: Where, ...more: string[]): Command {
  const file = join(import.meta.dirname, `${name}.ts`);
  const words = [process.execPath, "--no-warnings", file, bootstrap, topic, group, ...more];
  return { words, tell: asTold };
}

type Reported = {
  readonly name: string;
  readonly success?: boolean;
  readonly partitions?: readonly {
    readonly partition: number;
    readonly minOffset: number;
    readonly maxOffset: number;
  }[];
  readonly offsets?: readonly { readonly partition: number; readonly offset: number }[];
};

/** Apache's VerifiableConsumer: it commits what a poll has brought before it polls again. */
function verifiable({ bootstrap, topic, group }: Where, protocol: string): Command {
  const jvm = ["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx256m", "-cp", classPath()];
  const main = "org.apache.kafka.tools.VerifiableConsumer";
  const words = ["java", ...jvm, main, "--bootstrap-server", bootstrap, "--topic", topic];
  const held = new Set<number>();
  const options = ["--group-id", group, "--reset-policy", "earliest", "--group-protocol", protocol];
  if (protocol === "classic") options.push("--session-timeout", "6000");
  return {
    words: [...words, ...options],
    forgetsCommits: true,
    tell: (line) => {
      if (!line.startsWith("{")) return [];
      const { name, partitions = [], offsets = [], success } = JSON.parse(line) as Reported;
      if (name === "partitions_assigned")
        for (const { partition } of partitions) held.add(partition);
      if (name === "partitions_revoked") {
        for (const { partition } of partitions) held.delete(partition);
      }
      if (name.startsWith("partitions_")) return [{ at: "assigned", partitions: [...held] }];
      if (name === "records_consumed") {
        return partitions.map(({ partition, minOffset: from, maxOffset: to }) => {
          return { at: "read", partition, from, to } as const;
        });
      }
      if (name !== "offsets_committed" || success !== true) return [];
      return offsets.map(({ partition, offset }) => ({ at: "committed", partition, offset }));
    },
  };
}

export const readerKinds: Readonly<Record<string, ReaderKind>> = {
  kafkajs: (where) => script("kafkajs-reader", where),
  "node-rdkafka": (where) => script("rdkafka-reader", where, "classic"),
  "node-rdkafka, group.protocol=consumer": (where) => script("rdkafka-reader", where, "consumer"),
  VerifiableConsumer: (where) => verifiable(where, "classic"),
  "VerifiableConsumer, group.protocol=consumer": (where) => verifiable(where, "consumer"),
};

export class Reader {
  readonly child: ChildProcess;
  partitions: readonly number[] = [];
  errors = "";
  readonly ended: Promise<void>;
  readonly forgetsCommits: boolean;

  constructor({ words, tell, forgetsCommits = false }: Command, hear: (told: Told) => void) {
    this.forgetsCommits = forgetsCommits;
    const [command, ...rest] = words;
    this.child = spawn(command!, rest, { stdio: ["ignore", "pipe", "pipe"] });
    createInterface({ input: this.child.stdout! }).on("line", (line) => {
      for (const told of tell(line)) {
        if (told.at === "assigned") this.partitions = told.partitions;
        hear(told);
      }
    });
    this.child.stderr!.on("data", (chunk: Buffer) => {
      this.errors = (this.errors + chunk.toString()).slice(-3_000);
    });
    this.ended = new Promise((resolve) => {
      this.child.once("close", () => resolve());
    });
  }

  async kill(): Promise<void> {
    this.child.kill("SIGKILL");
    await this.ended;
    this.partitions = [];
  }

  /** It leaves its group in good order. */
  async stop(): Promise<void> {
    this.child.kill("SIGTERM");
    await this.ended;
    this.partitions = [];
  }
}
