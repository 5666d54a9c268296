// Finding records by time (KIP-79, KIP-734): the segment by its largest timestamp, the batch by the
// time index, the record by looking into the batch.
//
// Lives on: anywhere (over the Disk port).

import type { Routine } from "../runtime/routine.ts";
import type { LogState } from "./log-state.ts";
import type { OffsetAtTime } from "./log-types.ts";

export function* findTimestamp(
  _state: LogState,
  _timestamp: number,
  _end: number,
): Routine<OffsetAtTime | null> {
  return null;
}

export function* findMaxTimestamp(_state: LogState, _end: number): Routine<OffsetAtTime | null> {
  return null;
}
