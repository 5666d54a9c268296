// From what Node says of a failed socket to the fault codes of the ports.
//
// Lives on: anywhere.

import type { FaultCode, Fault } from "../base/outcome.ts";
import { failure } from "../base/outcome.ts";

const codes: ReadonlyMap<string, FaultCode> = new Map([
  ["EADDRINUSE", "EADDRINUSE"],
  ["EADDRNOTAVAIL", "EADDRNOTAVAIL"],
  ["EACCES", "EACCES"],
  ["EPERM", "EACCES"],
  ["EINVAL", "EINVAL"],
  ["EMFILE", "EMFILE"],
  ["ENFILE", "EMFILE"],
  ["ECONNREFUSED", "ECONNREFUSED"],
  ["ECONNRESET", "ECONNRESET"],
  ["ECONNABORTED", "ECONNRESET"],
  ["EPIPE", "EPIPE"],
  ["ETIMEDOUT", "timeout"],
  // Names that do not resolve and networks that cannot be reached.
  ["ENOTFOUND", "EADDRNOTAVAIL"],
  ["EAI_AGAIN", "EADDRNOTAVAIL"],
  ["EHOSTUNREACH", "ECONNREFUSED"],
  ["ENETUNREACH", "ECONNREFUSED"],
]);

export function socketFault(error: Error & { code?: string }): Fault {
  return failure(codes.get(error.code ?? "") ?? "ECONNRESET", error.message);
}
