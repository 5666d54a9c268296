// Listeners, connections, and how much of clients' requests may be in memory.
//
// Lives on: anywhere (data).

import type { ConfigDefinition } from "../definition.ts";
import { int, intMax, list, long, string } from "../definition.ts";

export const networkDefinitions: readonly ConfigDefinition[] = [
  list(
    "listeners",
    "PLAINTEXT://:9092",
    "high",
    "Where the node listens, as a list of `NAME://host:port`; an empty host means every interface, port 0 any free port.",
    { scope: "per-broker" },
  ),
  list(
    "advertised.listeners",
    null,
    "high",
    "Addresses told to clients, as a list of `NAME://host:port`; those of `listeners` when not set.",
  ),
  string(
    "listener.security.protocol.map",
    "SASL_SSL:SASL_SSL,PLAINTEXT:PLAINTEXT,SSL:SSL,SASL_PLAINTEXT:SASL_PLAINTEXT",
    "low",
    "Security protocol of each listener name, as `NAME:PROTOCOL` pairs.",
    { scope: "per-broker" },
  ),
  list("early.start.listeners", null, "high", "Listeners opened before authorization is ready."),
  string("inter.broker.listener.name", null, "medium", "Listener that nodes use among themselves."),
  string(
    "security.inter.broker.protocol",
    "PLAINTEXT",
    "medium",
    "Security protocol that nodes use among themselves when no listener name is given.",
    { oneOf: ["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] },
  ),
  int("socket.listen.backlog.size", "50", "medium", "Connections that may wait to be accepted.", {
    atLeast: 1,
  }),
  int(
    "socket.receive.buffer.bytes",
    "102400",
    "high",
    "Kernel receive buffer of a connection; -1 leaves it to the system.",
  ),
  int(
    "socket.send.buffer.bytes",
    "102400",
    "high",
    "Kernel send buffer of a connection; -1 leaves it to the system.",
  ),
  int("socket.request.max.bytes", "104857600", "high", "Largest request that is read at all.", {
    atLeast: 1,
  }),
  long(
    "socket.connection.setup.timeout.ms",
    "10000",
    "medium",
    "How long the first attempt to connect to another node may take.",
  ),
  long(
    "socket.connection.setup.timeout.max.ms",
    "30000",
    "medium",
    "Upper bound of the growing time allowed to connect to another node.",
  ),
  long(
    "connections.max.idle.ms",
    "600000",
    "medium",
    "A connection with no traffic for this long is closed.",
  ),
  long(
    "connections.max.reauth.ms",
    "0",
    "medium",
    "How long a login stays valid before the client must log in anew; 0 means for ever.",
  ),
  int(
    "connection.failed.authentication.delay.ms",
    "100",
    "low",
    "Pause before a connection whose login failed is closed.",
    { atLeast: 0 },
  ),
  int("max.connections", intMax, "medium", "Connections the node holds at once.", {
    atLeast: 0,
    scope: "cluster-wide",
  }),
  int("max.connections.per.ip", intMax, "medium", "Connections taken from one address at once.", {
    atLeast: 0,
    scope: "cluster-wide",
  }),
  string(
    "max.connections.per.ip.overrides",
    "",
    "medium",
    "Other limits for single addresses, as `address:count` pairs.",
    { scope: "cluster-wide" },
  ),
  int("max.connection.creation.rate", intMax, "medium", "New connections accepted per second.", {
    atLeast: 0,
    scope: "cluster-wide",
  }),
  int(
    "queued.max.requests",
    "500",
    "high",
    "Requests that may wait for a thread before reading stops.",
    { atLeast: 1 },
  ),
  long(
    "queued.max.request.bytes",
    "-1",
    "medium",
    "Bytes of requests that may be in memory at once before reading stops.",
  ),
  int(
    "request.timeout.ms",
    "30000",
    "high",
    "How long the node waits for an answer from another node or from its own controller.",
  ),
  int(
    "max.request.partition.size.limit",
    "2000",
    "medium",
    "Partitions that one DescribeTopicPartitions answer may hold.",
    { atLeast: 1 },
  ),
  int(
    "fetch.max.bytes",
    "57671680",
    "medium",
    "Most bytes one Fetch answer holds; a single larger batch is still delivered.",
    { atLeast: 1024 },
  ),
  int(
    "max.incremental.fetch.session.cache.slots",
    "1000",
    "medium",
    "Fetch sessions kept at once.",
    { atLeast: 0 },
  ),
  int(
    "fetch.purgatory.purge.interval.requests",
    "1000",
    "medium",
    "How often Kafka clears finished fetches out of its waiting list, in requests.",
  ),
  int(
    "producer.purgatory.purge.interval.requests",
    "1000",
    "medium",
    "How often Kafka clears finished produces out of its waiting list, in requests.",
  ),
  int(
    "delete.records.purgatory.purge.interval.requests",
    "1",
    "medium",
    "How often Kafka clears finished record deletions out of its waiting list, in requests.",
  ),
  int(
    "share.fetch.purgatory.purge.interval.requests",
    "1000",
    "medium",
    "How often Kafka clears finished share fetches out of its waiting list, in requests.",
  ),
];
