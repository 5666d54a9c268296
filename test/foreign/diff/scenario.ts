// What a scenario is: requests of one API, as data, that are sent in this order to each broker in each
// version of the API. In a request's body
//
//   "~a"          is a topic of this scenario alone, a new one for every version
//   "#~a"         is that topic's id; a made-up one where there is no such topic
//   kept("name")  is what an earlier answer said (`keep`)
//
// Fields that a version lacks are left out of its requests, so one body serves all versions.

/** Whole or a part of a request's body. */
export type Body = { readonly [field: string]: unknown };

/** Stands for what an earlier step of the scenario has kept. */
export class Kept {
  readonly name: string;
  readonly plus: number;
  constructor(name: string, plus: number) {
    this.name = name;
    this.plus = plus;
  }
}

export function kept(name: string, plus = 0): Kept {
  return new Kept(name, plus);
}

export type Step = {
  /** Else the scenario's. */
  readonly api?: string;
  /** Else the version that the scenario is at; for another API, its newest one. */
  readonly version?: number;
  readonly body?: Body;
  /** Sent as it stands, a frame without its length, instead of a request (hexadecimal). */
  readonly raw?: string;
  /** Follows the body (hexadecimal). */
  readonly tail?: string;
  /** So many bytes of the body's end are not sent. */
  readonly cut?: number;
  /** By name, fields of the answer that later steps use. */
  readonly keep?: Readonly<Record<string, string>>;
  /** Steps on different ones do not end each other's. */
  readonly connection?: string;
  readonly clientId?: string;
  /** No answer belongs to it: it is enough that the next request is answered, or that none is. */
  readonly isSilent?: boolean;
  /** Of the topics or groups that are told, only the scenario's own are looked at. */
  readonly ownTopicsOnly?: boolean;
  /** Its answer is not waited for; the step with `hear` and the same connection has it. */
  readonly isDeferred?: boolean;
  /** Sends nothing: the answer to what was sent before on this connection. */
  readonly hear?: boolean;
};

export type TopicSpec = {
  readonly partitions?: number;
  readonly configs?: Readonly<Record<string, string>>;
  /** Batches for partition 0, produced one by one before the first step. */
  readonly batches?: readonly Uint8Array[];
};

export type Scenario = {
  readonly name: string;
  /** Of the API's versions, only these. */
  readonly versions?: readonly [min: number, max: number];
  /** Made before the first step: "a" is "~a" in bodies. */
  readonly topics?: Readonly<Record<string, TopicSpec>>;
  readonly steps: readonly Step[];
};

export type ApiScenarios = {
  readonly api: string;
  /** Brokers that are set up in a way of their own; the first is the ordinary one. */
  readonly world?: World;
  readonly scenarios: readonly Scenario[];
};

export type World = "ordinary" | "groups" | "strict";

/** What bench/peer/kafka.ts starts Kafka with; and records of any age stay. */
const common = {
  "process.roles": "broker,controller",
  "node.id": "1",
  "num.partitions": "1",
  "default.replication.factor": "1",
  "offsets.topic.replication.factor": "1",
  "offsets.topic.num.partitions": "4",
  "transaction.state.log.replication.factor": "1",
  "transaction.state.log.num.partitions": "4",
  "transaction.state.log.min.isr": "1",
  "share.coordinator.state.topic.replication.factor": "1",
  "share.coordinator.state.topic.min.isr": "1",
  "group.initial.rebalance.delay.ms": "0",
  "log.retention.ms": "-1",
};

/** On top of what every broker is started with. */
export const worlds: Readonly<Record<World, Readonly<Record<string, string>>>> = {
  ordinary: common,
  groups: { ...common, "group.max.size": "2" },
  strict: {
    ...common,
    "auto.create.topics.enable": "false",
    "delete.topic.enable": "false",
    "num.partitions": "3",
    "message.max.bytes": "2000",
  },
};

/** One step alone. */
export function one(name: string, body: Body, rest: Omit<Scenario, "name" | "steps"> = {}) {
  return { name, ...rest, steps: [{ body }] } satisfies Scenario;
}

/** The same question about many things, one scenario with a step each. */
export function each<T>(
  name: string,
  values: readonly T[],
  body: (value: T) => Body,
  rest: Omit<Scenario, "name" | "steps"> = {},
): Scenario {
  return { name, ...rest, steps: values.map((value) => ({ body: body(value) })) };
}

/** A topic id that no topic has. */
export const unknownId = "Z29ma2EtdW5rbm93bi1pZA";
export const zeroId = "AAAAAAAAAAAAAAAAAAAAAA";
