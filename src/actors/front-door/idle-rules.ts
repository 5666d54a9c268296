// Which connections have been silent for too long.
//   - `connections.max.idle.ms` for one that has nothing going on, as in Kafka;
//   - half a minute for one whose client has begun a frame and does not go on: it holds memory that
//     was set aside for the frame, and no client stops in the middle of a request on purpose; a few
//     seconds when others wait for that memory;
//   - half a minute for one that leaves an answer lying while the memory for answers is full: its client
//     connects again when it goes on reading;
//   - half a minute for one that was told to end and whose client does not let go.
//
// Lives on: anywhere (pure; part of the front door).

import type { Connection } from "./connection.ts";

const HALF_FRAME_MS = 30_000;
const HALF_FRAME_IN_A_CROWD_MS = 2_000;
const UNTAKEN_MS = 30_000;
const ENDING_MS = 30_000;
const SWEEP_LEAST_MS = 100;
const SWEEP_MOST_MS = 1_000;

export type Verdict = "idle" | "halfFrame" | "takesNothing" | "lingers";

type Facts = Pick<
  Connection,
  "state" | "lastActiveMs" | "runningRequests" | "awaitsRestOfFrame" | "unsentBytes"
>;

export type Crowd = {
  /** Frames of other connections wait for memory. */
  readonly framesWait: boolean;
  /** Answers fill the memory there is for them. */
  readonly answersPileUp: boolean;
};

export class IdleRules {
  readonly #idleMs: number;

  /** Negative: connections may be idle for ever. */
  constructor(connectionsMaxIdleMs: number) {
    this.#idleMs = connectionsMaxIdleMs < 0 ? Infinity : connectionsMaxIdleMs;
  }

  /** Often enough that nobody stays much longer than allowed. */
  get sweepIntervalMs(): number {
    return Math.min(SWEEP_MOST_MS, Math.max(SWEEP_LEAST_MS, this.#idleMs / 4));
  }

  judge(connection: Facts, nowMs: number, crowd: Crowd): Verdict | undefined {
    const silentMs = nowMs - connection.lastActiveMs;
    if (connection.state === "ending") return silentMs > ENDING_MS ? "lingers" : undefined;
    const patienceMs = crowd.framesWait ? HALF_FRAME_IN_A_CROWD_MS : HALF_FRAME_MS;
    const halfFrameMs = Math.min(patienceMs, this.#idleMs);
    if (connection.awaitsRestOfFrame && silentMs > halfFrameMs) return "halfFrame";
    const isUntaken = crowd.answersPileUp && connection.unsentBytes > 0;
    if (isUntaken && silentMs > Math.min(UNTAKEN_MS, this.#idleMs)) return "takesNothing";
    if (connection.runningRequests > 0) return undefined;
    return silentMs > this.#idleMs ? "idle" : undefined;
  }
}
