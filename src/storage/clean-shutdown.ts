// `.kafka_cleanshutdown`: there when the last stop of the node was in good order
// (`CleanShutdownFileHandler` of Kafka). It is read and removed before the first write of a run.
//
// Lives on: anywhere (pure over the Disk port).

import type { Outcome } from "../base/outcome.ts";
import { failure, success } from "../base/outcome.ts";
import type { Routine } from "../runtime/routine.ts";
import { tryDisk } from "../runtime/routine.ts";
import { bytesOf } from "./text-file.ts";

export const CLEAN_SHUTDOWN_FILE = ".kafka_cleanshutdown";
const CLEAN_SHUTDOWN_BYTES_MAX = 4096;

export type CleanShutdown = {
  /** The broker epoch of the run that ended; -1 when it is not told. */
  readonly brokerEpoch: number;
};

export function encodeCleanShutdown({ brokerEpoch }: CleanShutdown): Uint8Array {
  return bytesOf(JSON.stringify({ version: 0, brokerEpoch }));
}

export function decodeCleanShutdown(bytes: Uint8Array): Outcome<CleanShutdown> {
  // Kafka before 3.7 left the file empty.
  if (bytes.length === 0) return success({ brokerEpoch: -1 });
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return failure("corrupt", "the clean shutdown mark is not JSON");
  }
  if (typeof value !== "object" || value === null || !("version" in value)) {
    return failure("corrupt", "the clean shutdown mark has no version");
  }
  const brokerEpoch = "brokerEpoch" in value ? value.brokerEpoch : -1;
  return success({ brokerEpoch: Number.isSafeInteger(brokerEpoch) ? Number(brokerEpoch) : -1 });
}

/** False also when the mark cannot be read: then the logs are looked at, which harms nobody. */
export function* readCleanShutdown(path: string): Routine<boolean> {
  const read = yield* tryDisk("read", { path, position: 0, length: CLEAN_SHUTDOWN_BYTES_MAX });
  return read.ok && decodeCleanShutdown(read.value).ok;
}
