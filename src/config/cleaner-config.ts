// What log compaction is configured to, typed.
//
// Lives on: anywhere (pure).

import type { ConfigReader } from "./config-value.ts";

export type CleanerSettings = {
  readonly enabled: boolean;
  readonly backoffMs: number;
  /** Memory for the key maps of all compactions of the node together. */
  readonly mapBytes: number;
  readonly mapLoadFactor: number;
  /** Memory for their read and write buffers. */
  readonly bufferBytes: number;
  /** Read and written by all of them. */
  readonly bytesPerSecondMax: number;
};

/** A cleaner that is told to pause for nothing still lets others have their turn. */
const BACKOFF_MS_MIN = 10;

export function cleanerSettings(reader: ConfigReader): CleanerSettings {
  const enabled = reader.boolean("log.cleaner.enable") && reader.number("log.cleaner.threads") > 0;
  const loadFactor = reader.number("log.cleaner.io.buffer.load.factor");
  return {
    enabled,
    backoffMs: Math.max(BACKOFF_MS_MIN, reader.number("log.cleaner.backoff.ms")),
    mapBytes: reader.number("log.cleaner.dedupe.buffer.size"),
    // Kafka has no bounds here, and a map that may not be filled at all would hold no key.
    mapLoadFactor: Math.min(0.95, Math.max(0.05, loadFactor)),
    bufferBytes: reader.number("log.cleaner.io.buffer.size"),
    bytesPerSecondMax: Math.max(1, reader.number("log.cleaner.io.max.bytes.per.second")),
  };
}
