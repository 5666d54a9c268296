// Begins the threads of `gofka start` before the settings are read, and before what reads them and
// builds a node is even loaded: it takes less long than the threads do to be there.
//
// Lives on: main thread.

import { availableParallelism } from "node:os";
import type { HostPool } from "../runtime/threads/host-pool.ts";
import { allowGivingMemoryBack } from "../runtime/threads/memory-after-start.ts";
import type { Arguments } from "./arguments.ts";

/** A core is left to the clients of a small machine. */
export function defaultHosts(): number {
  return Math.max(1, availableParallelism() - 1);
}

/** Undefined: there are none, or only the settings tell how many (a node of a cluster has one more). */
export async function threadsAhead(parsed: Arguments): Promise<HostPool | undefined> {
  if (parsed.command !== "start") return undefined;
  allowGivingMemoryBack();
  if (parsed.propertiesFile !== null) return undefined;
  if (parsed.settings.some(([key]) => key.startsWith("controller."))) return undefined;
  const hosts = parsed.hosts ?? defaultHosts();
  if (hosts === 0) return undefined;
  const { beginHostPool } = await import("../runtime/threads/host-pool.ts");
  return beginHostPool(hosts);
}
