// Started by log.test.ts: hosts that log a lot and die in the middle of it.

import type { RunningHost } from "../../../src/runtime/ports.ts";
import type { CreateHost } from "../../../src/runtime/threads/host-module.ts";
import { createLog } from "../../../src/runtime/threads/log.ts";
import { createThreads } from "../../../src/runtime/threads/threads.ts";
import { isMainThread } from "node:worker_threads";

const LINES = 500;

export const createHost: CreateHost = ({ log }, _settings, events): RunningHost => ({
  start: () => {},
  stop: (_drainMs, done) => done(),
  stats: () => ({
    actors: 0,
    mailboxMessages: 0,
    mailboxBytes: 0,
    pendingCalls: 0,
    messagesHandled: 0,
  }),
  request: () => {
    for (let line = 0; line < LINES; line++) log.write("info", "line", { line });
    log.write("debug", "not to be seen", {});
    events.ended({ kind: "escaped", detail: "in the middle of it" });
  },
});

if (isMainThread) {
  const options = { level: "info", pretty: process.argv[2] === "pretty" } as const;
  const log = await createLog(options, { host: "main" });
  const hostModule = new URL(import.meta.url);
  const threads = createThreads({ hostModule, hostCount: 2, log: options });
  let alive = 2;
  for (const hostIndex of [0, 1]) {
    const host = threads.start(
      hostIndex,
      {},
      {
        ready: () => host.request("talk", {}, () => {}),
        ended: ({ kind }) => {
          log.write("warn", "host ended", { hostIndex, kind });
          alive -= 1;
          if (alive === 0) threads.close(() => process.exit(0));
        },
        stopNode: () => {},
      },
    );
  }
}
