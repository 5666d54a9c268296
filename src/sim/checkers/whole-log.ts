// What must hold of a partition's whole log once the world has calmed down: no acknowledged record is
// missing, no record of an idempotent producer is there twice or out of order, and nothing was
// deleted that nobody asked to be.
//
// Lives on: the simulator's thread.

import type { PartitionHistory, Send } from "../history.ts";
import type { Verdict } from "../verdict.ts";
import type { LoggedRecord } from "./fetched-bytes.ts";
import { checkLastOfKeys } from "./last-of-keys.ts";

export type WholeLog = {
  readonly logStartOffset: number;
  readonly highWatermark: number;
  readonly records: readonly LoggedRecord[];
};

export function checkWholeLog(
  verdict: Verdict,
  partition: PartitionHistory,
  log: WholeLog,
  nowMs: number,
): void {
  if (partition.isCompacted) checkLastOfKeys(verdict, partition, log, nowMs);
  else checkAcked(verdict, partition, log);
  checkOrder(verdict, partition, log);
  checkDeleted(verdict, partition, log);
}

function checkAcked(verdict: Verdict, partition: PartitionHistory, log: WholeLog): void {
  const places = new Map(log.records.map(({ offset, send }) => [send.id, offset]));
  const acked = partition.sends.filter(({ outcome, acks }) => outcome === "ok" && acks !== 0);
  const missing = acked.filter(({ id, offset }) => {
    return places.get(id) !== offset && offset >= log.logStartOffset;
  });
  for (const send of missing) {
    const excuse = isInLostSuffix(partition, acked, new Set(missing), send);
    const { id, offset, producer, settledAtMs } = send;
    verdict.hold(excuse, "no acknowledged record is lost", () => {
      const now = places.has(id) ? `is at ${places.get(id)}` : "is gone";
      const end = `log ${log.logStartOffset}..${log.highWatermark}`;
      const when = `acknowledged at ${settledAtMs.toFixed(3)} for offset ${offset}`;
      return `${partition.name}: record ${id} of ${producer}, ${when}, ${now}; ${end}`;
    });
  }
}

/**
 * Where syncs are not waited for, a power cut takes an unsynced suffix, all of it, and nothing that
 * was acknowledged longer ago than the policy says.
 */
function isInLostSuffix(
  partition: PartitionHistory,
  acked: readonly Send[],
  missing: ReadonlySet<Send>,
  send: Send,
): boolean {
  const { survivesPowerCut, survivesAfterMs } = partition.promise;
  if (survivesPowerCut) return false;
  return partition.lossesAtMs.some((lossMs) => {
    if (send.settledAtMs > lossMs || lossMs - send.settledAtMs > survivesAfterMs) return false;
    return acked.every((other) => {
      const later = other.settledAtMs <= lossMs && other.offset > send.offset;
      return !later || missing.has(other) || wasBefore(partition, other, lossMs);
    });
  });
}

/** Acknowledged before an earlier loss: of another stretch of the log, at perhaps the same offsets. */
function wasBefore(partition: PartitionHistory, send: Send, lossMs: number): boolean {
  return partition.lossesAtMs.some((other) => other < lossMs && send.settledAtMs <= other);
}

function checkOrder(verdict: Verdict, partition: PartitionHistory, log: WholeLog): void {
  const seen = new Set<number>();
  const last = new Map<number, LoggedRecord>();
  for (const record of log.records) {
    const { send, producerId, sequence, offset } = record;
    if (!send.idempotent) continue;
    verdict.hold(!seen.has(send.id), "no duplicate from an idempotent producer", () => {
      return `${partition.name}: record ${send.id} again at offset ${offset}`;
    });
    seen.add(send.id);
    const before = last.get(producerId);
    last.set(producerId, record);
    if (before === undefined) continue;
    const where = (): string =>
      `${partition.name}: producer ${producerId}, records ${before.send.id} and ${send.id} at offset ${offset}, sequences ${before.sequence} and ${sequence}`;
    verdict.hold(before.send.number < send.number, "idempotent producers keep their order", where);
    const mayHaveGaps = partition.isCompacted || partition.lossesAtMs.length > 0;
    const gapless = before.sequence + 1 === sequence || mayHaveGaps;
    verdict.hold(gapless || sequence === 0, "sequences have no gap", where);
  }
}

function checkDeleted(verdict: Verdict, partition: PartitionHistory, log: WholeLog): void {
  const { name, deletableUpTo, deletedUpTo, promise } = partition;
  const asked = log.logStartOffset <= deletableUpTo || promise.mayExpire;
  verdict.hold(asked, "nothing is deleted that nobody asked to be", () => {
    return `${name}: starts at ${log.logStartOffset}, deletion was asked up to ${deletableUpTo}`;
  });
  const kept = log.logStartOffset >= deletedUpTo;
  verdict.hold(kept, "deleted records stay deleted", () => {
    return `${name}: starts at ${log.logStartOffset}, deleted up to ${deletedUpTo}`;
  });
}
