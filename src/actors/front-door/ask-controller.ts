// Admin requests go on to the controller, wherever in the node it lives.
//
// Lives on: anywhere (part of the front door).

import type { Fault } from "../../base/outcome.ts";
import { ErrorCode } from "../../protocol/error-codes.ts";
import type { ArgsOf, Calls } from "../../runtime/actor.ts";
import { ask } from "../../runtime/routine.ts";
import type { ControllerProtocol } from "../controller/messages.ts";
import { controllerRef } from "../controller/messages.ts";
import { deadlineOf } from "./deadlines.ts";

/** `timeoutMs` as the client gave it. */
export function askController<K extends Calls<ControllerProtocol>>(
  kind: K,
  args: ArgsOf<ControllerProtocol, K>,
  timeoutMs: number,
) {
  return ask(controllerRef(), kind, args, deadlineOf(timeoutMs));
}

/** The change may still come about after a timeout; otherwise there was nobody to make it. */
export function errorOfController({ fault }: Fault): ErrorCode {
  return fault === "timeout" ? ErrorCode.REQUEST_TIMED_OUT : ErrorCode.NOT_CONTROLLER;
}
