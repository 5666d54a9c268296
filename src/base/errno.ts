// What the system's error numbers come to, by the names Node.js gives them.
//
// Lives on: anywhere (pure; for the real adapters).

import type { Fault, FaultCode } from "./outcome.ts";
import { failure } from "./outcome.ts";

const CODES: ReadonlyMap<string, FaultCode> = new Map([
  ["EIO", "EIO"],
  ["ENOSPC", "ENOSPC"],
  ["EDQUOT", "ENOSPC"],
  ["EFBIG", "ENOSPC"],
  ["ENOENT", "ENOENT"],
  ["EEXIST", "EEXIST"],
  ["EACCES", "EACCES"],
  ["EPERM", "EACCES"],
  ["EROFS", "EROFS"],
  ["EMFILE", "EMFILE"],
  ["ENFILE", "EMFILE"],
  ["ENOTEMPTY", "ENOTEMPTY"],
  ["EINVAL", "EINVAL"],
  ["EISDIR", "EINVAL"],
  ["ENOTDIR", "EINVAL"],
  ["ENAMETOOLONG", "EINVAL"],
]);

/** What is not an answer of the system is a bug of ours and goes on its way. */
export function faultOf(error: unknown): Fault {
  const code = codeOf(error);
  if (code === undefined || !/^E[A-Z0-9]+$/.test(code)) throw error;
  // Unknown trouble with a disk is trouble with the disk.
  return failure(CODES.get(code) ?? "EIO", error instanceof Error ? error.message : code);
}

export function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}
