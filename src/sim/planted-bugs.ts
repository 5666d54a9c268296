// Known bugs, planted to see whether the simulator finds them. Each spoils a node from outside: a port
// that misbehaves, or one method of a production class that does something else for the length of a
// run. Production code has no hook for any of it.
//
// Lives on: the simulator's thread.

import type { Prng } from "../base/prng.ts";
import type { HostPorts } from "../runtime/ports.ts";
import type { SimDisk } from "./disk.ts";
import type { Life } from "./life.ts";

export type BugContext = { readonly life: Life; readonly prng: Prng; readonly simDisk: SimDisk };

export type PlantedBug = {
  readonly name: string;
  readonly what: string;
  /** Ports of one incarnation of a host, instead of those it would have had. */
  readonly spoil?: (ports: HostPorts, context: BugContext) => Partial<HostPorts>;
  /** Spoils production classes; answers how to mend them. */
  readonly plant?: () => () => void;
};

export const plantedBugs: readonly PlantedBug[] = [];
