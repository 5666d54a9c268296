// From a frame to its handler and back: reads the header, finds the handler, decodes the body, runs
// the handler, encodes its response, and gives that to the connection.
//
// What cannot be a request ends its own connection with one log line, and nothing else: bytes that do
// not hold what they should, an API or a version that is not served (KafkaApis closes too, there being
// no response that such a client could read). ApiVersions alone answers a version it does not know.
//
// Lives on: anywhere (part of the front door).

import { FaultRaised } from "../../base/outcome.ts";
import {
  beginFrame,
  endFrame,
  readRequestHeader,
  writeResponseHeader,
} from "../../protocol/frame.ts";
import type { RequestHeader } from "../../protocol/frame.ts";
import { DraftError, Reader, WireError } from "../../protocol/wire.ts";
import type { Routine } from "../../runtime/routine.ts";
import type { Connection, PendingRequest } from "./connection.ts";
import type { Frame } from "./frame-splitter.ts";
import type { FrontDesk } from "./front-desk.ts";
import type { Handler } from "./handlers/handler.ts";
import { isUnanswered } from "./handlers/handler.ts";
import { handlerByKey } from "./handlers/index.ts";
import { RequestContext } from "./request-context.ts";

/** Told when a request, or its answer, ends the connection. */
export type Refuse = (connection: Connection, reason: string) => void;

type Understood = {
  readonly handler: Handler;
  readonly header: RequestHeader;
  readonly request: unknown;
};

export class Router {
  readonly #desk: FrontDesk;
  readonly #refuse: Refuse;

  constructor(desk: FrontDesk, refuse: Refuse) {
    this.#desk = desk;
    this.#refuse = refuse;
  }

  isBulky({ bytes }: Frame): boolean {
    return bytes.length >= 2 && (handlerByKey[(bytes[0]! << 8) | bytes[1]!]?.isBulky ?? false);
  }

  dispatch(connection: Connection, pending: PendingRequest): void {
    const { frame } = pending;
    let understood: Understood | string;
    try {
      understood = this.#understand(frame);
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      understood = error.message;
    }
    if (typeof understood === "string") return this.#close(connection, pending, understood);
    const { apiVersion, clientId } = understood.header;
    const context = new RequestContext(this.#desk, connection, apiVersion, clientId, frame);
    this.#desk.out.run(this.#serve(context, understood, pending));
  }

  /** The request, or why it cannot be served. */
  #understand({ bytes }: Frame): Understood | string {
    const reader = new Reader(bytes);
    const apiKey = reader.int16();
    const apiVersion = reader.int16();
    const correlationId = reader.int32();
    const handler = handlerByKey[apiKey];
    if (handler === undefined) return `API ${apiKey} is not served`;
    if (apiVersion < handler.versions[0] || apiVersion > handler.versions[1]) {
      if (handler.answerUnsupported === undefined) {
        return `${handler.name} is not served in version ${apiVersion}`;
      }
      // What follows may be anything, the rest of the header included.
      const header = { apiKey, apiVersion: 0, correlationId, clientId: null };
      return { handler: answering(handler), header, request: undefined };
    }
    reader.at = 0;
    const header = readRequestHeader(reader);
    return { handler, header, request: handler.decode(reader, apiVersion) };
  }

  *#serve(
    context: RequestContext,
    { handler, header, request }: Understood,
    pending: PendingRequest,
  ): Routine<void> {
    const { connection } = context;
    let response: unknown;
    try {
      response = yield* handler.handle(context, request);
    } catch (error) {
      if (!(error instanceof FaultRaised)) throw error;
      const reason = `${handler.name} v${header.apiVersion} failed: ${error.message}`;
      return this.#close(connection, pending, reason);
    }
    if (!isUnanswered(response)) {
      this.#answer(context, handler, header, response, pending);
    } else if (response.unanswered === "close") {
      this.#close(connection, pending, response.reason);
    } else {
      connection.answer(pending, "nothing", context.nowMs);
    }
  }

  #answer(
    context: RequestContext,
    handler: Handler,
    { apiKey, apiVersion, correlationId }: RequestHeader,
    response: unknown,
    pending: PendingRequest,
  ): void {
    const { connection } = context;
    const writer = beginFrame();
    writeResponseHeader(writer, apiKey, apiVersion, correlationId);
    try {
      handler.encode(writer, apiVersion, response);
    } catch (error) {
      // A response may quote what its client sent or set, so what does not fit the wire is that
      // client's trouble alone.
      if (!(error instanceof DraftError)) throw error;
      const reason = `the response of ${handler.name} v${apiVersion} cannot be written: ${error.message}`;
      return this.#close(connection, pending, reason);
    }
    connection.answer(pending, endFrame(writer), context.nowMs);
  }

  #close(connection: Connection, pending: PendingRequest, reason: string): void {
    this.#refuse(connection, reason);
    connection.answer(pending, "close", this.#desk.world.monotonicMs());
  }
}

/** The handler as one that answers, whatever the request, that its version is unknown. */
function answering(handler: Handler): Handler {
  return {
    ...handler,
    *handle(context) {
      return handler.answerUnsupported?.(context);
    },
  };
}
