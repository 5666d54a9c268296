// Copying partitions between nodes.
//
// Lives on: anywhere (data).

import type { ConfigDefinition } from "../definition.ts";
import { boolean, className, int, long, longMax, string } from "../definition.ts";

export const replicationDefinitions: readonly ConfigDefinition[] = [
  int(
    "num.replica.fetchers",
    "1",
    "high",
    "Streams over which a node fetches from each other node.",
    { atLeast: 1, scope: "cluster-wide" },
  ),
  int("replica.fetch.min.bytes", "1", "high", "Bytes a follower's fetch waits for."),
  int(
    "replica.fetch.max.bytes",
    "1048576",
    "medium",
    "Bytes per partition that a follower's fetch asks for.",
    { atLeast: 0 },
  ),
  int(
    "replica.fetch.response.max.bytes",
    "10485760",
    "medium",
    "Bytes in all that a follower's fetch asks for.",
    { atLeast: 0 },
  ),
  int(
    "replica.fetch.wait.max.ms",
    "500",
    "high",
    "How long a follower's fetch may wait at the leader.",
  ),
  int("replica.fetch.backoff.ms", "1000", "medium", "Pause of a follower after a failed fetch.", {
    atLeast: 0,
  }),
  long(
    "replica.lag.time.max.ms",
    "30000",
    "high",
    "How long a follower may lag behind before it is taken out of the in-sync replicas.",
  ),
  int(
    "replica.socket.receive.buffer.bytes",
    "65536",
    "high",
    "Kernel receive buffer of a connection that fetches from another node.",
  ),
  int("replica.socket.timeout.ms", "30000", "high", "How long a fetch from another node may take."),
  long(
    "replica.high.watermark.checkpoint.interval.ms",
    "5000",
    "high",
    "How often the high watermarks are written down.",
  ),
  string(
    "replica.selector.class",
    null,
    "medium",
    "Class that picks the replica a consumer reads from.",
  ),
  int(
    "controller.socket.timeout.ms",
    "30000",
    "medium",
    "How long a request from controller to broker may take.",
  ),
  int(
    "broker.heartbeat.interval.ms",
    "2000",
    "medium",
    "How often a broker tells the controller that it is alive.",
  ),
  int(
    "broker.session.timeout.ms",
    "9000",
    "medium",
    "How long the controller waits for a broker's heartbeat before it is taken for dead.",
  ),
  long(
    "leader.replication.throttled.rate",
    longMax,
    "medium",
    "Bytes per second that leaders send to throttled replicas.",
    { atLeast: 0, scope: "cluster-wide", internal: true },
  ),
  long(
    "follower.replication.throttled.rate",
    longMax,
    "medium",
    "Bytes per second that throttled replicas take in.",
    { atLeast: 0, scope: "cluster-wide", internal: true },
  ),
  long(
    "replica.alter.log.dirs.io.max.bytes.per.second",
    longMax,
    "medium",
    "Bytes per second that moving replicas between directories may use.",
    { atLeast: 0, scope: "cluster-wide", internal: true },
  ),
  int(
    "replication.quota.window.num",
    "11",
    "low",
    "Time windows a replication quota is measured over.",
    { atLeast: 1 },
  ),
  int(
    "replication.quota.window.size.seconds",
    "1",
    "low",
    "Length of one time window of a replication quota.",
    { atLeast: 1 },
  ),
  int(
    "alter.log.dirs.replication.quota.window.num",
    "11",
    "low",
    "Time windows the quota of moves between directories is measured over.",
    { atLeast: 1 },
  ),
  int(
    "alter.log.dirs.replication.quota.window.size.seconds",
    "1",
    "low",
    "Length of one time window of the quota of moves between directories.",
    { atLeast: 1 },
  ),
  int("quota.window.num", "11", "low", "Time windows a client quota is measured over.", {
    atLeast: 1,
  }),
  int("quota.window.size.seconds", "1", "low", "Length of one time window of a client quota.", {
    atLeast: 1,
  }),
  int(
    "controller.quota.window.num",
    "11",
    "low",
    "Time windows the quota of changes to topics is measured over.",
    { atLeast: 1 },
  ),
  int(
    "controller.quota.window.size.seconds",
    "1",
    "low",
    "Length of one time window of the quota of changes to topics.",
    { atLeast: 1 },
  ),
  className("client.quota.callback.class", null, "low", "Class that decides client quotas."),
  boolean(
    "follower.fetch.last.tiered.offset.enable",
    "false",
    "medium",
    "Whether an empty follower starts after what is already in tiered storage.",
    { scope: "cluster-wide" },
  ),
];
