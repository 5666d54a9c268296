// What one consumer group may be configured to (`GroupConfig`). Each key falls back to the broker's of
// the same name with `group.` before it.
//
// Lives on: anywhere (data).

import type { ConfigDefinition } from "../definition.ts";
import { int } from "../definition.ts";

export const groupKeyDefinitions: readonly ConfigDefinition[] = [
  int(
    "consumer.session.timeout.ms",
    "45000",
    "medium",
    "How long a member of the group may be silent before it is removed.",
    { atLeast: 1 },
  ),
  int(
    "consumer.heartbeat.interval.ms",
    "5000",
    "medium",
    "How often members of the group are told to report.",
    { atLeast: 1 },
  ),
  int(
    "consumer.assignment.interval.ms",
    "1000",
    "medium",
    "Shortest time between two assignments of the group.",
    { atLeast: 0 },
  ),
];
