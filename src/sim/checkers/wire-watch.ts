// Looks over the shoulder of simulated clients at the wire: every request gets exactly one answer, in
// the order of the requests, or a closed connection; and none is forgotten once nothing is broken
// any more.
//
// Lives on: the simulator's thread.

import { FrameReader } from "../../client/frame-reader.ts";
import { readRequestHeader } from "../../protocol/frame.ts";
import { Reader, WireError } from "../../protocol/wire.ts";
import type { Connection, Sockets } from "../../runtime/ports.ts";
import type { Life } from "../life.ts";
import type { Verdict } from "../verdict.ts";

const FRAME_BYTES_MAX = 256 * 1024 * 1024;
const PRODUCE = 0;
const FETCH = 1;
const PRODUCE_FLEXIBLE_FROM = 9;

type Pending = {
  readonly apiKey: number;
  readonly version: number;
  readonly correlationId: number;
  readonly sentAtMs: number;
  /** How long it may wait for what it asks for. */
  readonly mayWaitMs: number;
};

/** One connection as seen from the client's end. */
class WatchedConnection {
  readonly who: string;
  readonly pending: Pending[] = [];
  private readonly verdict: Verdict;
  private readonly nowMs: () => number;
  private readonly requests = new FrameReader(FRAME_BYTES_MAX);
  private readonly responses = new FrameReader(FRAME_BYTES_MAX);

  constructor(who: string, verdict: Verdict, nowMs: () => number) {
    this.who = who;
    this.verdict = verdict;
    this.nowMs = nowMs;
  }

  written(chunks: readonly Uint8Array[]): void {
    for (const chunk of chunks) {
      for (const frame of this.requests.push(chunk)) this.requested(frame);
    }
  }

  received(chunk: Uint8Array): void {
    try {
      for (const frame of this.responses.push(chunk)) this.answered(frame);
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      this.verdict.fail("answers are well-formed", `${this.who}: ${error.message}`);
    }
  }

  private requested(frame: Uint8Array): void {
    const reader = new Reader(frame);
    const { apiKey, apiVersion: version, correlationId } = readRequestHeader(reader);
    if (apiKey === PRODUCE && acksOf(reader, version) === 0) return;
    const mayWaitMs = apiKey === FETCH ? maxWaitOf(reader, version) : 0;
    this.pending.push({ apiKey, version, correlationId, sentAtMs: this.nowMs(), mayWaitMs });
  }

  private answered(frame: Uint8Array): void {
    const correlationId = new Reader(frame).int32();
    const next = this.pending.shift();
    this.verdict.hold(
      next?.correlationId === correlationId,
      "answers come in the order of the requests",
      () => `${this.who}: answer ${correlationId} where ${next?.correlationId ?? "none"} was due`,
    );
  }
}

function acksOf(reader: Reader, version: number): number {
  if (version >= PRODUCE_FLEXIBLE_FROM) reader.compactNullableString();
  else if (version >= 3) reader.nullableString();
  return reader.int16();
}

/** Since KIP-903 the replica's id is told elsewhere. */
function maxWaitOf(reader: Reader, version: number): number {
  if (version < 15) reader.int32();
  return reader.int32();
}

export class WireWatch {
  /** Requests that were answered, for the report. */
  answeredCount = 0;
  private readonly verdict: Verdict;
  private readonly nowMs: () => number;
  private readonly open = new Set<WatchedConnection>();

  constructor(verdict: Verdict, nowMs: () => number) {
    this.verdict = verdict;
    this.nowMs = nowMs;
  }

  /** The same port, watched for as long as its owner lives. */
  watch(sockets: Sockets, owner: Life): Sockets {
    return {
      listen: (options, events) => sockets.listen(options, events),
      connect: (to, events) => {
        const watched = new WatchedConnection(owner.name, this.verdict, this.nowMs);
        owner.onEnd(() => this.open.delete(watched));
        sockets.connect(to, {
          opened: (connection) => {
            this.open.add(watched);
            events.opened(this.wrap(connection, watched));
          },
          bytes: (chunk) => {
            const before = watched.pending.length;
            watched.received(chunk);
            this.answeredCount += before - watched.pending.length;
            events.bytes(chunk);
          },
          drained: () => events.drained(),
          closed: (fault) => {
            this.open.delete(watched);
            events.closed(fault);
          },
        });
      },
    };
  }

  /**
   * Once nothing is broken: every request is answered within this time, beyond that which it allows
   * by itself. What was sent before `sinceMs` counts from then.
   */
  checkForgotten(sinceMs: number, withinMs: number): void {
    const nowMs = this.nowMs();
    for (const { who, pending } of this.open) {
      const oldest = pending[0];
      if (oldest === undefined) continue;
      const waitedMs = nowMs - Math.max(oldest.sentAtMs, sinceMs) - oldest.mayWaitMs;
      this.verdict.hold(waitedMs <= withinMs, "no request is forgotten", () => {
        const what = oldest.apiKey === FETCH ? "fetch" : `request of API ${oldest.apiKey}`;
        const when = `sent at ${oldest.sentAtMs.toFixed(3)}`;
        return `${who}: ${what} ${oldest.correlationId} v${oldest.version}, ${when}`;
      });
    }
  }

  /** What a client does itself to a connection leaves nobody waiting. */
  private wrap(connection: Connection, watched: WatchedConnection): Connection {
    return {
      remote: connection.remote,
      local: connection.local,
      bufferedBytes: () => connection.bufferedBytes(),
      write: (chunks) => {
        watched.written(chunks);
        connection.write(chunks);
      },
      pause: () => connection.pause(),
      resume: () => connection.resume(),
      end: () => connection.end(),
      destroy: () => {
        this.open.delete(watched);
        connection.destroy();
      },
    };
  }
}
