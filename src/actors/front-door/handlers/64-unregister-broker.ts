// UnregisterBroker: v0. A broker that will not come back is forgotten (KIP-631). One that is there comes
// back with its next start.
//
// Lives on: anywhere (part of the front door).

import {
  UnregisterBrokerRequest,
  UnregisterBrokerResponse,
} from "../../../protocol/messages/64-unregister-broker.ts";
import { askController, errorOfController } from "../ask-controller.ts";
import { handler } from "./handler.ts";

/** The request has no time of its own. */
const WITHIN_MS = 60_000;

export const unregisterBroker = handler({
  request: UnregisterBrokerRequest,
  response: UnregisterBrokerResponse,
  versions: [0, 0],

  *handle(_context, { brokerId }) {
    const answer = yield* askController("unregisterBroker", { brokerId }, WITHIN_MS);
    if (!answer.ok)
      return { throttleTimeMs: 0, errorCode: errorOfController(answer), errorMessage: null };
    const { errorCode, errorMessage } = answer.value;
    return { throttleTimeMs: 0, errorCode, errorMessage };
  },
});
