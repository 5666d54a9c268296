// No counter is above its bound: what waits in a host's mailboxes is bounded at all times, and once
// nobody asks for anything nothing waits at all.
//
// Lives on: the simulator's thread.

import type { HostStats } from "../../runtime/ports.ts";
import type { Verdict } from "../verdict.ts";

/** Far above what a world of this size may ever have under way, far below what would hurt. */
const MESSAGES_MAX = 20_000;
const BYTES_MAX = 512 * 1024 * 1024;
const CALLS_MAX = 20_000;

export function checkBounds(verdict: Verdict, hosts: readonly HostStats[]): void {
  for (const { mailboxMessages, mailboxBytes, pendingCalls } of hosts) {
    const counts = (): string => JSON.stringify({ mailboxMessages, mailboxBytes, pendingCalls });
    const within =
      mailboxMessages <= MESSAGES_MAX && mailboxBytes <= BYTES_MAX && pendingCalls <= CALLS_MAX;
    verdict.hold(within, "no counter is above its bound", counts);
    const sane = mailboxMessages >= 0 && mailboxBytes >= 0 && pendingCalls >= 0;
    verdict.hold(sane, "no counter is below zero", counts);
    verdict.hold(mailboxMessages > 0 || mailboxBytes === 0, "counters agree", counts);
  }
}

/** With all clients gone; now and then a host has work of its own under way, but not for long. */
export function isIdle(hosts: readonly HostStats[]): boolean {
  return hosts.every(({ mailboxMessages, mailboxBytes, pendingCalls }) => {
    return mailboxMessages === 0 && mailboxBytes === 0 && pendingCalls === 0;
  });
}
