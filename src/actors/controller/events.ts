// What the controller hears besides its public messages: answers to its own questions and timers.
//
// Lives on: host 0 (types only).

import type { Outcome } from "../../base/outcome.ts";
import type { Cast } from "../../runtime/actor.ts";
import type { Stock } from "../log-directory/messages.ts";
import type { ControllerProtocol } from "./messages.ts";

export type ControllerEvents = {
  proposed: Cast<{
    outcome: Outcome<Outcome<{ lastOffset: number }>>;
    context: { term: number };
  }>;
  confirmed: Cast<{ outcome: Outcome<Outcome<{ end: number }>>; context: { id: number } }>;
  stockTaken: Cast<{ outcome: Outcome<Outcome<Stock>>; context: { term: number } }>;
  expireDue: Cast<Record<string, never>>;
  snapshotDue: Cast<Record<string, never>>;
};

export type ControllerSelf = ControllerProtocol & ControllerEvents;
