// Reads every log of the world from its start to its end, checked like any other reading.
//
// Lives on: the simulator's thread.

import { Admin } from "../../client/admin.ts";
import { ErrorCode } from "../../protocol/error-codes.ts";
import type { LoggedRecord } from "../checkers/fetched-bytes.ts";
import { offsetBehind } from "../checkers/fetched-bytes.ts";
import type { WholeLog } from "../checkers/whole-log.ts";
import type { PartitionHistory } from "../history.ts";
import { Consuming } from "./consuming.ts";
import type { SimClient } from "./sim-client.ts";

const EARLIEST = -2;
const LATEST = -1;

type Reading = {
  readonly partition: PartitionHistory;
  start: number;
  end: number;
  /** What lies below has been read. */
  readTo: number;
  readonly records: LoggedRecord[];
};

export function readWholeLogs(
  client: SimClient,
  done: (logs: (readonly [PartitionHistory, WholeLog])[]) => void,
): void {
  const { topics, history } = client.stage;
  const readings = new Map<string, Reading>();
  for (const { name, partitions } of topics) {
    for (let index = 0; index < partitions; index++) {
      const partition = history.partition(name, index);
      readings.set(partition.name, { partition, start: -1, end: -1, readTo: -1, records: [] });
    }
  }
  const all = [...readings.values()];
  const finishWhenRead = (): void => {
    if (!all.every(isRead)) return;
    consuming.close();
    done(all.map(({ partition, start, end, records }) => [partition, logOf(start, end, records)]));
  };
  const options = { minBytes: 1, maxWaitMs: 100, sessions: false };
  const consuming = new Consuming(client, options, (fetched, records) => {
    const reading = readings.get(`${fetched.topic}-${fetched.index}`)!;
    reading.records.push(...records);
    reading.readTo = offsetBehind(fetched.records) ?? reading.readTo;
    finishWhenRead();
  });
  client.learn(() => {
    let missing = 2 * all.length;
    const known = (): void => {
      missing -= 1;
      if (missing > 0) return;
      consuming.start((topic, index) => readings.get(`${topic}-${index}`)?.start ?? 0);
      finishWhenRead();
    };
    for (const reading of all) {
      askOffset(client, reading, EARLIEST, (offset) => {
        reading.start = offset;
        known();
      });
      askOffset(client, reading, LATEST, (offset) => {
        reading.end = offset;
        known();
      });
    }
  });
}

function isRead({ start, end, readTo }: Reading): boolean {
  return start >= 0 && end >= 0 && Math.max(start, readTo) >= end;
}

function logOf(start: number, end: number, records: readonly LoggedRecord[]): WholeLog {
  // The first batch may begin before the log start: a deletion may end in its middle.
  const visible = records.filter(({ offset }) => offset >= start && offset < end);
  return { logStartOffset: start, highWatermark: end, records: visible };
}

function askOffset(
  client: SimClient,
  { partition }: Reading,
  timestamp: number,
  done: (offset: number) => void,
): void {
  const ask = (): void =>
    new Admin(client.cluster).listOffset(partition.topic, partition.index, timestamp, (outcome) => {
      if (outcome.ok && outcome.value.errorCode === ErrorCode.NONE) done(outcome.value.offset);
      else client.clock.startTimer(100, ask);
    });
  ask();
}
