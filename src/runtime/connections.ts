// The sockets of one host on behalf of the actors that own them: commands go out, events come in as
// messages to the owner.
//
// Lives on: host thread.

import type { SocketCommand } from "./actor.ts";
import type { Cell } from "./cell.ts";
import type { Host } from "./host.ts";
import type { Connection, ConnectionEvents, Listener } from "./ports.ts";

type Owned<T> = { readonly owner: Cell; readonly value: T };
type OwnedConnection = Owned<Connection> & {
  /** Buffers of what was written: when it has left, the disk they may have come from gets them. */
  readonly leaving: ArrayBuffer[];
};

/** Smaller ones are not worth the trouble. */
const RECYCLED_BYTES_MIN = 64 * 1024;

export class Connections {
  private readonly host: Host;
  private readonly connections = new Map<number, OwnedConnection>();
  private readonly listeners = new Map<string, Owned<Listener>>();
  private nextId = 1;

  constructor(host: Host) {
    this.host = host;
  }

  carryOut(owner: Cell, command: SocketCommand): void {
    switch (command.do) {
      case "listen":
        this.listen(owner, command);
        return;
      case "unlisten":
        this.listeners.get(command.listener)?.value.close(() => {});
        this.listeners.delete(command.listener);
        return;
      case "write":
        this.write(owner, command);
        return;
      case "pause":
      case "resume":
      case "end":
      case "destroy":
        this.connections.get(command.connectionId)?.value[command.do]();
        return;
    }
  }

  /** Everything an actor owned ends with it. */
  release(owner: Cell): void {
    for (const [name, listener] of [...this.listeners]) {
      if (listener.owner !== owner) continue;
      listener.value.close(() => {});
      this.listeners.delete(name);
    }
    for (const [id, connection] of [...this.connections]) {
      if (connection.owner !== owner) continue;
      this.connections.delete(id);
      connection.value.destroy();
    }
  }

  private listen(owner: Cell, command: Extract<SocketCommand, { do: "listen" }>): void {
    const { listener, options } = command;
    const opened = this.host.ports.sockets.listen(options, {
      listening: (address) => this.tell(owner, "listenerOpened", { listener, address }),
      failed: (fault) => this.tell(owner, "listenerFailed", { listener, fault }),
      connection: (connection) => this.accept(owner, listener, connection),
    });
    this.listeners.set(listener, { owner, value: opened });
  }

  private accept(owner: Cell, listener: string, connection: Connection): ConnectionEvents {
    const connectionId = this.nextId++;
    this.connections.set(connectionId, { owner, value: connection, leaving: [] });
    const { remote, local } = connection;
    this.tell(owner, "connectionOpened", { connectionId, listener, remote, local });
    return {
      bytes: (bytes) => this.tell(owner, "bytesReceived", { connectionId, bytes }),
      drained: () => {
        this.recycle(connectionId);
        this.tell(owner, "connectionDrained", { connectionId });
      },
      closed: (fault) => {
        this.connections.delete(connectionId);
        this.tell(owner, "connectionClosed", { connectionId, fault });
      },
    };
  }

  private write(owner: Cell, command: Extract<SocketCommand, { do: "write" }>): void {
    const { connectionId, chunks, isTold = false } = command;
    const connection = this.connections.get(connectionId);
    if (connection === undefined) return;
    connection.value.write(chunks);
    for (const { buffer } of chunks) {
      if (buffer.byteLength < RECYCLED_BYTES_MIN || !(buffer instanceof ArrayBuffer)) continue;
      connection.leaving.push(buffer);
    }
    const bufferedBytes = connection.value.bufferedBytes();
    if (bufferedBytes === 0) this.recycle(connectionId);
    if (bufferedBytes > 0 || isTold) {
      this.tell(owner, "connectionBuffered", { connectionId, bufferedBytes });
    }
  }

  /** All that was written to the connection has left: its buffers are of no use to anyone. */
  private recycle(connectionId: number): void {
    const leaving = this.connections.get(connectionId)?.leaving ?? [];
    for (const buffer of leaving.splice(0)) this.host.ports.disk.recycle?.(buffer);
  }

  private tell(owner: Cell, kind: string, args: unknown): void {
    this.host.enter(() => this.host.post.deliverCast(owner, kind, args));
  }
}
