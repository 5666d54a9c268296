// A connection that sends whatever bytes it is told to, well-formed or not, and hears what comes
// back: frames, silence, or the end.

import { createConnection } from "node:net";
import type { Socket } from "node:net";
import type { DraftShape, InferShape, Message, Shape } from "../../src/protocol/schema.ts";
import {
  beginFrame,
  endFrame,
  readResponseHeader,
  writeRequestHeader,
} from "../../src/protocol/frame.ts";
import {
  ApiVersionsRequest,
  ApiVersionsResponse,
} from "../../src/protocol/messages/18-api-versions.ts";
import { Reader } from "../../src/protocol/wire.ts";

export type Heard = "closed" | "silence" | Uint8Array;

export class RawConnection {
  private readonly socket: Socket;
  private received = Buffer.alloc(0);
  private waiting: (() => void) | undefined;
  private correlationId = 0;
  closed = false;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.setNoDelay(true);
    socket.on("data", (chunk) => {
      this.received = Buffer.concat([this.received, chunk]);
      this.waiting?.();
    });
    socket.on("error", () => undefined);
    socket.on("close", () => {
      this.closed = true;
      this.waiting?.();
    });
  }

  static open(bootstrap: string): Promise<RawConnection> {
    const [host, port] = bootstrap.split(":");
    const { promise, resolve, reject } = Promise.withResolvers<RawConnection>();
    const socket = createConnection({ host: host!, port: Number(port) });
    socket.once("connect", () => resolve(new RawConnection(socket)));
    socket.once("error", reject);
    return promise;
  }

  send(bytes: Uint8Array): void {
    this.socket.write(bytes);
  }

  /** The next frame's content, without its length. */
  async hear(timeoutMs = 5_000): Promise<Heard> {
    const deadlineMs = performance.now() + timeoutMs;
    for (;;) {
      if (this.received.length >= 4) {
        const end = 4 + this.received.readInt32BE(0);
        if (this.received.length >= end) {
          const frame = Uint8Array.from(this.received.subarray(4, end));
          this.received = this.received.subarray(end);
          return frame;
        }
      }
      if (this.closed) return "closed";
      const leftMs = deadlineMs - performance.now();
      if (leftMs <= 0) return "silence";
      await this.something(leftMs);
    }
  }

  private something(timeoutMs: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, timeoutMs);
    this.waiting = resolve;
    return promise.finally(() => clearTimeout(timer));
  }

  /** One well-formed request; its answer, decoded. */
  async ask<Q extends Shape, A extends Shape>(
    api: { request: Message<Q>; response: Message<A> },
    version: number,
    body: DraftShape<Q>,
  ): Promise<InferShape<A>> {
    this.send(this.frameOf(api.request, version, body));
    const heard = await this.hear(10_000);
    if (typeof heard === "string") throw new Error(`${api.request.name}: ${heard}`);
    const reader = new Reader(heard);
    readResponseHeader(reader, api.request.apiKey, version);
    return api.response.at(version).decode(reader);
  }

  frameOf<Q extends Shape>(request: Message<Q>, version: number, body: DraftShape<Q>): Uint8Array {
    const writer = beginFrame();
    const correlationId = ++this.correlationId;
    const header = { apiKey: request.apiKey, apiVersion: version, correlationId, clientId: "raw" };
    writeRequestHeader(writer, header);
    request.at(version).encode(writer, body);
    return Uint8Array.from(Buffer.concat(endFrame(writer)));
  }

  /** From now on what the node sends piles up: in the kernel first, then in the node. */
  stopReading(): void {
    this.socket.pause();
  }

  end(): void {
    this.socket.destroy();
  }
}

/** Throws unless the connection's next question is answered as it should be. */
export async function isHealthy(connection: RawConnection): Promise<void> {
  const pair = { request: ApiVersionsRequest, response: ApiVersionsResponse };
  const body = { clientSoftwareName: "raw", clientSoftwareVersion: "1" };
  const { errorCode } = await connection.ask(pair, 3, body);
  if (errorCode !== 0) throw new Error(`ApiVersions answers error ${errorCode}`);
}
