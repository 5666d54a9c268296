// How an API is served, declared as data: its messages, the versions served and advertised, and a
// routine that reads from the request to the response. handlers/index.ts lists them all; that listing
// is what ApiVersions tells.
//
// Lives on: anywhere (part of the front door).

import type { DraftShape, InferShape, Message, Shape } from "../../../protocol/schema.ts";
import type { Reader, Writer } from "../../../protocol/wire.ts";
import type { Routine } from "../../../runtime/routine.ts";
import type { RequestContext } from "../request-context.ts";

type Versions = readonly [min: number, max: number];

/** A request that gets no bytes back: because it asked for none, or because its connection ends. */
export type Unanswered =
  | { readonly unanswered: "nothing" }
  | { readonly unanswered: "close"; readonly reason: string };

export const nothing: Unanswered = { unanswered: "nothing" };

export function closeConnection(reason: string): Unanswered {
  return { unanswered: "close", reason };
}

export type Declaration<Q extends Shape, A extends Shape> = {
  readonly request: Message<Q>;
  readonly response: Message<A>;
  /** Served; a request of another version ends its connection. */
  readonly versions: Versions;
  /** Told by ApiVersions where that is not the same. */
  readonly advertised?: Versions;
  /** The response may be so large that a connection gets one of its kind at a time. */
  readonly isBulky?: boolean;
  readonly handle: (
    context: RequestContext,
    request: InferShape<Q>,
  ) => Routine<DraftShape<A> | Unanswered>;
  /** What an unsupported version is answered, in version 0. Without it the connection ends. */
  readonly answerUnsupported?: (context: RequestContext) => DraftShape<A>;
};

/** A declaration whose types of request and response only it knows. */
export type Handler = {
  readonly apiKey: number;
  readonly name: string;
  readonly versions: Versions;
  readonly advertised: Versions;
  readonly isBulky: boolean;
  readonly decode: (reader: Reader, version: number) => unknown;
  readonly handle: (context: RequestContext, request: unknown) => Routine<unknown>;
  readonly encode: (writer: Writer, version: number, response: unknown) => void;
  readonly answerUnsupported: ((context: RequestContext) => unknown) | undefined;
};

export function handler<Q extends Shape, A extends Shape>(declaration: Declaration<Q, A>): Handler {
  const { request, response, versions, advertised = versions, isBulky = false } = declaration;
  return {
    apiKey: request.apiKey,
    name: request.name.replace(/Request$/, ""),
    versions,
    advertised,
    isBulky,
    decode: (reader, version) => request.at(version).decode(reader),
    handle: declaration.handle as Handler["handle"],
    encode: (writer, version, value) => response.at(version).encode(writer, value as DraftShape<A>),
    answerUnsupported: declaration.answerUnsupported,
  };
}

export function isUnanswered(response: unknown): response is Unanswered {
  return typeof response === "object" && response !== null && "unanswered" in response;
}
