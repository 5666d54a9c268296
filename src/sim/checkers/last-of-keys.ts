// What must hold of a compacted partition's whole log: of every key its last acknowledged record is
// there, or a later one. Only a tombstone may go, when its time has come, and then nothing older of its
// key may be left or come back. Everything else that has gone was superseded.
//
// Lives on: the simulator's thread.

import type { PartitionHistory, Send } from "../history.ts";
import type { Verdict } from "../verdict.ts";
import type { LoggedRecord } from "./fetched-bytes.ts";
import type { WholeLog } from "./whole-log.ts";

const keyOf = ({ record }: Send): string => (record.key ?? []).toString();

export function checkLastOfKeys(
  verdict: Verdict,
  partition: PartitionHistory,
  log: WholeLog,
  nowMs: number,
): void {
  // What a power cut has taken where syncs are not waited for is nobody's to say.
  if (partition.lossesAtMs.length > 0) return;
  const found = new Map<string, LoggedRecord>();
  for (const record of log.records) found.set(keyOf(record.send), record);
  for (const [key, last] of lastAcked(partition)) {
    const there = found.get(key);
    if (last.offset < log.logStartOffset || (there && there.offset >= last.offset)) continue;
    const where = (): string => {
      const now = there === undefined ? "nothing" : `offset ${there.offset}`;
      const kind = last.record.value === null ? "tombstone" : "record";
      const { id, offset, settledAtMs } = last;
      return `${partition.name}: ${kind} ${id} of key ${key} at ${offset}, acknowledged at ${settledAtMs.toFixed(3)}; there is ${now}`;
    };
    const gone = tombstonesFrom(partition, last);
    verdict.hold(gone.length > 0, "compaction keeps the last record of every key", where);
    const isOver = gone.some((tombstone) => mayBeGone(partition, tombstone, nowMs));
    verdict.hold(isOver, "a tombstone stays for its time", where);
    verdict.hold(there === undefined, "what a tombstone has deleted is gone for good", where);
  }
}

/** By key: of what was acknowledged, the record with the highest offset. */
function lastAcked({ sends }: PartitionHistory): Map<string, Send> {
  const last = new Map<string, Send>();
  for (const send of sends) {
    if (send.outcome !== "ok" || send.acks === 0) continue;
    const key = keyOf(send);
    if (send.offset > (last.get(key)?.offset ?? -1)) last.set(key, send);
  }
  return last;
}

/** The tombstones of a key that are, or may be, at the offset of its last record or behind. */
function tombstonesFrom({ sends }: PartitionHistory, last: Send): Send[] {
  const key = keyOf(last);
  return sends.filter((send) => {
    if (send.record.value !== null || keyOf(send) !== key || send.outcome === "refused") {
      return false;
    }
    return send.offset < 0 || send.offset >= last.offset;
  });
}

/** Of one that was never acknowledged nobody knows when it was written. */
function mayBeGone({ promise, clockMoved }: PartitionHistory, send: Send, nowMs: number): boolean {
  if (clockMoved || send.outcome !== "ok") return true;
  return nowMs - send.settledAtMs >= (promise.tombstonesStayMs ?? Infinity);
}
