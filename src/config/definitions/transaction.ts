// Idempotent producers and transactions.
//
// Lives on: anywhere (data).

import type { ConfigDefinition } from "../definition.ts";
import { boolean, int, short } from "../definition.ts";

export const transactionDefinitions: readonly ConfigDefinition[] = [
  int(
    "producer.id.expiration.ms",
    "86400000",
    "low",
    "How long a partition remembers an idempotent producer that writes nothing.",
    { atLeast: 1, scope: "cluster-wide" },
  ),
  int(
    "producer.id.expiration.check.interval.ms",
    "600000",
    "low",
    "How often partitions look for producers to forget.",
    { atLeast: 1, internal: true },
  ),
  int(
    "transaction.max.timeout.ms",
    "900000",
    "high",
    "Longest transaction timeout a producer may ask for.",
    { atLeast: 1 },
  ),
  int(
    "transactional.id.expiration.ms",
    "604800000",
    "high",
    "How long an unused transactional id is remembered.",
    { atLeast: 1 },
  ),
  int(
    "transaction.abort.timed.out.transaction.cleanup.interval.ms",
    "10000",
    "low",
    "How often transactions that ran out of time are looked for and aborted.",
    { atLeast: 1 },
  ),
  int(
    "transaction.remove.expired.transaction.cleanup.interval.ms",
    "3600000",
    "low",
    "How often expired transactional ids are removed.",
    { atLeast: 1 },
  ),
  boolean(
    "transaction.partition.verification.enable",
    "true",
    "low",
    "Whether a partition asks the coordinator before it takes a transactional write.",
    { scope: "cluster-wide" },
  ),
  boolean(
    "transaction.two.phase.commit.enable",
    "false",
    "low",
    "Whether transactions of an outside coordinator, which never time out, are allowed.",
  ),
  int(
    "transaction.state.log.load.buffer.size",
    "5242880",
    "high",
    "Bytes read at once when a coordinator loads its transactions.",
    { atLeast: 1 },
  ),
  int(
    "transaction.state.log.min.isr",
    "2",
    "high",
    "Replicas of the transaction topic that must hold a write.",
    { atLeast: 1 },
  ),
  int(
    "transaction.state.log.num.partitions",
    "50",
    "high",
    "Partitions of the transaction topic; must not change once it exists.",
    { atLeast: 1 },
  ),
  short(
    "transaction.state.log.replication.factor",
    "3",
    "high",
    "Replicas of the transaction topic.",
    { atLeast: 1 },
  ),
  int(
    "transaction.state.log.segment.bytes",
    "104857600",
    "high",
    "Segment size of the transaction topic.",
    { atLeast: 1 },
  ),
  int(
    "add.partitions.to.txn.retry.backoff.ms",
    "20",
    "high",
    "Pause before the broker tries again to add a partition to a transaction.",
    { atLeast: 1 },
  ),
  int(
    "add.partitions.to.txn.retry.backoff.max.ms",
    "100",
    "high",
    "How long in all the broker tries to add a partition to a transaction.",
    { atLeast: 0 },
  ),
];
