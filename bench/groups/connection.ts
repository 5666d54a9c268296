// One connection of the load for groups: requests out, answers matched in order. The same client for both
// brokers, and as little of it as possible.
//
// Lives on: the developer's machine.

import type { Socket } from "node:net";
import { createConnection } from "node:net";
import type { DraftShape, InferShape, Message, Shape } from "../../src/protocol/schema.ts";
import {
  beginFrame,
  endFrame,
  readResponseHeader,
  writeRequestHeader,
} from "../../src/protocol/frame.ts";
import { Reader } from "../../src/protocol/wire.ts";

type Api<Q extends Shape, A extends Shape> = {
  readonly request: Message<Q>;
  readonly response: Message<A>;
  readonly version: number;
};

export class LoadConnection {
  private readonly socket: Socket;
  private received: Buffer = Buffer.alloc(0);
  private readonly waiting: ((frame: Uint8Array) => void)[] = [];
  private correlationId = 0;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.setNoDelay(true);
    socket.on("data", (chunk: Buffer) => this.take(chunk));
    socket.on("error", () => undefined);
  }

  static open(bootstrap: string): Promise<LoadConnection> {
    const [host, port] = bootstrap.split(":");
    const { promise, resolve, reject } = Promise.withResolvers<LoadConnection>();
    const socket = createConnection({ host: host!, port: Number(port) });
    socket.once("connect", () => resolve(new LoadConnection(socket)));
    socket.once("error", reject);
    return promise;
  }

  private take(chunk: Buffer): void {
    this.received = this.received.length === 0 ? chunk : Buffer.concat([this.received, chunk]);
    while (this.received.length >= 4) {
      const end = 4 + this.received.readInt32BE(0);
      if (this.received.length < end) return;
      this.waiting.shift()!(this.received.subarray(4, end));
      this.received = this.received.subarray(end);
    }
  }

  ask<Q extends Shape, A extends Shape>(
    { request, response, version }: Api<Q, A>,
    body: DraftShape<Q>,
  ): Promise<InferShape<A>> {
    const writer = beginFrame();
    const { apiKey } = request;
    const correlationId = ++this.correlationId;
    writeRequestHeader(writer, { apiKey, apiVersion: version, correlationId, clientId: "bench" });
    request.at(version).encode(writer, body);
    for (const chunk of endFrame(writer)) this.socket.write(chunk);
    return new Promise((resolve) => {
      this.waiting.push((frame) => {
        const reader = new Reader(frame);
        readResponseHeader(reader, apiKey, version);
        resolve(response.at(version).decode(reader));
      });
    });
  }

  close(): void {
    this.socket.destroy();
  }
}
