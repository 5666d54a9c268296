// The load against a sink that speaks the protocol and keeps nothing: what the client can do at most, and
// how long what it sends is under way when no broker holds it up.
//
// Lives on: the developer's machine.

import { launch } from "./broker.ts";
import type { LoadOptions, LoadResult } from "./load.ts";
import { buildLoad, loadCommand } from "./load.ts";
import type { Measurement, Settings } from "./row.ts";
import { measuredLoad } from "./row.ts";

export async function againstSink(
  value: (result: LoadResult) => number,
  mode: string,
  options: LoadOptions,
  settings: Settings,
): Promise<Measurement> {
  buildLoad();
  const [command, ...words] = loadCommand("sink", {}, undefined);
  const process = { name: "sink", command: command!, arguments: words };
  const sink = await launch({ ...process, dataDirectory: "", port: 0 });
  try {
    return await measuredLoad(sink, value, mode, options, settings);
  } finally {
    await sink.stop();
  }
}
