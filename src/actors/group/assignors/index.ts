// The assignors by the names that members ask for them (`group.consumer.assignors`).
//
// Lives on: anywhere.

import type { Assignor } from "./assignor.ts";
import { assignRange, RANGE } from "./range.ts";
import { assignUniform, UNIFORM } from "./uniform.ts";

export const assignors: ReadonlyMap<string, Assignor> = new Map([
  [UNIFORM, assignUniform],
  [RANGE, assignRange],
]);
