// What came of something that may fail for reasons outside the program: a disk, a peer, a deadline.
// Such faults are plain data, so they survive msgpack and a change of host, and a caller cannot
// forget that they exist.
//
// Lives on: anywhere.

/** Why an operation did not happen. Disk faults carry the errno name the system gave. */
export type FaultCode =
  | "timeout" // no answer within the deadline; it may still have happened
  | "mailboxFull" // the receiver's bound was reached; it did not happen
  | "stopped" // the receiver, or its whole host, ended before it answered
  | "noSuchActor" // nobody lives at that address
  | "EIO"
  | "ENOSPC"
  | "ENOENT"
  | "EEXIST"
  | "EACCES"
  | "EROFS"
  | "EMFILE"
  | "ENOTEMPTY"
  | "EINVAL"
  | "EADDRINUSE"
  | "EADDRNOTAVAIL"
  | "ECONNREFUSED"
  | "ECONNRESET"
  | "EPIPE"
  | "corrupt" // bytes that do not hold what their checksum or header says
  | "tooLarge" // a result would pass the bound that the caller gave
  | "refused"; // the other side understood and said no; `detail` says why

export type Fault = { readonly ok: false; readonly fault: FaultCode; readonly detail: string };
export type Success<T> = { readonly ok: true; readonly value: T };
export type Outcome<T> = Success<T> | Fault;

export function success<T>(value: T): Success<T> {
  return { ok: true, value };
}

export function failure(fault: FaultCode, detail: string): Fault {
  return { ok: false, fault, detail };
}

/**
 * Carries a fault up through the generators of one routine. The runtime turns it back into a plain
 * `Fault` at the routine's end, so it never crosses a mailbox.
 */
export class FaultRaised extends Error {
  override readonly name = "FaultRaised";
  readonly fault: Fault;
  constructor(fault: Fault) {
    super(`${fault.fault}: ${fault.detail}`);
    this.fault = fault;
  }
}

/** The value of a success; raises the fault otherwise. For use inside routines only. */
export function need<T>(outcome: Outcome<T>): T {
  if (outcome.ok) return outcome.value;
  throw new FaultRaised(outcome);
}
