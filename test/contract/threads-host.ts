// A host for the contract suite of Threads and Links: it posts envelopes when told, notes what it
// hears, and dies in several ways. Imported by real host threads and by the simulator alike.

import { AssertionFailed } from "../../src/base/assert.ts";
import { failure, success } from "../../src/base/outcome.ts";
import type { Outcome } from "../../src/base/outcome.ts";
import type { HostEvents, Job, RunningHost } from "../../src/runtime/ports.ts";
import type { CreateHost } from "../../src/runtime/threads/host-module.ts";

/** One envelope as the receiver noted it. */
export type Heard = { readonly from: number; readonly life: number; readonly number: number };
export type Report = {
  readonly heard: readonly Heard[];
  readonly log: readonly string[];
  readonly damaged: number;
  readonly givenAwayIntact: number;
  readonly up: readonly boolean[];
};

const BLOB_BYTES = 1000;

function intact(blob: Uint8Array, number: number): boolean {
  return blob.byteLength === BLOB_BYTES && blob.every((byte) => byte === (number & 0x7f));
}

export const createHost: CreateHost = (ports, settings, events): RunningHost => {
  const { links } = ports;
  const { life = 0, breaks = false } = settings as { life?: number; breaks?: boolean };
  if (breaks) throw new Error("this host cannot be built");
  const heard: Heard[] = [];
  const log: string[] = [];
  let damaged = 0;
  let givenAwayIntact = 0;
  let posted = 0;
  let stopped = false;

  links.subscribe({
    envelope: (from, { head, blobs }) => {
      const view = new DataView(head.buffer, head.byteOffset);
      const number = view.getUint32(4);
      const good = blobs.length === 2 && blobs.every((blob) => intact(blob, number));
      if (!good) damaged += 1;
      heard.push({ from, life: view.getUint32(0), number });
    },
    down: (hostIndex) => log.push(`down ${hostIndex}`),
    up: (hostIndex) => log.push(`up ${hostIndex}`),
  });

  function postTo(hostIndex: number): void {
    const number = posted++;
    const head = new Uint8Array(8);
    const view = new DataView(head.buffer);
    view.setUint32(0, life);
    view.setUint32(4, number);
    // Two views of one buffer that moves: they must stay whole and apart.
    const buffer = new ArrayBuffer(2 * BLOB_BYTES);
    const blobs = [
      new Uint8Array(buffer, 0, BLOB_BYTES).fill(number & 0x7f),
      new Uint8Array(buffer, BLOB_BYTES).fill(number & 0x7f),
    ];
    links.post(hostIndex, { head, blobs, transfer: [head.buffer, buffer] });
    if (blobs.some((blob) => intact(blob, number))) givenAwayIntact += 1;
  }

  function answer(name: string, args: unknown): Outcome<unknown> {
    switch (name) {
      case "echo":
        return success(args);
      case "post": {
        const { to, count } = args as { to: number; count: number };
        for (let index = 0; index < count; index++) postTo(to);
        return success(null);
      }
      case "report": {
        const up = Array.from({ length: links.hostCount }, (_, index) => links.isUp(index));
        return success({ heard, log, damaged, givenAwayIntact, up } satisfies Report);
      }
      case "settings":
        return success(settings);
      case "escape":
      case "assertion":
        die(name, events);
        return success(null);
      case "stopNode":
        events.stopNode("because");
        return success(null);
      default:
        return failure("refused", `no request ${name}`);
    }
  }

  return {
    start: () => ports.log.write("debug", "host started", { life }),
    stop: (drainMs, done) => {
      ports.clock.startTimer(Math.min(drainMs, 5), () => {
        stopped = true;
        events.ended({ kind: "stopped", detail: "asked to" });
        done();
      });
    },
    stats: () => ({
      actors: heard.length,
      mailboxMessages: 0,
      mailboxBytes: 0,
      pendingCalls: 0,
      messagesHandled: posted,
    }),
    request: (name, args, done) => {
      if (name === "never") return;
      if (name === "throwLater") {
        ports.clock.startTimer(1, () => {
          throw new Error("out of an adapter's callback");
        });
        return;
      }
      if (name === "job") {
        ports.jobs.run(args as Job, done);
        return;
      }
      if (!stopped) done(answer(name, args));
    },
  };
};

function die(kind: "escape" | "assertion", events: HostEvents): void {
  const error = kind === "escape" ? new Error("escaped") : new AssertionFailed("broken");
  events.ended({ kind: kind === "escape" ? "escaped" : "assertion", detail: String(error) });
}
