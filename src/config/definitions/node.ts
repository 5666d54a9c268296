// Who the node is, where it keeps its data, and what it does beside serving clients.
//
// Lives on: anywhere (data).

import type { ConfigDefinition } from "../definition.ts";
import { boolean, className, int, list, long, longMax, string } from "../definition.ts";

export const nodeDefinitions: readonly ConfigDefinition[] = [
  int("node.id", null, "high", "Number that tells this node from the others of its cluster.", {
    atLeast: 0,
  }),
  int("broker.id", "-1", "high", "Older name of `node.id`; when both are set they must agree."),
  list(
    "process.roles",
    null,
    "high",
    "What the process does; a Gofka node always is both broker and controller.",
    { oneOf: ["broker", "controller"] },
  ),
  string(
    "broker.rack",
    null,
    "medium",
    "Place of this node, so that replicas can be spread over several places.",
  ),
  list(
    "log.dir",
    "/tmp/kafka-logs",
    "high",
    "Directory for all data, used when `log.dirs` is not set.",
  ),
  list(
    "log.dirs",
    null,
    "high",
    "Directories for all data, each a disk of its own if you like. A new partition goes to the one with the fewest; the first keeps the metadata log too, unless `metadata.log.dir` is set.",
  ),
  long(
    "log.dir.failure.timeout.ms",
    "30000",
    "low",
    "How long a failed directory may stay unknown to the controller before the node stops itself.",
    { atLeast: 1 },
  ),
  list(
    "cordoned.log.dirs",
    "",
    "medium",
    "Data directories that get no new partitions; `*` means all of them.",
    { scope: "per-broker" },
  ),
  long(
    "server.max.startup.time.ms",
    longMax,
    "medium",
    "How long a start may take before the node gives up.",
    { atLeast: 0, internal: true },
  ),
  int(
    "initial.broker.registration.timeout.ms",
    "60000",
    "medium",
    "How long a starting node tries to register with the controller before it gives up.",
  ),
  boolean(
    "controlled.shutdown.enable",
    "true",
    "medium",
    "Whether a node hands its leaders over before it stops.",
  ),
  int(
    "background.threads",
    "10",
    "high",
    "Threads for housekeeping in Kafka; Gofka's hosts do this work themselves.",
    { atLeast: 1, scope: "cluster-wide" },
  ),
  int(
    "num.io.threads",
    "8",
    "high",
    "Threads that work on requests in Kafka; Gofka runs host threads instead.",
    { atLeast: 1, scope: "cluster-wide" },
  ),
  int(
    "num.network.threads",
    "3",
    "high",
    "Threads that serve sockets in Kafka; Gofka runs host threads instead.",
    { atLeast: 1, scope: "cluster-wide" },
  ),
  int(
    "num.recovery.threads.per.data.dir",
    "2",
    "high",
    "How many logs are recovered side by side when the node starts.",
    { atLeast: 1, scope: "cluster-wide" },
  ),
  int(
    "num.replica.alter.log.dirs.threads",
    null,
    "high",
    "Threads that move replicas between data directories.",
  ),
  boolean(
    "unstable.api.versions.enable",
    "false",
    "high",
    "Whether API versions still under development are offered to clients.",
    { internal: true },
  ),
  boolean(
    "unstable.feature.versions.enable",
    "false",
    "high",
    "Whether feature levels still under development may be chosen.",
    { internal: true },
  ),
  list(
    "config.providers",
    "",
    "low",
    "Names of the sources from which placeholders in values are filled in.",
    { scope: "cluster-wide" },
  ),
  list(
    "metric.reporters",
    "org.apache.kafka.common.metrics.JmxReporter",
    "low",
    "Classes that publish metrics in Kafka; Gofka publishes its own way.",
    { scope: "cluster-wide" },
  ),
  int("metrics.num.samples", "2", "low", "How many time windows a rate or average is taken over.", {
    atLeast: 1,
  }),
  string(
    "metrics.recording.level",
    "INFO",
    "low",
    "Which metrics are recorded: INFO, DEBUG or TRACE.",
  ),
  long(
    "metrics.sample.window.ms",
    "30000",
    "low",
    "Length of one time window of a rate or average.",
    { atLeast: 1 },
  ),
  int(
    "kafka.metrics.polling.interval.secs",
    "10",
    "low",
    "How often Kafka's older metric reporters are polled.",
    { atLeast: 1 },
  ),
  list("kafka.metrics.reporters", "", "low", "Kafka's older metric reporters."),
  int("telemetry.max.bytes", "1048576", "low", "Largest telemetry report taken from a client.", {
    atLeast: 1,
  }),
  className(
    "create.topic.policy.class.name",
    null,
    "low",
    "Class that may refuse new topics in Kafka; not used by Gofka.",
  ),
  className(
    "alter.config.policy.class.name",
    null,
    "low",
    "Class that may refuse changes of configs in Kafka; not used by Gofka.",
  ),
];
