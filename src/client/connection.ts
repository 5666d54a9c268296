// One connection to one broker: frames out, answers matched to their requests, versions settled
// first. Callbacks and no promises, so that the simulator alone decides what happens when.
//
// What came of a request is one of three things, and a caller must be able to tell: it was answered;
// it never left (`stopped`, `ECONNREFUSED`); or nobody knows (`timeout`, `ECONNRESET`).
//
// Lives on: anywhere (ports passed in).

import type { Fault, Outcome } from "../base/outcome.ts";
import { failure, success } from "../base/outcome.ts";
import { ErrorCode } from "../protocol/error-codes.ts";
import { beginFrame, endFrame, readResponseHeader, writeRequestHeader } from "../protocol/frame.ts";
import { ApiVersionsRequest, ApiVersionsResponse } from "../protocol/messages/18-api-versions.ts";
import type { Draft, Infer, Message, Shape } from "../protocol/schema.ts";
import { Reader, WireError } from "../protocol/wire.ts";
import type {
  Clock,
  Connection,
  Random,
  SocketAddress,
  Sockets,
  TimerHandle,
} from "../runtime/ports.ts";
import { FrameReader } from "./frame-reader.ts";

export type ClientPorts = {
  readonly sockets: Sockets;
  readonly clock: Clock;
  /** For those who make ids of their own: members of the consumer protocol (KIP-1082). */
  readonly random?: Random;
};

export type ConnectionOptions = {
  readonly clientId: string;
  readonly requestTimeoutMs: number;
  /** Requests under way at once; the next ones wait their turn. */
  readonly inFlightMax?: number;
  readonly responseBytesMax: number;
};

/** A request and its response, as declared in protocol/messages. */
export type ApiPair<Q extends Shape, R extends Shape> = {
  readonly request: Message<Q>;
  readonly response: Message<R>;
};

type Waiting = {
  readonly correlationId: number;
  readonly apiKey: number;
  readonly version: number;
  readonly decode: (reader: Reader) => unknown;
  readonly done: (outcome: Outcome<unknown>) => void;
  timer: TimerHandle | undefined;
};

type Range = { readonly min: number; readonly max: number };

/** The oldest answer to ApiVersions is understood by everyone; the newest asked first. */
const API_VERSIONS_FIRST = 4;
const IN_FLIGHT_MAX = 20;

export class ClientConnection {
  readonly address: SocketAddress;
  private readonly ports: ClientPorts;
  private readonly options: ConnectionOptions;
  private readonly closed: (fault: Fault) => void;
  private readonly frames: FrameReader;
  private socket: Connection | undefined;
  private ranges: ReadonlyMap<number, Range> | undefined;
  private readonly waiting: Waiting[] = [];
  /** Requests that wait for the versions to be settled, or for others to be answered. */
  private readonly queued: (() => void)[] = [];
  private readonly connecting: TimerHandle;
  private nextCorrelationId = 1;
  private over: Fault | undefined;

  constructor(
    ports: ClientPorts,
    address: SocketAddress,
    options: ConnectionOptions,
    closed: (fault: Fault) => void,
  ) {
    this.ports = ports;
    this.address = address;
    this.options = options;
    this.closed = closed;
    this.frames = new FrameReader(options.responseBytesMax);
    const { requestTimeoutMs } = options;
    this.connecting = ports.clock.startTimer(requestTimeoutMs, () => {
      this.finish(failure("timeout", `no connection in ${requestTimeoutMs} ms`));
    });
    ports.sockets.connect(address, {
      opened: (socket) => this.opened(socket),
      bytes: (chunk) => this.received(chunk),
      drained: () => {},
      closed: (fault) =>
        this.finish(fault.ok ? failure("ECONNRESET", "closed by the broker") : fault),
    });
  }

  /** Sends a request in the newest version that both sides know. */
  request<Q extends Shape, R extends Shape>(
    { request, response }: ApiPair<Q, R>,
    body: Draft<Message<Q>> | ((version: number) => Draft<Message<Q>>),
    done: (outcome: Outcome<Infer<Message<R>>>) => void,
    { timeoutMs = this.options.requestTimeoutMs, answered = true } = {},
  ): void {
    this.inTurn(done, () => {
      const version = this.versionOf(request);
      if (version === undefined) {
        return done(failure("refused", `the broker does not serve ${request.name}`));
      }
      const draft = typeof body === "function" ? body(version) : body;
      this.send(request, version, draft, {
        decode: (reader) => response.at(version).decodeWhole(reader),
        done: done as (outcome: Outcome<unknown>) => void,
        timeoutMs,
        answered,
      });
    });
  }

  /** The version that `request` will be sent in; `undefined` before it is settled. */
  versionOf(request: Message<Shape> | { apiKey: number; versions: readonly [number, number] }) {
    const range = this.ranges?.get(request.apiKey);
    if (range === undefined) return undefined;
    const version = Math.min(range.max, request.versions[1]);
    return version >= Math.max(range.min, request.versions[0]) ? version : undefined;
  }

  close(): void {
    this.finish(failure("stopped", "closed by ourselves"));
  }

  private inTurn<T>(done: (outcome: Outcome<T>) => void, run: () => void): void {
    this.queued.push(() => {
      if (this.over !== undefined) done(failure("stopped", this.over.detail));
      else run();
    });
    this.runQueued();
  }

  private runQueued(): void {
    while (this.over !== undefined || this.mayAsk()) {
      const run = this.queued.shift();
      if (run === undefined) return;
      run();
    }
  }

  private mayAsk(): boolean {
    const { inFlightMax = IN_FLIGHT_MAX } = this.options;
    return this.ranges !== undefined && this.waiting.length < inFlightMax;
  }

  private opened(socket: Connection): void {
    if (this.over !== undefined) return socket.destroy();
    this.socket = socket;
    this.ports.clock.stopTimer(this.connecting);
    this.askVersions(API_VERSIONS_FIRST);
  }

  private askVersions(version: number): void {
    const body = { clientSoftwareName: "gofka", clientSoftwareVersion: "0.1.0" };
    this.send(ApiVersionsRequest, version, body, {
      decode: (reader) => decodeVersions(reader, version),
      done: (outcome) => {
        if (!outcome.ok) return this.finish(outcome);
        const { errorCode, apiKeys } = outcome.value as Infer<typeof ApiVersionsResponse>;
        if (errorCode === ErrorCode.UNSUPPORTED_VERSION && version > 0) {
          const max = apiKeys.find(({ apiKey }) => apiKey === ApiVersionsRequest.apiKey);
          return this.askVersions(Math.min(max?.maxVersion ?? 0, version - 1));
        }
        this.ranges = new Map(
          apiKeys.map(({ apiKey, minVersion, maxVersion }) => [
            apiKey,
            { min: minVersion, max: maxVersion },
          ]),
        );
      },
      timeoutMs: this.options.requestTimeoutMs,
      answered: true,
    });
  }

  private send<Q extends Shape>(
    request: Message<Q>,
    version: number,
    body: Draft<Message<Q>>,
    how: Pick<Waiting, "decode" | "done"> & { timeoutMs: number; answered: boolean },
  ): void {
    const { apiKey } = request;
    const correlationId = this.nextCorrelationId++;
    const writer = beginFrame();
    const { clientId } = this.options;
    writeRequestHeader(writer, { apiKey, apiVersion: version, correlationId, clientId });
    request.at(version).encode(writer, body);
    this.socket?.write(endFrame(writer));
    if (!how.answered) return how.done(success(null));
    const { decode, done } = how;
    const timer = this.ports.clock.startTimer(how.timeoutMs, () => {
      // Answers come in order: after one that is missing the connection is of no use.
      this.finish(failure("timeout", `no answer to ${request.name} in ${how.timeoutMs} ms`));
    });
    this.waiting.push({ correlationId, apiKey, version, decode, done, timer });
  }

  private received(chunk: Uint8Array): void {
    try {
      for (const frame of this.frames.push(chunk)) this.answer(frame);
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      this.finish(failure("corrupt", error.message));
    }
  }

  private answer(frame: Uint8Array): void {
    const next = this.waiting[0];
    if (next === undefined) throw new WireError("an answer that nobody waits for", 0);
    const reader = new Reader(frame);
    const correlationId = readResponseHeader(reader, next.apiKey, next.version);
    if (correlationId !== next.correlationId) {
      throw new WireError(`answer ${correlationId} where ${next.correlationId} was due`, 0);
    }
    const value = next.decode(reader);
    this.waiting.shift();
    if (next.timer !== undefined) this.ports.clock.stopTimer(next.timer);
    next.done(success(value));
    this.runQueued();
  }

  private finish(fault: Fault): void {
    if (this.over !== undefined) return;
    this.over = fault;
    this.ports.clock.stopTimer(this.connecting);
    this.socket?.destroy();
    const sent = this.socket !== undefined;
    const lost = sent ? failure("ECONNRESET", fault.detail) : fault;
    for (const { done, timer } of this.waiting.splice(0)) {
      if (timer !== undefined) this.ports.clock.stopTimer(timer);
      done(fault.fault === "timeout" ? fault : lost);
    }
    this.closed(fault);
    this.runQueued();
  }
}

/** An error comes in the form of version 0, whatever was asked for (KIP-511). */
function decodeVersions(reader: Reader, version: number): Infer<typeof ApiVersionsResponse> {
  const at = reader.at;
  const refused = reader.int16() === ErrorCode.UNSUPPORTED_VERSION;
  reader.at = at;
  return ApiVersionsResponse.at(refused ? 0 : version).decodeWhole(reader);
}
