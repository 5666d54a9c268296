// What tests of other programs use: today the node itself, started in memory on a free port.
//
// Lives on: main thread.

export { Gofka, StartRefused } from "./index.ts";
export type { GofkaOptions } from "./index.ts";
