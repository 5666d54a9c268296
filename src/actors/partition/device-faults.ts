// A fault of the device is this partition's own, until the broker has found out whether the whole data
// directory has failed (actors/broker/directories.ts).
//
// Lives on: host thread (part of the partition actor).

import type { Fault, FaultCode } from "../../base/outcome.ts";
import { brokerRef } from "../broker/messages.ts";
import type { PartitionOutbox } from "./state.ts";

/** Not those that a request or a damaged file may have by itself. EINVAL: also what has no name here. */
const deviceFaults: ReadonlySet<FaultCode> = new Set([
  "EIO",
  "EROFS",
  "EACCES",
  "ENOENT",
  "EINVAL",
]);

export function isDeviceFault({ fault }: Fault): boolean {
  return deviceFaults.has(fault);
}

export function suspectDevice(out: PartitionOutbox, logDirectory: string): void {
  out.tell(brokerRef(out.hostIndex), "deviceFailed", { logDirectory });
}
