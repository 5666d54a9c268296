// The real Peers port: one bidirectional gRPC stream of bytes per peer and lane. Messages are bytes
// in and bytes out, there is no schema: what they hold is the runtime's business. Each side tells who
// it is in the stream's metadata, and checks the other's cluster before a single message passes.
//
// @grpc/grpc-js is loaded when the first listener or connection asks for it: a single node never does.
//
// Lives on: host thread.

import type { Server, ServerDuplexStream } from "@grpc/grpc-js";
import { assert } from "../base/assert.ts";
import type { Outcome } from "../base/outcome.ts";
import { failure, success } from "../base/outcome.ts";
import type {
  PeerHello,
  PeersOptions,
  Peers,
  PeerStream,
  PeerStreamEvents,
  SocketAddress,
} from "../runtime/ports.ts";
import { socketFault } from "./fault-codes.ts";
import {
  channelOptions,
  faultOfStatus,
  helloFrom,
  loadGrpc,
  metadataOf,
  methodOf,
} from "./grpc.ts";
import type { Grpc } from "./grpc.ts";
import type { PeerTls } from "./peer-tls.ts";
import { clientCredentials, serverCredentials } from "./peer-tls.ts";

/** Bytes that may wait in a stream before `send` asks for patience, and when it has had enough. */
const HIGH_WATER_BYTES = 4 * 1024 * 1024;
const LOW_WATER_BYTES = 1024 * 1024;

type ServerCall = ServerDuplexStream<Uint8Array, Uint8Array>;
type Call = { write(bytes: Uint8Array, sent: () => void): unknown; end(): unknown };

/**
 * The last message of a stream that ends in good order: a broken one looks just like it to the side
 * that was called. No other message is empty.
 */
const goodbye = new Uint8Array(0);

/** What both ends of a stream share: sending within bounds and ending once. */
class Stream implements PeerStream {
  events: PeerStreamEvents | undefined;
  private readonly call: Call;
  private readonly cancel: () => void;
  private readonly messageBytesMax: number;
  private waitingBytes = 0;
  private asksForPatience = false;
  private over = false;
  /** Set when this side ended the stream in good order. */
  ending = false;
  peerSaidGoodbye = false;

  constructor(call: Call, messageBytesMax: number, cancel: () => void) {
    this.call = call;
    this.messageBytesMax = messageBytesMax;
    this.cancel = cancel;
  }

  send(bytes: Uint8Array): boolean {
    if (this.over || this.ending) return true;
    const { byteLength } = bytes;
    assert(byteLength > 0, "a message to a peer is never empty");
    if (byteLength > this.messageBytesMax) {
      const detail = `a message of ${byteLength} bytes, at most ${this.messageBytesMax} are allowed`;
      setImmediate(() => this.fail(failure("tooLarge", detail)));
      return true;
    }
    this.waitingBytes += byteLength;
    this.call.write(bytes, () => this.sent(byteLength));
    if (this.waitingBytes > HIGH_WATER_BYTES) this.asksForPatience = true;
    return !this.asksForPatience;
  }

  close(): void {
    if (this.over || this.ending) return;
    this.ending = true;
    this.call.write(goodbye, () => {});
    this.call.end();
  }

  received(bytes: Uint8Array): void {
    if (bytes.byteLength === 0) this.peerSaidGoodbye = true;
    else if (!this.over) this.events?.message(bytes);
  }

  /** Heard at most once, whoever ends the stream and however often it is told. */
  finish(outcome: Outcome<null>): void {
    if (this.over) return;
    this.over = true;
    this.events?.closed(outcome);
  }

  fail(outcome: Outcome<null>): void {
    this.finish(outcome);
    this.cancel();
  }

  private sent(byteLength: number): void {
    this.waitingBytes -= byteLength;
    if (!this.asksForPatience || this.waitingBytes > LOW_WATER_BYTES || this.over) return;
    this.asksForPatience = false;
    this.events?.drained();
  }
}

type ListenEvents = Parameters<Peers["listen"]>[2];

function accept(
  grpc: Grpc,
  call: ServerCall,
  lane: PeerHello["lane"],
  options: PeersOptions,
  events: ListenEvents,
): void {
  const hello = helloFrom(call.metadata, lane);
  const { clusterId } = options.hello;
  if (hello === undefined || hello.clusterId !== clusterId) {
    const theirs = hello?.clusterId ?? "none";
    const details = `this is cluster ${clusterId}, not ${theirs}`;
    call.on("error", () => {});
    call.emit("error", { code: grpc.status.FAILED_PRECONDITION, details });
    return;
  }
  call.sendMetadata(metadataOf(grpc, options.hello));
  const stream = new Stream(call, options.messageBytesMax, () => {
    call.emit("error", { code: grpc.status.CANCELLED, details: "cancelled by the peer" });
  });
  stream.events = events.accepted(hello, stream);
  call.on("data", (bytes: Uint8Array) => stream.received(bytes));
  call.on("end", () => {
    call.end();
    if (stream.peerSaidGoodbye) stream.finish(success(null));
    else stream.finish(failure("ECONNRESET", "the stream broke"));
  });
  call.on("finish", () => stream.ending && stream.finish(success(null)));
  call.on("error", (error) => stream.finish(faultOfStatus(grpc, error)));
  call.on("cancelled", () =>
    stream.finish(failure("ECONNRESET", "the stream broke, or was cancelled by the peer")),
  );
}

function listen(
  tls: PeerTls | null,
  address: SocketAddress,
  options: PeersOptions,
  events: ListenEvents,
): { close(done: () => void): void } {
  const opening = openServer(tls, address, options, events);
  let open = true;
  return {
    close(done) {
      if (!open) return void setImmediate(done);
      open = false;
      void closeServer(opening, done);
    },
  };
}

type OpenServer = { readonly server: Server; readonly bound: string };

async function openServer(
  tls: PeerTls | null,
  address: SocketAddress,
  options: PeersOptions,
  events: ListenEvents,
): Promise<OpenServer | undefined> {
  const grpc = await loadGrpc();
  const server = new grpc.Server(channelOptions(options));
  for (const lane of ["control", "bulk"] as const) {
    server.register(
      methodOf(lane),
      (call: ServerCall) => accept(grpc, call, lane, options, events),
      (bytes: Uint8Array) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength),
      (bytes: Buffer) => bytes,
      "bidi",
    );
  }
  const { host } = address;
  const asked = `${host}:${address.port}`;
  return await new Promise((resolve) => {
    server.bindAsync(asked, serverCredentials(grpc, tls), (error, port) => {
      if (error === null) {
        resolve({ server, bound: `${host}:${port}` });
        events.listening({ host, port });
      } else {
        resolve(undefined);
        events.failed(bindFault(error));
      }
    });
  });
}

/** gRPC wraps what the system said into a text. */
function bindFault(error: Error) {
  const code = /\b(E[A-Z]+)\b/.exec(error.message)?.[1];
  return socketFault(Object.assign(new Error(error.message), { code: code ?? "EADDRINUSE" }));
}

/** Streams that are there stay; the connections end with their last stream. */
async function closeServer(
  opening: Promise<OpenServer | undefined>,
  done: () => void,
): Promise<void> {
  const opened = await opening;
  opened?.server.unbind(opened.bound);
  opened?.server.tryShutdown(() => {});
  setImmediate(done);
}

type ConnectEvents = Parameters<Peers["connect"]>[3];

function connect(
  tls: PeerTls | null,
  to: SocketAddress,
  lane: PeerHello["lane"],
  options: PeersOptions,
  events: ConnectEvents,
): void {
  void open(tls, to, lane, options, events);
}

async function open(
  tls: PeerTls | null,
  to: SocketAddress,
  lane: PeerHello["lane"],
  options: PeersOptions,
  events: ConnectEvents,
): Promise<void> {
  const grpc = await loadGrpc();
  const address = `${to.host}:${to.port}`;
  const { credentials, options: named } = clientCredentials(grpc, tls, to.host);
  const client = new grpc.Client(address, credentials, { ...channelOptions(options), ...named });
  const call = client.makeBidiStreamRequest(
    methodOf(lane),
    (bytes: Uint8Array) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength),
    (bytes: Buffer) => bytes,
    metadataOf(grpc, options.hello),
  );
  const stream = new Stream(call, options.messageBytesMax, () => call.cancel());
  stream.events = events;
  let opened = false;
  call.on("metadata", (metadata) => {
    const hello = helloFrom(metadata, lane);
    if (hello === undefined) return;
    if (hello.clusterId !== options.hello.clusterId) {
      const detail = `${address} belongs to cluster ${hello.clusterId}`;
      return stream.fail(failure("refused", detail));
    }
    opened = true;
    events.opened(hello, stream);
  });
  call.on("data", (bytes: Uint8Array) => opened && stream.received(bytes));
  call.on("end", () => call.end());
  call.on("error", () => {});
  call.on("status", (status) => {
    const good = status.code === grpc.status.OK;
    stream.finish(good ? success(null) : faultOfStatus(grpc, status, opened));
    client.close();
  });
}

/** Without TLS where that is null: then whoever reaches the port is taken at its word. */
export function grpcPeers(tls: PeerTls | null): Peers {
  return {
    listen: (address, options, events) => listen(tls, address, options, events),
    connect: (to, lane, options, events) => connect(tls, to, lane, options, events),
  };
}
