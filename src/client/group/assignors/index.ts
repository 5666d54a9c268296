// The assignors by the names that groups know them by.
//
// Lives on: anywhere.

import type { ClientAssignor } from "./assignor.ts";
import { cooperativeStickyAssignor } from "./cooperative-sticky.ts";
import { rangeAssignor } from "./range.ts";
import { roundRobinAssignor } from "./round-robin.ts";
import { stickyAssignor } from "./sticky.ts";

export const clientAssignors = {
  range: rangeAssignor,
  roundrobin: roundRobinAssignor,
  sticky: stickyAssignor,
  "cooperative-sticky": cooperativeStickyAssignor,
} as const satisfies Readonly<Record<string, ClientAssignor>>;

export type AssignorName = keyof typeof clientAssignors;
