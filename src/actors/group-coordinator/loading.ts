// Reads the coordinator's partition from its start to its end, once, before any request is served.
//
// Lives on: host thread (part of the group coordinator).

import { failure, need } from "../../base/outcome.ts";
import { ErrorCode } from "../../protocol/error-codes.ts";
import type { ActorRef } from "../../runtime/actor.ts";
import type { Routine } from "../../runtime/routine.ts";
import { ask, sleep } from "../../runtime/routine.ts";
import type { PartitionProtocol } from "../partition/messages.ts";
import { Replay } from "./replay.ts";

const EARLIEST = -2;
const LIST_OFFSETS_VERSION = 9;
/** What is in the log and not yet visible will be, as soon as it is synced. */
const NOT_YET_VISIBLE_MS = 10;

/** A fault when the log cannot be read. */
export function* load(partition: ActorRef<PartitionProtocol>, chunkBytes: number): Routine<Replay> {
  const opened = need(yield* ask(partition, "opened", {}, Infinity));
  const { logEndOffset } = need(opened);
  const question = {
    timestamp: EARLIEST,
    readCommitted: false,
    currentLeaderEpoch: -1,
    version: LIST_OFFSETS_VERSION,
  };
  const start = need(yield* ask(partition, "listOffset", question, Infinity));
  if (start.errorCode !== ErrorCode.NONE) return raise(start.errorCode);
  const replay = new Replay();
  for (let offset = start.offset; offset < logEndOffset;) {
    const args = {
      fetchOffset: offset,
      maxBytes: chunkBytes,
      wholeFirstBatch: true,
      currentLeaderEpoch: -1,
      lastFetchedEpoch: -1,
      readCommitted: false,
    };
    const fetched = need(yield* ask(partition, "fetch", args, Infinity));
    if (fetched.errorCode !== ErrorCode.NONE) return raise(fetched.errorCode);
    if (fetched.records.byteLength === 0) yield* sleep(NOT_YET_VISIBLE_MS);
    else offset = replay.add(fetched.records, offset);
  }
  return replay;
}

function raise(errorCode: ErrorCode): never {
  return need<never>(failure("refused", `the partition answers with error ${errorCode}`));
}
