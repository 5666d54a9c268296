// The real Sockets port: TCP by node:net.
//
// What the rest of the node relies on here. A chunk that was received stands in an ArrayBuffer of its
// own, so it can be cut and moved to another host. All chunks of one `write` leave in one system call
// where the kernel takes them. A peer that ends its side ends the connection, after what was already
// written to it has left: nothing of Kafka's protocol survives half a connection.
//
// Lives on: host thread.

import { createServer, connect as connectSocket } from "node:net";
import type { Server, Socket } from "node:net";
import type { Outcome } from "../base/outcome.ts";
import { failure, success } from "../base/outcome.ts";
import type {
  Connection,
  ConnectionEvents,
  Listener,
  ListenOptions,
  SocketAddress,
  Sockets,
} from "../runtime/ports.ts";
import { socketFault } from "./fault-codes.ts";

/** Connections that may wait in the kernel to be accepted. */
const BACKLOG = 511;
/** How long a peer that has ended its side may take to read what was written to it. */
const LINGER_MS = 5_000;
const KEEP_ALIVE_MS = 60_000;

const nothing = new Uint8Array(0);
const nobody: ConnectionEvents = { bytes: () => {}, drained: () => {}, closed: () => {} };

class TcpConnection implements Connection {
  readonly remote: SocketAddress;
  readonly local: SocketAddress;
  private readonly socket: Socket;
  private events: ConnectionEvents = nobody;
  private ended = false;
  private destroyed = false;
  private waitsToDrain = false;
  private fault: Outcome<null> = success(null);

  constructor(socket: Socket) {
    this.socket = socket;
    this.remote = { host: socket.remoteAddress ?? "", port: socket.remotePort ?? 0 };
    this.local = { host: socket.localAddress ?? "", port: socket.localPort ?? 0 };
    socket.on("error", (error) => (this.fault = socketFault(error)));
    socket.on("end", () => this.peerEnded());
    socket.on("close", () => this.closed());
  }

  tell(events: ConnectionEvents): void {
    this.events = events;
    this.socket.on("data", (chunk: Buffer) => {
      if (!this.destroyed) events.bytes(ownBytes(chunk));
    });
  }

  bufferedBytes(): number {
    return this.socket.writableLength;
  }

  write(chunks: readonly Uint8Array[]): void {
    const { socket } = this;
    const last = chunks.length - 1;
    if (last < 0 || this.ended || this.destroyed || !socket.writable) return;
    if (last > 0) socket.cork();
    for (const chunk of chunks) socket.write(chunk);
    if (last > 0) socket.uncork();
    if (socket.writableLength === 0) return;
    // Only what could not leave at once is worth a callback, which costs a tick of its own.
    this.waitsToDrain = true;
    socket.write(nothing, this.afterWrite);
  }

  pause(): void {
    this.socket.pause();
  }

  resume(): void {
    this.socket.resume();
  }

  end(): void {
    if (this.ended || this.destroyed) return;
    this.ended = true;
    this.socket.end();
  }

  destroy(): void {
    if (this.destroyed) return;
    this.destroyed = true;
    this.socket.destroy();
  }

  private readonly afterWrite = (): void => {
    if (!this.waitsToDrain || this.socket.writableLength > 0 || this.destroyed) return;
    this.waitsToDrain = false;
    this.events.drained();
  };

  /** Node ends our side too (allowHalfOpen is off), which waits for what is still to be written. */
  private peerEnded(): void {
    this.ended = true;
    if (this.socket.writableLength === 0) return;
    const linger = setTimeout(() => this.socket.destroy(), LINGER_MS);
    this.socket.once("close", () => clearTimeout(linger));
  }

  private closed(): void {
    this.destroyed = true;
    const { events } = this;
    this.events = nobody;
    events.closed(this.fault);
  }
}

/** Node reads into buffers of their own; should that ever change, the promise stays. */
function ownBytes(chunk: Buffer): Uint8Array {
  const whole = chunk.byteLength === chunk.buffer.byteLength;
  return whole ? new Uint8Array(chunk.buffer) : new Uint8Array(chunk);
}

function listen(options: ListenOptions, events: Parameters<Sockets["listen"]>[1]): Listener {
  const server = createServer({
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: KEEP_ALIVE_MS,
  });
  let open = true;
  server.on("connection", (socket) => {
    const connection = new TcpConnection(socket);
    connection.tell(events.connection(connection));
  });
  const failed = (error: Error): void => events.failed(socketFault(error));
  server.once("error", failed);
  server.on("listening", () => {
    server.removeListener("error", failed);
    // A connection that could not be accepted, for want of descriptors say: the next one may be.
    server.on("error", () => {});
    if (open) events.listening(addressOf(server));
  });
  server.listen({
    host: options.host,
    port: options.port,
    backlog: options.backlog ?? BACKLOG,
    // The kernel spreads connections over all who listen so; elsewhere the second one is refused.
    reusePort: options.shared && process.platform === "linux",
  });
  return {
    close(done) {
      open = false;
      // The port is free at once; Node's own callback would wait for every connection.
      server.close();
      setImmediate(done);
    },
  };
}

function addressOf(server: Server): SocketAddress {
  const address = server.address();
  if (address === null || typeof address === "string") return { host: "", port: 0 };
  return { host: address.address, port: address.port };
}

function connect(to: SocketAddress, events: Parameters<Sockets["connect"]>[1]): void {
  const socket = connectSocket({
    host: to.host,
    port: to.port,
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: KEEP_ALIVE_MS,
  });
  const refused = (error: Error): void => {
    const fault = socketFault(error);
    socket.once("close", () => events.closed(failure(fault.fault, fault.detail)));
  };
  socket.once("error", refused);
  socket.once("connect", () => {
    socket.removeListener("error", refused);
    const connection = new TcpConnection(socket);
    events.opened(connection);
    connection.tell(events);
  });
}

export const tcpSockets: Sockets = { listen, connect };
