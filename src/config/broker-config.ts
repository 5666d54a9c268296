// The settings of one broker, typed and complete: what `server.properties`, `--set` and the dynamic
// configs of the metadata image come to. Plain data, so it crosses to every host.
//
// Lives on: anywhere (pure).

import type { CleanerSettings } from "./cleaner-config.ts";
import { cleanerSettings } from "./cleaner-config.ts";
import { ConfigReader, parseConfigValue } from "./config-value.ts";
import type { GroupSettings } from "./group-config.ts";
import { groupSettings } from "./group-config.ts";
import { brokerKeys } from "./keys.ts";
import { brokerDefinitionOf, judgeBrokerKey } from "./known-keys.ts";
import type { ClientListener } from "./listeners.ts";
import type { QuorumTls } from "./quorum-tls.ts";
import { quorumTls } from "./quorum-tls.ts";
import type { ControllerListener, QuorumSettings } from "./quorum.ts";
import { quorumProblems, quorumSettings } from "./quorum.ts";
import { resolveListener } from "./listeners.ts";
import type { BrokerLevels, Properties } from "./sources.ts";
import { brokerText, isBrokerKeySet } from "./sources.ts";
import type { TopicSettings } from "./topic-config.ts";
import { resolveTopicSettings } from "./topic-config.ts";

export type BrokerSettings = BrokerLevels &
  Omit<ClientListener, keyof ControllerListener> & {
    readonly nodeId: number;
    readonly rack: string | null;

    readonly socketListenBacklogSize: number;

    /** The first of `logDirectories`. */
    readonly logDirectory: string;
    readonly logDirectories: readonly string[];
    /** Where `gofka-metadata-0` is kept: `metadata.log.dir`, else the log directory. */
    readonly metadataLogDirectory: string;

    readonly numPartitions: number;
    readonly defaultReplicationFactor: number;
    readonly autoCreateTopics: boolean;
    readonly deleteTopicEnable: boolean;

    readonly messageMaxBytes: number;
    readonly socketRequestMaxBytes: number;
    /** Bytes of requests that may be in memory at once, over all hosts. */
    readonly queuedMaxRequestBytes: number;
    readonly queuedMaxRequests: number;
    readonly maxConnections: number;
    readonly maxConnectionsPerIp: number;
    readonly maxConnectionsPerIpOverrides: Readonly<Record<string, number>>;
    readonly maxConnectionCreationRate: number;
    readonly connectionsMaxIdleMs: number;

    readonly fetchMaxBytes: number;
    readonly maxIncrementalFetchSessionCacheSlots: number;
    readonly maxRequestPartitionSizeLimit: number;
    readonly requestTimeoutMs: number;

    readonly producerIdExpirationMs: number;
    readonly producerIdExpirationCheckIntervalMs: number;
    readonly transactionMaxTimeoutMs: number;

    readonly logRetentionCheckIntervalMs: number;
    readonly logFlushOffsetCheckpointIntervalMs: number;
    readonly logFlushStartOffsetCheckpointIntervalMs: number;
    readonly logInitialTaskDelayMs: number;
    readonly numRecoveryThreadsPerDataDir: number;

    readonly quorum: QuorumSettings;
    readonly brokerHeartbeatIntervalMs: number;
    readonly brokerSessionTimeoutMs: number;
    readonly quorumElectionTimeoutMs: number;
    readonly quorumFetchTimeoutMs: number;
    readonly metadataLogSegmentBytes: number;
    readonly metadataLogMaxRecordBytesBetweenSnapshots: number;
    readonly metadataLogMaxSnapshotIntervalMs: number;

    readonly group: GroupSettings;
    readonly cleaner: CleanerSettings;

    /** What a topic without overrides of its own has. */
    readonly topicDefaults: TopicSettings;
  };

export type ResolvedBroker =
  | { readonly settings: BrokerSettings; readonly warnings: readonly string[] }
  | { readonly problems: readonly string[] };

/**
 * Settings of a broker started with these properties, or one line for each reason why they will not
 * do. `hostName` is told to clients when the node listens on every interface and nothing says better.
 */
export function resolveBrokerSettings(
  properties: Properties,
  hostName = "127.0.0.1",
): ResolvedBroker {
  const notes = { problems: [] as string[], warnings: [] as string[] };
  for (const [key, text] of Object.entries(properties)) {
    const judged = judgeBrokerKey(key);
    if (judged.verdict === "unknown") notes.problems.push(judged.line);
    if (judged.verdict === "removed") notes.warnings.push(judged.line);
    const definition = brokerDefinitionOf(key);
    if (definition === undefined) continue;
    const checked = parseConfigValue(definition, text);
    if ("problem" in checked) notes.problems.push(checked.problem);
  }
  if (notes.problems.length > 0) return { problems: notes.problems };

  const levels: BrokerLevels = {
    staticProperties: properties,
    dynamicProperties: {},
    dynamicDefaultProperties: {},
  };
  const reader = readerOf(levels);
  notes.problems.push(...contradictions(levels));
  const listener = resolveListener(reader, hostName, notes);
  const tls = listener === undefined ? null : controllerTlsOf(levels, listener);
  if (tls !== null && !("key" in tls)) notes.problems.push(...tls);
  if (listener === undefined || notes.problems.length > 0) return { problems: notes.problems };
  const settings = typed(levels, listener, tls !== null && "key" in tls ? tls : null);
  return { settings, warnings: notes.warnings };
}

/** The same broker under other dynamic configs. Keys that may not change are not heeded. */
export function withDynamicConfigs(
  settings: BrokerSettings,
  dynamicProperties: Properties,
  dynamicDefaultProperties: Properties,
): BrokerSettings {
  const { staticProperties } = settings;
  const levels = {
    staticProperties,
    dynamicProperties: changeable(dynamicProperties),
    dynamicDefaultProperties: changeable(dynamicDefaultProperties),
  };
  // Of the quorum nothing may change while a node runs.
  const { quorum } = settings;
  const fixed = { controllerName: "", controllerTls: false, controller: null };
  return { ...typed(levels, { ...settings, ...fixed, advertisedController: null }, null), quorum };
}

function changeable(properties: Properties): Properties {
  const entries = Object.entries(properties).filter(([name, text]) => {
    const definition = brokerDefinitionOf(name);
    if (definition === undefined || definition.scope === "read-only") return false;
    return "value" in parseConfigValue(definition, text);
  });
  return Object.fromEntries(entries);
}

/** What the listener itself is told goes before what all are (`valuesWithPrefixOverride`, KIP-103). */
function controllerTlsOf(
  levels: BrokerLevels,
  { controllerTls, controllerName }: ControllerListener,
): QuorumTls | readonly string[] | null {
  if (!controllerTls) return null;
  const prefix = `listener.name.${controllerName.toLowerCase()}.`;
  const own = new Map(Object.entries(levels.staticProperties));
  const reader = new ConfigReader(
    (name) => brokerKeys.get(name),
    (name) => own.get(prefix + name) ?? brokerText(levels, name),
  );
  return quorumTls(reader);
}

function readerOf(levels: BrokerLevels): ConfigReader {
  return new ConfigReader(
    (name) => brokerKeys.get(name),
    (name) => brokerText(levels, name),
  );
}

/** Values that are right each by itself and wrong together (`KafkaConfig.validateValues`). */
export function contradictions(levels: BrokerLevels): readonly string[] {
  const reader = readerOf(levels);
  const problems: string[] = [];
  const wrong = (condition: boolean, line: string): void => {
    if (condition) problems.push(line);
  };
  const isSet = (name: string): boolean => isBrokerKeySet(levels, name);
  wrong(
    isSet("node.id") &&
      isSet("broker.id") &&
      reader.number("node.id") !== reader.number("broker.id"),
    "node.id and broker.id are both set and differ",
  );
  const nodeId = nodeIdOf(reader, levels);
  wrong(nodeId < 0, `node.id must be at least 0, not ${nodeId}`);
  const retentionMs = reader.number("log.retention.ms");
  wrong(
    retentionMs === 0 || retentionMs < -1,
    "log.retention.ms must be unlimited (-1) or, greater than or equal to 1",
  );
  const jitterMs = reader.number("log.roll.jitter.ms");
  wrong(jitterMs > reader.number("log.roll.ms"), "log.roll.jitter.ms must not exceed log.roll.ms");
  const queued = reader.number("queued.max.request.bytes");
  const largest = reader.number("socket.request.max.bytes");
  wrong(
    isSet("queued.max.request.bytes") && queued > 0 && queued < largest,
    "queued.max.request.bytes must be larger or equal to socket.request.max.bytes",
  );
  wrong(
    !reader.list("process.roles").includes("broker"),
    "process.roles must hold broker: a node that is a controller alone is not served yet",
  );
  wrong(logDirectories(reader).length === 0, "log.dirs names no directory");
  const overrides = perIpOverrides(reader);
  if (typeof overrides === "string") problems.push(overrides);
  problems.push(...quorumProblems(reader, nodeId));
  return problems;
}

function nodeIdOf(reader: ConfigReader, levels: BrokerLevels): number {
  const older = !isBrokerKeySet(levels, "node.id") && isBrokerKeySet(levels, "broker.id");
  return reader.number(older ? "broker.id" : "node.id");
}

function logDirectories(reader: ConfigReader): readonly string[] {
  const several = reader.list("log.dirs");
  const given = several.length > 0 ? several : reader.list("log.dir");
  const paths = given.map((path) => path.replace(/(?<=.)\/+$/, ""));
  return [...new Set(paths)].filter((path) => path !== "");
}

function directorySettings(
  reader: ConfigReader,
): Pick<BrokerSettings, "logDirectory" | "logDirectories" | "metadataLogDirectory"> {
  const directories = logDirectories(reader);
  const [logDirectory = ""] = directories;
  return {
    logDirectory,
    logDirectories: directories,
    metadataLogDirectory: reader.stringOrNull("metadata.log.dir") ?? logDirectory,
  };
}

function perIpOverrides(reader: ConfigReader): Readonly<Record<string, number>> | string {
  const limits: [string, number][] = [];
  for (const pair of reader.string("max.connections.per.ip.overrides").split(",")) {
    if (pair.trim() === "") continue;
    const match = /^\s*(?<address>.+?)\s*:\s*(?<count>\d{1,9})\s*$/.exec(pair);
    if (match?.groups === undefined) {
      return `max.connections.per.ip.overrides: ${pair.trim()} is not of the form address:count`;
    }
    limits.push([match.groups["address"] ?? "", Number(match.groups["count"])]);
  }
  return Object.fromEntries(limits);
}

type ReadyTls = QuorumTls | null;

/** All typed settings, from texts that have been checked. */
function typed(levels: BrokerLevels, listener: ClientListener, tls: ReadyTls): BrokerSettings {
  const reader = readerOf(levels);
  const overrides = perIpOverrides(reader);
  const rack = reader.stringOrNull("broker.rack");
  const socketRequestMaxBytes = reader.number("socket.request.max.bytes");
  const queued = reader.number("queued.max.request.bytes");
  const defaultReplicationFactor = reader.number("default.replication.factor");
  return {
    staticProperties: levels.staticProperties,
    dynamicProperties: levels.dynamicProperties,
    dynamicDefaultProperties: levels.dynamicDefaultProperties,
    nodeId: nodeIdOf(reader, levels),
    rack: rack === "" ? null : rack,
    listenerName: listener.listenerName,
    listenerHost: listener.listenerHost,
    listenerPort: listener.listenerPort,
    advertisedHost: listener.advertisedHost,
    advertisedPort: listener.advertisedPort,
    socketListenBacklogSize: reader.number("socket.listen.backlog.size"),
    ...directorySettings(reader),
    numPartitions: reader.number("num.partitions"),
    defaultReplicationFactor,
    autoCreateTopics: reader.boolean("auto.create.topics.enable"),
    deleteTopicEnable: reader.boolean("delete.topic.enable"),
    messageMaxBytes: reader.number("message.max.bytes"),
    socketRequestMaxBytes,
    // One request of the largest size must always fit, or it would wait for ever.
    queuedMaxRequestBytes:
      queued <= 0 ? Number.MAX_SAFE_INTEGER : Math.max(queued, socketRequestMaxBytes),
    queuedMaxRequests: reader.number("queued.max.requests"),
    maxConnections: reader.number("max.connections"),
    maxConnectionsPerIp: reader.number("max.connections.per.ip"),
    maxConnectionsPerIpOverrides: typeof overrides === "string" ? {} : overrides,
    maxConnectionCreationRate: reader.number("max.connection.creation.rate"),
    connectionsMaxIdleMs: reader.number("connections.max.idle.ms"),
    fetchMaxBytes: reader.number("fetch.max.bytes"),
    maxIncrementalFetchSessionCacheSlots: reader.number(
      "max.incremental.fetch.session.cache.slots",
    ),
    maxRequestPartitionSizeLimit: reader.number("max.request.partition.size.limit"),
    requestTimeoutMs: reader.number("request.timeout.ms"),
    producerIdExpirationMs: reader.number("producer.id.expiration.ms"),
    producerIdExpirationCheckIntervalMs: reader.number("producer.id.expiration.check.interval.ms"),
    transactionMaxTimeoutMs: reader.number("transaction.max.timeout.ms"),
    logRetentionCheckIntervalMs: reader.number("log.retention.check.interval.ms"),
    logFlushOffsetCheckpointIntervalMs: reader.number("log.flush.offset.checkpoint.interval.ms"),
    logFlushStartOffsetCheckpointIntervalMs: reader.number(
      "log.flush.start.offset.checkpoint.interval.ms",
    ),
    logInitialTaskDelayMs: reader.number("log.initial.task.delay.ms"),
    numRecoveryThreadsPerDataDir: reader.number("num.recovery.threads.per.data.dir"),
    quorum: quorumSettings(reader, nodeIdOf(reader, levels), listener, tls),
    brokerHeartbeatIntervalMs: reader.number("broker.heartbeat.interval.ms"),
    brokerSessionTimeoutMs: reader.number("broker.session.timeout.ms"),
    quorumElectionTimeoutMs: reader.number("controller.quorum.election.timeout.ms"),
    quorumFetchTimeoutMs: reader.number("controller.quorum.fetch.timeout.ms"),
    metadataLogSegmentBytes:
      reader.numberOrNull("internal.metadata.log.segment.bytes") ??
      reader.number("metadata.log.segment.bytes"),
    metadataLogMaxRecordBytesBetweenSnapshots: reader.number(
      "metadata.log.max.record.bytes.between.snapshots",
    ),
    metadataLogMaxSnapshotIntervalMs: reader.number("metadata.log.max.snapshot.interval.ms"),
    group: groupSettings(reader),
    cleaner: cleanerSettings(reader),
    topicDefaults: resolveTopicSettings(levels, {}, defaultReplicationFactor),
  };
}
