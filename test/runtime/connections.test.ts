import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { ActorKind, Cast, Handlers, Outbox, SocketCasts } from "../../src/runtime/actor.ts";
import { refTo } from "../../src/runtime/actor.ts";
import { Host } from "../../src/runtime/host.ts";
import type { Connection, ConnectionEvents, ListenerEvents } from "../../src/runtime/ports.ts";
import { FakeClock, FakeLinks, fakePorts } from "../support/fake-ports.ts";

type WriterProtocol = SocketCasts & { write: Cast<{ chunks: readonly Uint8Array[] }> };

class Writer implements Handlers<WriterProtocol> {
  private readonly out: Outbox<WriterProtocol>;
  private connectionId = 0;
  constructor(out: Outbox<WriterProtocol>) {
    this.out = out;
    const options = { host: "127.0.0.1", port: 1, shared: false };
    out.socket({ do: "listen", listener: "clients", options });
  }
  onListenerOpened(): void {}
  onListenerFailed(): void {}
  onConnectionOpened({ connectionId }: { connectionId: number }): void {
    this.connectionId = connectionId;
  }
  onBytesReceived(): void {}
  onConnectionBuffered(): void {}
  onConnectionDrained(): void {}
  onConnectionClosed(): void {}
  onWrite({ chunks }: { chunks: readonly Uint8Array[] }): void {
    this.out.socket({ do: "write", connectionId: this.connectionId, chunks });
  }
}

const writerKind: ActorKind<WriterProtocol, null> = {
  kind: "writer",
  create: (_, out) => new Writer(out),
  placeOn: () => 0,
  mailbox: { messagesMax: 10, bytesMax: 1e9 },
};

function newWriter() {
  let listener: ListenerEvents | undefined;
  let bufferedBytes = 0;
  const recycled: ArrayBuffer[] = [];
  const address = { host: "127.0.0.1", port: 1 };
  const connection: Connection = {
    remote: address,
    local: address,
    bufferedBytes: () => bufferedBytes,
    write: (chunks) => {
      for (const chunk of chunks) bufferedBytes += chunk.byteLength;
    },
    pause: () => {},
    resume: () => {},
    end: () => {},
    destroy: () => {},
  };
  const ports = fakePorts(new FakeLinks(1).ends[0]!, new FakeClock(), {
    ports: {
      disk: { submit: () => undefined, recycle: (buffer) => recycled.push(buffer) },
      sockets: {
        listen: (_options, events) => {
          listener = events;
          return { close: () => {} };
        },
        connect: () => {},
      },
    },
  });
  const host = new Host(ports, [writerKind as never], { ended: () => {}, stopNode: () => {} });
  host.spawn(writerKind, "0", null);
  const events = listener?.connection(connection) as ConnectionEvents;
  const write = (...chunks: Uint8Array[]): void =>
    host.enter(() => host.post.tell(refTo<WriterProtocol>("writer", "0"), "write", { chunks }));
  const drain = (): void => {
    bufferedBytes = 0;
    events.drained();
  };
  return { write, drain, events, recycled };
}

describe("buffers of what was written", () => {
  it("go back to the disk when everything has left, and not before", () => {
    const { write, drain, recycled } = newWriter();
    const first = new Uint8Array(100_000);
    const second = new Uint8Array(100_000);
    write(first.subarray(10));
    write(second);
    assert.deepEqual(recycled, []);
    drain();
    assert.deepEqual(recycled, [first.buffer, second.buffer]);
    drain();
    assert.equal(recycled.length, 2, "each once");
  });

  it("stay where they are when they are small, or the connection ends first", () => {
    const { write, drain, events, recycled } = newWriter();
    write(new Uint8Array(1_000));
    drain();
    write(new Uint8Array(100_000));
    events.closed({ ok: true, value: null });
    assert.deepEqual(recycled, []);
  });
});
