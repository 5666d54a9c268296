// System calls by stage, from what `strace -f -y` wrote: with the file or socket behind each descriptor.
//
// Lives on: the developer's machine.

import type { ByPlace } from "./profiles.ts";
import type { Place } from "./rules.ts";

const call = /^\d+ +(\w+)\((?:\d+<([^>]*)>)?/;

function placeOfCall(name: string, target: string): Place {
  if (target.includes("socket:") || target.startsWith("TCP")) {
    return /^(read|recv)/.test(name) ? "socket read" : "socket write";
  }
  if (/^(f?sync|fdatasync)$/.test(name)) return "sync";
  if (/^(pwrite|pwritev)/.test(name)) return "write";
  if (/^(pread|preadv)/.test(name)) return "read";
  if (name.startsWith("epoll")) return "socket read";
  // How one thread wakes another: a host, the pool that syncs, or the collector's helpers.
  if (name === "futex" || target.includes("eventfd")) return "hop";
  return /^(openat|close|rename|fstat|statx|ftruncate|unlink)/.test(name) ? "log keeping" : "other";
}

/** A call that was interrupted has two lines; the second has no name with a bracket, so it is not counted. */
export function systemCallsByPlace(trace: string): ByPlace {
  const sums: ByPlace = new Map();
  for (const line of trace.split("\n")) {
    const [, name, target = ""] = call.exec(line) ?? [];
    if (name === undefined) continue;
    const place = placeOfCall(name, target);
    sums.set(place, (sums.get(place) ?? 0) + 1);
  }
  return sums;
}
