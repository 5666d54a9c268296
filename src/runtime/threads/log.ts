// The real Log port: pino, one structured line per event, always to stderr because stdout is for the
// ready line alone. Every thread writes for itself and at once: what a dying thread has to say is
// what one needs most, and nothing may wait for another thread to print it.
//
// Lives on: host thread, main thread.

import { isatty } from "node:tty";
import type { Log, LogLevel } from "../ports.ts";

const STDERR = 2;

export type LogOptions = {
  readonly level: LogLevel | "silent";
  /** Coloured lines for people instead of JSON; left out: when stderr is a terminal. */
  readonly pretty?: boolean;
};

/** `bindings` are part of every line: which host, which node. */
export async function createLog(
  options: LogOptions,
  bindings: Readonly<Record<string, unknown>> = {},
): Promise<Log> {
  if (options.level === "silent") return { write: () => {} };
  // By default, which alone is the same whether it has been bundled or not.
  const { default: pino } = await import("pino");
  const settings = {
    level: options.level,
    base: bindings,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
  };
  const logger = pino(settings, await openStream(options.pretty ?? isatty(STDERR)));
  return { write: (level, event, fields) => logger[level](fields, event) };
}

/** A synchronous stream: no line is lost at the end of a thread or process. */
async function openStream(pretty: boolean) {
  if (!pretty) {
    const { default: pino } = await import("pino");
    return pino.destination({ dest: STDERR, sync: true });
  }
  const { default: pinoPretty } = await import("pino-pretty");
  return pinoPretty({
    destination: STDERR,
    sync: true,
    colorize: isatty(STDERR),
    translateTime: "SYS:HH:MM:ss.l",
    singleLine: true,
  });
}
