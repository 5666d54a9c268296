// What must differ between two brokers gets one name: ids, ports, paths, times of theirs, and the
// words of errors. Lists whose order says nothing become maps, record batches are taken apart.

import {
  attributesOf,
  baseOffsetOf,
  baseSequenceOf,
  baseTimestampOf,
  batchSizeAt,
  codecOf,
  isCrcRight,
  lastOffsetDeltaOf,
  leaderEpochOf,
  maxTimestampOf,
  producerEpochOf,
  producerIdOf,
  recordCountOf,
  recordsOf,
} from "../../../src/protocol/record-batch.ts";
import { zeroId } from "./scenario.ts";

export type Facts = {
  readonly api: string;
  readonly port: number;
  readonly dataDirectory: string;
  readonly clusterId: string;
  readonly nameById: ReadonlyMap<string, string>;
  /** "" or what the names of topics must begin with to be looked at. */
  readonly onlyTopics: string;
  readonly nowMs: number;
  /** Ids of members that the scenario has met, in the order in which it met them. */
  readonly members: Map<string, string>;
};

type Rule = (value: unknown, facts: Facts) => unknown;

const hour = 3_600_000;

const time: Rule = (value, { nowMs }) =>
  Math.abs(Number(value) - nowMs) < hour ? "(now)" : Number(value);
const words: Rule = (value) => (value === null || value === "" ? value : "(words)");
const isSet = (name: string): Rule => {
  return (value) => (Number(value) > 0 ? name : value);
};
const known = (fact: (facts: Facts) => string | number, name: string): Rule => {
  return (value, facts) => (value === fact(facts) ? name : value);
};

const producerId: Rule = (value, { api }) =>
  api === "InitProducerId" && Number(value) >= 0 ? "(producer id)" : value;

/** A client's id, a dash and a random part, or the random part alone. */
const random = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|^[\w-]{22}$/;

const memberId: Rule = (value, { members }) => {
  const text = String(value);
  const [part] = random.exec(text) ?? [];
  if (part === undefined) return value;
  const name = members.get(part) ?? `(member ${members.size + 1})`;
  members.set(part, name);
  return text.replace(part, name);
};

const rules: Readonly<Record<string, Rule>> = {
  memberId,
  leader: memberId,
  errorMessage: words,
  batchIndexErrorMessage: words,
  documentation: (value) => (value === null || value === "" ? value : "(words)"),
  port: known(({ port }) => port, "(port)"),
  clusterId: known(({ clusterId }) => clusterId, "(cluster)"),
  logDir: known(({ dataDirectory }) => dataDirectory, "(directory)"),
  totalBytes: isSet("(bytes)"),
  usableBytes: isSet("(bytes)"),
  sessionId: isSet("(session)"),
  finalizedFeaturesEpoch: isSet("(epoch)"),
  producerId,
  topicId: (value, { api, nameById }) => {
    if (value === zeroId) return "(no id)";
    // A topic that is only looked at gets an id that nobody hears of again.
    if (api === "CreateTopics") return "(id)";
    const name = nameById.get(String(value));
    return name === undefined ? value : `(id of ${name})`;
  },
  value: (value, { api, dataDirectory }) =>
    api === "DescribeConfigs" && typeof value === "string"
      ? value.replace(dataDirectory, "(directory)").replaceAll(/127\.0\.0\.1:\d+/g, "(address)")
      : value,
  replicaDirectoryId: (value) => (value === zeroId ? "(no id)" : "(id)"),
  logEndOffset: isSet("(offset)"),
  highWatermark: (value, { api }) =>
    api === "DescribeQuorum" && Number(value) > 0 ? "(offset)" : value,
  lastFetchTimestamp: time,
  lastCaughtUpTimestamp: time,
  timestamp: time,
  logAppendTimeMs: time,
  lastTimestamp: time,
  records: (value, facts) => (value instanceof Uint8Array ? batchesOf(value, facts) : value),
};

/** Lists that are sets: what tells one member from another. */
const sets: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  Produce: { responses: ["name", "topicId"], partitionResponses: ["index"] },
  ApiVersions: {
    apiKeys: ["apiKey"],
    supportedFeatures: ["name"],
    finalizedFeatures: ["name"],
  },
  Metadata: { topics: ["name", "topicId"], partitions: ["partitionIndex"], brokers: ["nodeId"] },
  CreateTopics: { topics: ["name"], configs: ["name"] },
  DeleteTopics: { responses: ["name", "topicId"] },
  ListOffsets: { topics: ["name"], partitions: ["partitionIndex"] },
  CreatePartitions: { results: ["name"] },
  DeleteRecords: { topics: ["name"], partitions: ["partitionIndex"] },
  DescribeProducers: { activeProducers: ["producerId"] },
  ElectLeaders: { replicaElectionResults: ["topic"], partitionResult: ["partitionId"] },
  DescribeConfigs: { results: ["resourceType", "resourceName"], configs: ["name"] },
  AlterConfigs: { responses: ["resourceType", "resourceName"] },
  IncrementalAlterConfigs: { responses: ["resourceType", "resourceName"] },
  ListConfigResources: { configResources: ["resourceType", "resourceName"] },
  OffsetCommit: { topics: ["name", "topicId"], partitions: ["partitionIndex"] },
  OffsetFetch: {
    groups: ["groupId"],
    topics: ["name", "topicId"],
    partitions: ["partitionIndex"],
  },
  OffsetDelete: { topics: ["name"], partitions: ["partitionIndex"] },
  JoinGroup: { members: ["memberId"] },
  DescribeGroups: { groups: ["groupId"], members: ["memberId"] },
  ConsumerGroupDescribe: {
    groups: ["groupId"],
    members: ["memberId"],
    topicPartitions: ["topicName"],
  },
  ConsumerGroupHeartbeat: { topicPartitions: ["topicId"] },
  ListGroups: { groups: ["groupId"] },
  DeleteGroups: { results: ["groupId"] },
  DescribeLogDirs: { topics: ["name"], partitions: ["partitionIndex"] },
};

/** A list that is a set, by what tells its members apart. */
export class Members {
  readonly byKey: ReadonlyMap<string, unknown>;
  constructor(byKey: ReadonlyMap<string, unknown>) {
    this.byKey = byKey;
  }
}

export function normalised(value: unknown, facts: Facts, field = ""): unknown {
  const rule = rules[field];
  if (rule !== undefined) {
    const replaced = rule(value, facts);
    if (replaced !== value) return replaced;
  }
  if (Array.isArray(value)) return list(value, facts, field);
  if (value instanceof Uint8Array) return Buffer.from(value).toString("hex");
  if (typeof value === "bigint") {
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : `${value}`;
  }
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([name, each]) => [
    name,
    normalised(each, facts, name),
  ]);
  return Object.fromEntries(entries);
}

function list(values: readonly unknown[], facts: Facts, field: string): unknown {
  if (facts.api === "Fetch" && field === "responses") return fetched(values as FetchTopics, facts);
  const keys = sets[facts.api]?.[field];
  if (keys === undefined) return values.map((each) => normalised(each, facts));
  const members = new Map<string, unknown>();
  for (const value of values) {
    const fields = value as Readonly<Record<string, unknown>>;
    const name = field === "topics" ? fields.name : field === "groups" ? fields.groupId : null;
    if (typeof name === "string" && !name.startsWith(facts.onlyTopics)) continue;
    const kept = normalised(value, facts) as Readonly<Record<string, unknown>>;
    const key = keys.map((each) => String(kept[each])).join(" ");
    let unique = key;
    for (let number = 2; members.has(unique); number++) unique = `${key} (${number})`;
    members.set(unique, kept);
  }
  return new Members(members);
}

type FetchTopics = readonly {
  topic: string;
  topicId: string;
  partitions: readonly { partitionIndex: number }[];
}[];

/** Partitions with errors come last in Kafka, and their topic a second time with them. */
function fetched(topics: FetchTopics, facts: Facts): Members {
  const members = new Map<string, unknown>();
  for (const { topic, topicId, partitions } of topics) {
    const id = String(normalised(topicId, facts, "topicId"));
    for (const partition of partitions) {
      const key = `${topic} ${id} ${partition.partitionIndex}`;
      const unique = members.has(key) ? `${key} (${members.size})` : key;
      members.set(unique, normalised(partition, facts));
    }
  }
  return new Members(members);
}

/** What a reader gets out of the bytes; of a compressed batch the bytes themselves say nothing. */
function batchesOf(bytes: Uint8Array, facts: Facts): unknown {
  const batches: unknown[] = [];
  for (let at = 0; at < bytes.length;) {
    const size = batchSizeAt(bytes, at);
    if (size <= 0) {
      batches.push("(a part of a batch)");
      break;
    }
    batches.push(batchOf(bytes, at, facts));
    at += size;
  }
  return batches;
}

function batchOf(bytes: Uint8Array, at: number, facts: Facts): unknown {
  return {
    baseOffset: baseOffsetOf(bytes, at),
    leaderEpoch: leaderEpochOf(bytes, at),
    crc: isCrcRight(bytes, at) ? "right" : "wrong",
    attributes: attributesOf(bytes, at),
    codec: codecOf(bytes, at),
    lastOffsetDelta: lastOffsetDeltaOf(bytes, at),
    baseTimestamp: time(baseTimestampOf(bytes, at), facts),
    maxTimestamp: time(maxTimestampOf(bytes, at), facts),
    producerId: producerIdOf(bytes, at),
    producerEpoch: producerEpochOf(bytes, at),
    baseSequence: baseSequenceOf(bytes, at),
    count: recordCountOf(bytes, at),
    records: Array.from(recordsOf(bytes, at), (record) =>
      normalised({ ...record, timestamp: time(record.timestamp, facts) }, facts),
    ),
  };
}
