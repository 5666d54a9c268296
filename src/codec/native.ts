// The packages of native code, each loaded when it is first called for: a start needs neither, and each
// would be several milliseconds and a MiB of it.
//
// Lives on: anywhere.

import { createRequire } from "node:module";
import type * as Crc32 from "@node-rs/crc32";
import type * as Snappy from "snappy";

const load = createRequire(import.meta.url);

let crc32: typeof Crc32 | undefined;
let snappy: typeof Snappy | undefined;

export function nativeCrc32(): typeof Crc32 {
  return (crc32 ??= load("@node-rs/crc32") as typeof Crc32);
}

export function nativeSnappy(): typeof Snappy {
  return (snappy ??= load("snappy") as typeof Snappy);
}
