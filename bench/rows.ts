// All rows of the benchmark by name, in the order in which they run: see row.ts for what one is.
//
// Lives on: the developer's machine.

import type { Rows } from "./row.ts";
import { connectionRows } from "./rows/connections.ts";
import { consumeRows } from "./rows/consume.ts";
import { hopRows } from "./rows/hop.ts";
import { latencyRows } from "./rows/latency.ts";
import { partitionRows } from "./rows/partitions.ts";
import { produceRows } from "./rows/produce.ts";
import { startRows } from "./rows/start.ts";

export type { Common, Measurement } from "./row.ts";

export const rows: Rows = {
  ...produceRows,
  ...consumeRows,
  ...latencyRows,
  ...startRows,
  ...partitionRows,
  ...connectionRows,
  ...hopRows,
};
