// What the controller hears besides its public messages: answers to its own questions and timers.
//
// Lives on: the metadata host (types only).

import type { Outcome } from "../../base/outcome.ts";
import type { ErrorCode } from "../../protocol/error-codes.ts";
import type { Cast, PeerCasts } from "../../runtime/actor.ts";
import type { Stock } from "../log-directory/messages.ts";
import type { ControllerProtocol } from "./messages.ts";

export type ControllerEvents = {
  proposed: Cast<{
    outcome: Outcome<Outcome<{ lastOffset: number }>>;
    context: { term: number };
  }>;
  confirmed: Cast<{ outcome: Outcome<Outcome<{ end: number }>>; context: { id: number } }>;
  stockTaken: Cast<{ outcome: Outcome<Outcome<Stock>>; context: { term: number } }>;
  registered: Cast<{ outcome: Outcome<{ errorCode: ErrorCode }>; context: Record<string, never> }>;
  /** What another node asked for has been done, or not. */
  askedFor: Cast<{ outcome: Outcome<unknown>; context: { nodeId: number; id: number } }>;
  /** This node leads no more, or never did. */
  resigned: Cast<{ outcome: Outcome<unknown>; context: Record<string, never> }>;
  leaveAnswered: Cast<{
    outcome: Outcome<{ errorCode: ErrorCode }>;
    context: Record<string, never>;
  }>;
  leaveAgainDue: Cast<Record<string, never>>;
  leaveDue: Cast<Record<string, never>>;
  registerDue: Cast<Record<string, never>>;
  brokersDue: Cast<Record<string, never>>;
  expireDue: Cast<Record<string, never>>;
  snapshotDue: Cast<Record<string, never>>;
};

export type ControllerSelf = ControllerProtocol &
  ControllerEvents &
  Pick<PeerCasts, "peerOpened" | "peerMessage" | "peerClosed">;
