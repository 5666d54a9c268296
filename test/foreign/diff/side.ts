// One of the two brokers, and what a scenario's steps hear from it.

import { setTimeout as sleep } from "node:timers/promises";
import type { Broker } from "../../../bench/broker.ts";
import { apis } from "../../../src/protocol/api-keys.ts";
import type { Api } from "../../../src/protocol/api-keys.ts";
import {
  beginFrame,
  checkAllRead,
  endFrame,
  readResponseHeader,
  writeRequestHeader,
} from "../../../src/protocol/frame.ts";
import { Reader } from "../../../src/protocol/wire.ts";
import { handlers } from "../../../src/actors/front-door/handlers/index.ts";
import { RawConnection } from "../raw-connection.ts";
import type { Names } from "./bodies.ts";
import { draftOf, topicName } from "./bodies.ts";
import { normalised } from "./normalise.ts";
import type { Scenario, Step, TopicSpec } from "./scenario.ts";

/** An answer as far as it may be held against another broker's, or what came instead of one. */
export type Heard = { readonly is: "answer"; readonly answer: unknown } | { readonly is: Silent };
type Silent = "closed" | "silence" | "nothing" | "not to be decoded";

const ANSWER_TIMEOUT_MS = 4_000;
/** So long a request has that is to arrive before the next one on another connection. */
const DEFERRED_MS = 40;
/** Kafka tells its brokers of a change after the controller has answered. */
const SETTLE_MS = 120;
const settling = new Set([
  "CreateTopics",
  "DeleteTopics",
  "CreatePartitions",
  "AlterConfigs",
  "IncrementalAlterConfigs",
]);

export function apiNamed(name: string): Api {
  const api = apis.find((each) => each.name === name);
  if (api === undefined) throw new Error(`there is no API ${name}`);
  return api;
}

export function versionsOf(name: string): readonly [min: number, max: number] {
  const served = handlers.find((each) => each.name === name);
  if (served === undefined) throw new Error(`${name} is not served`);
  return served.versions;
}

type Asked = { readonly api: string; readonly version: number; readonly correlationId: number };

export type Run = {
  readonly api: string;
  readonly version: number;
  readonly stem: string;
  readonly slow: boolean;
};

export class Side {
  readonly broker: Broker;
  readonly name: string;
  #clusterId = "";
  #correlationId = 0;
  readonly #members = new Map<string, string>();
  /** Requests whose answers are still to come, by connection. */
  readonly #deferred = new Map<string, Asked>();
  /** Of all topics that it has been asked about. */
  readonly #nameById = new Map<string, string>();
  readonly #connections = new Map<string, RawConnection>();

  constructor(broker: Broker, name: string) {
    this.broker = broker;
    this.name = name;
  }

  async begin(): Promise<void> {
    const answer = await this.#must("DescribeCluster", {});
    this.#clusterId = String(answer.clusterId);
    // Kafka has none to give before it has asked its controller for some.
    for (let attempt = 0; attempt < 500; attempt++) {
      const { errorCode } = await this.#must("InitProducerId", { transactionalId: null });
      if (errorCode === 0) return;
      await sleep(20);
    }
    throw new Error(`${this.name} gives no producer ids`);
  }

  /** Until all its coordinators have read what they keep. */
  async coordinates(): Promise<void> {
    for (let attempt = 0; attempt < 500; attempt++) {
      const { coordinators } = await this.#must("FindCoordinator", { coordinatorKeys: ["g"] });
      const [{ errorCode }] = coordinators as [{ errorCode: number }];
      const listed = await this.#must("ListGroups", {});
      if (errorCode === 0 && listed.errorCode === 0) return this.#learn(new Map(), noNames);
      await sleep(20);
    }
    throw new Error(`${this.name} has no coordinators`);
  }

  async play(scenario: Scenario, run: Run): Promise<readonly Heard[]> {
    const ids = new Map<string, string>();
    const kept = new Map<string, number | string>();
    const names: Names = { stem: run.stem, ids, kept };
    await this.#make(scenario.topics ?? {}, names, ids);
    if (run.api === "DescribeTopicPartitions") await this.#learn(ids, names);
    const heard: Heard[] = [];
    this.#members.clear();
    for (const step of scenario.steps) {
      const { is, answer, api } = await this.#hear(step, run, names);
      if (is !== "answer") {
        heard.push({ is });
        continue;
      }
      for (const [name, field] of Object.entries(step.keep ?? {})) {
        const value = (answer as Record<string, number | bigint | string>)[field] ?? 0;
        kept.set(name, typeof value === "bigint" ? Number(value) : value);
      }
      if (settling.has(api) && step.body?.validateOnly !== true) {
        await sleep(run.slow ? SETTLE_MS * 5 : SETTLE_MS);
        await this.#learn(ids, names);
      }
      heard.push({ is, answer: this.#normalised(answer, api, step, names) });
    }
    for (const [name, connection] of this.#connections) {
      if (name === "setup") continue;
      connection.end();
      this.#connections.delete(name);
    }
    return heard;
  }

  async stop(): Promise<void> {
    for (const connection of this.#connections.values()) connection.end();
    await this.broker.stop();
  }

  // ------------------------------------------------------------------ steps

  async #hear(
    step: Step,
    run: Run,
    names: Names,
  ): Promise<{ is: Heard["is"]; answer?: unknown; api: string }> {
    const on = step.connection ?? "main";
    const asked = (step.hear === true && this.#deferred.get(on)) || this.#asked(step, run);
    const { api, version, correlationId } = asked;
    const connection = await this.#connection(on);
    if (step.hear !== true) {
      connection.send(
        step.raw === undefined
          ? frameOf(step, api, version, correlationId, names)
          : framed(Buffer.from(step.raw, "hex")),
      );
    }
    if (step.isDeferred === true) {
      this.#deferred.set(on, asked);
      await sleep(DEFERRED_MS);
      return { is: "nothing", api };
    }
    if (step.isSilent === true) return { is: await this.#isQuiet(connection), api };
    const bytes = await connection.hear(ANSWER_TIMEOUT_MS);
    if (typeof bytes === "string") {
      // A broker that says nothing hears nothing more either.
      connection.end();
      this.#connections.delete(on);
      return { is: bytes, api };
    }
    try {
      return { is: "answer", answer: decoded(api, version, bytes, step, correlationId), api };
    } catch {
      return { is: "not to be decoded", api };
    }
  }

  #asked(step: Step, run: Run): Asked {
    const api = step.api ?? run.api;
    const version = step.version ?? (api === run.api ? run.version : versionsOf(api)[1]);
    return { api, version, correlationId: ++this.#correlationId };
  }

  /** Whether the next request is answered at once, as if the last one had not been. */
  async #isQuiet(connection: RawConnection): Promise<Silent> {
    const correlationId = ++this.#correlationId;
    connection.send(frameOf({}, "ApiVersions", 0, correlationId, noNames));
    const bytes = await connection.hear(ANSWER_TIMEOUT_MS);
    if (typeof bytes === "string") return bytes;
    return new Reader(bytes).int32() === correlationId ? "nothing" : "not to be decoded";
  }

  async #connection(name: string): Promise<RawConnection> {
    const open = this.#connections.get(name);
    if (open !== undefined && !open.closed) return open;
    const opened = await RawConnection.open(this.broker.bootstrap);
    this.#connections.set(name, opened);
    return opened;
  }

  #normalised(answer: unknown, api: string, step: Step, names: Names): unknown {
    return normalised(answer, {
      api,
      port: this.broker.port,
      dataDirectory: this.broker.dataDirectory,
      clusterId: this.#clusterId,
      nameById: this.#nameById,
      onlyTopics: step.ownTopicsOnly === true ? `${names.stem}-` : "",
      nowMs: Date.now(),
      members: this.#members,
    });
  }

  // ------------------------------------------------------------------ what a scenario needs

  async #make(
    topics: Readonly<Record<string, TopicSpec>>,
    names: Names,
    ids: Map<string, string>,
  ): Promise<void> {
    const specs = Object.entries(topics);
    if (specs.length === 0) return;
    const created = await this.#must("CreateTopics", {
      timeoutMs: 20_000,
      topics: specs.map(([topic, { partitions = 1, configs = {} }]) => ({
        name: topicName(names.stem, topic),
        numPartitions: partitions,
        replicationFactor: 1,
        assignments: [],
        configs: Object.entries(configs).map(([name, value]) => ({ name, value })),
      })),
    });
    for (const topic of created.topics as { errorCode: number; name: string; topicId: string }[]) {
      if (topic.errorCode !== 0) throw new Error(`${this.name}: ${topic.name}: ${topic.errorCode}`);
      ids.set(topic.name, topic.topicId);
      this.#nameById.set(topic.topicId, topic.name);
    }
    for (const [topic, { partitions = 1, batches = [] }] of specs) {
      const name = topicName(names.stem, topic);
      await this.#untilLed(name, partitions);
      for (const records of batches) await this.#fill(name, ids.get(name)!, records);
    }
  }

  async #untilLed(name: string, count: number): Promise<void> {
    const partitions = Array.from({ length: count }, (_, partitionIndex) => ({
      partitionIndex,
      timestamp: -2,
    }));
    for (let attempt = 0; attempt < 200; attempt++) {
      const body = { replicaId: -1, topics: [{ name, partitions }] };
      const { topics } = await this.#must("ListOffsets", body);
      const [told] = topics as { partitions: { errorCode: number }[] }[];
      if (told!.partitions.every(({ errorCode }) => errorCode === 0)) return;
      await sleep(10);
    }
    throw new Error(`${this.name}: ${name} has no leader`);
  }

  async #fill(name: string, topicId: string, records: Uint8Array): Promise<void> {
    const partitionData = [{ index: 0, records }];
    const topicData = [{ name, topicId, partitionData }];
    const { responses } = await this.#must("Produce", { acks: -1, timeoutMs: 20_000, topicData });
    const [told] = responses as { partitionResponses: { errorCode: number }[] }[];
    const { errorCode } = told!.partitionResponses[0]!;
    if (errorCode !== 0) throw new Error(`${this.name}: produce to ${name}: ${errorCode}`);
  }

  /** Topics that a step has made have ids as well. */
  async #learn(ids: Map<string, string>, names: Names): Promise<void> {
    const { topics } = await this.#must("Metadata", { topics: null });
    for (const { name, topicId } of topics as { name: string; topicId: string }[]) {
      this.#nameById.set(topicId, name);
      if (name.startsWith(`${names.stem}-`)) ids.set(name, topicId);
    }
  }

  async #must(api: string, body: Record<string, unknown>): Promise<Record<string, unknown>> {
    const [, version] = versionsOf(api);
    const step = { body, connection: "setup" };
    const run = { api, version, stem: "", slow: false };
    const { is, answer } = await this.#hear(step, run, noNames);
    if (is !== "answer") throw new Error(`${this.name}: ${api}: ${is}`);
    return answer as Record<string, unknown>;
  }
}

const noNames: Names = { stem: "", ids: new Map(), kept: new Map() };

function frameOf(
  step: Step,
  name: string,
  version: number,
  correlationId: number,
  names: Names,
): Uint8Array {
  const { request, key } = apiNamed(name);
  const writer = beginFrame();
  const clientId = step.clientId ?? "diff";
  writeRequestHeader(writer, { apiKey: key, apiVersion: version, correlationId, clientId });
  request
    .exactly(version)
    .encode(writer, draftOf(request, version, step.body ?? {}, names) as Record<string, unknown>);
  const whole = Buffer.concat(endFrame(writer));
  const content = whole.subarray(4, whole.length - (step.cut ?? 0));
  return framed(Buffer.concat([content, Buffer.from(step.tail ?? "", "hex")]));
}

function framed(content: Buffer): Uint8Array {
  const length = Buffer.alloc(4);
  length.writeInt32BE(content.length);
  return Uint8Array.from(Buffer.concat([length, content]));
}

function decoded(
  name: string,
  version: number,
  bytes: Uint8Array,
  step: Step,
  correlationId: number,
): unknown {
  const reader = new Reader(bytes);
  const { response, key } = apiNamed(name);
  // A raw request names its API, version and number itself.
  const told = readResponseHeader(reader, key, version);
  if (step.raw === undefined && told !== correlationId) throw new Error("another's answer");
  const answer = response.exactly(version).decode(reader);
  checkAllRead(reader);
  return answer;
}
