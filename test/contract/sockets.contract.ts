// What every Sockets port must do, the real one and the simulated one alike.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Outcome } from "../../src/base/outcome.ts";
import type {
  Connection,
  ConnectionEvents,
  Listener,
  ListenOptions,
  SocketAddress,
  Sockets,
} from "../../src/runtime/ports.ts";
import type { Progress } from "./support.ts";

/** `host`: an address that both ports know as this machine. */
export type SocketsUnderTest = {
  readonly server: Sockets;
  readonly client: Sockets;
  readonly host: string;
  readonly progress: Progress;
  /** Whether several listeners can share an address here. */
  readonly shares: boolean;
};

/** One end of a connection with all that was heard of it. */
class End implements ConnectionEvents {
  connection: Connection | undefined;
  readonly chunks: Uint8Array[] = [];
  receivedBytes = 0;
  drains = 0;
  readonly closings: Outcome<null>[] = [];
  heardAfterClose = 0;

  opened(connection: Connection): void {
    this.connection = connection;
    this.note();
  }

  bytes(chunk: Uint8Array): void {
    assert.equal(chunk.byteLength, chunk.buffer.byteLength, "a chunk owns its buffer");
    this.chunks.push(chunk);
    this.receivedBytes += chunk.byteLength;
    this.note();
  }

  drained(): void {
    this.drains += 1;
    this.note();
  }

  closed(fault: Outcome<null>): void {
    this.closings.push(fault);
    if (this.closings.length > 1) this.heardAfterClose += 1;
  }

  get received(): Uint8Array {
    return Buffer.concat(this.chunks);
  }

  private note(): void {
    if (this.closings.length > 0) this.heardAfterClose += 1;
  }
}

class Listening {
  address: SocketAddress | undefined;
  fault: Outcome<never> | undefined;
  readonly ends: End[] = [];
  readonly listener: Listener;

  constructor(sockets: Sockets, options: ListenOptions) {
    this.listener = sockets.listen(options, {
      listening: (address) => (this.address = address),
      failed: (fault) => (this.fault = fault),
      connection: (connection) => {
        const end = new End();
        end.connection = connection;
        this.ends.push(end);
        return end;
      },
    });
    assert.equal(this.address, undefined, "told before listen() returned");
  }
}

class Bench {
  readonly under: SocketsUnderTest;
  readonly listenings: Listening[] = [];

  constructor(under: SocketsUnderTest) {
    this.under = under;
  }

  until(condition: () => boolean): Promise<void> {
    return this.under.progress.until(condition);
  }

  async listen(options: { port?: number; shared?: boolean } = {}): Promise<Listening> {
    const { port = 0, shared = false } = options;
    const listening = new Listening(this.under.server, { host: this.under.host, port, shared });
    this.listenings.push(listening);
    await this.until(() => listening.address !== undefined || listening.fault !== undefined);
    return listening;
  }

  connect(to: SocketAddress): End {
    const end = new End();
    this.under.client.connect(to, end);
    assert.equal(end.connection, undefined, "told before connect() returned");
    return end;
  }

  async join(): Promise<{ client: End; server: End; listening: Listening }> {
    const listening = await this.listen();
    const client = this.connect({ host: this.under.host, port: listening.address!.port });
    await this.until(() => client.connection !== undefined && listening.ends.length > 0);
    return { client, server: listening.ends[0]!, listening };
  }

  async close(): Promise<void> {
    for (const { listener, ends } of this.listenings) {
      for (const end of ends) end.connection?.destroy();
      let closed = false;
      listener.close(() => (closed = true));
      await this.until(() => closed);
    }
  }
}

function pattern(length: number, salt = 0): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; at++) bytes[at] = (at * 31 + (at >> 8) + salt) & 0xff;
  return bytes;
}

function assertQuietEnd(...ends: End[]): void {
  for (const end of ends) {
    assert.equal(end.closings.length, 1, "closed is heard exactly once");
    assert.equal(end.heardAfterClose, 0, "nothing is heard after closed");
  }
}

export function socketsContract(name: string, make: () => SocketsUnderTest): void {
  const test = (title: string, body: (bench: Bench) => Promise<void>): void => {
    it(title, async () => {
      const bench = new Bench(make());
      await body(bench);
      await bench.close();
    });
  };

  describe(`Sockets: ${name}`, () => {
    test("carries bytes both ways, whole and in order", async (bench) => {
      const { client, server } = await bench.join();
      assert.equal(server.connection!.remote.port, client.connection!.local.port);
      assert.equal(server.connection!.local.port, client.connection!.remote.port);
      const question = pattern(300_000);
      client.connection!.write([
        question.slice(0, 10),
        question.slice(10, 5000),
        question.slice(5000),
      ]);
      const answer = pattern(200_000, 7);
      server.connection!.write([answer.slice(0, 100_000)]);
      server.connection!.write([answer.slice(100_000)]);
      await bench.until(() => server.receivedBytes >= 300_000 && client.receivedBytes >= 200_000);
      assert.deepEqual(Buffer.compare(server.received, question), 0);
      assert.deepEqual(Buffer.compare(client.received, answer), 0);
      client.connection!.write([]);
    });

    test("refuses a connection where nobody listens", async (bench) => {
      const listening = await bench.listen();
      const { port } = listening.address!;
      let closed = false;
      listening.listener.close(() => (closed = true));
      await bench.until(() => closed);
      const end = bench.connect({ host: bench.under.host, port });
      await bench.until(() => end.closings.length > 0);
      assert.equal(end.connection, undefined);
      const [fault] = end.closings;
      assert.equal(fault!.ok === false && fault!.fault, "ECONNREFUSED");
      assertQuietEnd(end);
    });

    test("does not share a port unless asked to", async (bench) => {
      const first = await bench.listen();
      const { port } = first.address!;
      const second = await bench.listen({ port });
      assert.equal(second.fault?.ok === false && second.fault.fault, "EADDRINUSE");
    });

    test("spreads connections over those who share a port", async (bench) => {
      if (!bench.under.shares) return;
      const first = await bench.listen({ shared: true });
      const { port } = first.address!;
      const second = await bench.listen({ port, shared: true });
      assert.equal(second.fault, undefined);
      const clients = Array.from({ length: 40 }, () =>
        bench.connect({ host: bench.under.host, port }),
      );
      await bench.until(() => clients.every(({ connection }) => connection !== undefined));
      await bench.until(() => first.ends.length + second.ends.length === 40);
      assert.ok(first.ends.length > 0 && second.ends.length > 0);
    });

    test("frees its port at once, and lets connections be", async (bench) => {
      const { client, server, listening } = await bench.join();
      let closed = false;
      listening.listener.close(() => (closed = true));
      await bench.until(() => closed);
      const again = await bench.listen({ port: listening.address!.port });
      assert.equal(again.fault, undefined);
      client.connection!.write([pattern(10)]);
      await bench.until(() => server.receivedBytes === 10);
    });

    test("holds bytes back while paused", async (bench) => {
      const { client, server } = await bench.join();
      server.connection!.pause();
      client.connection!.write([pattern(1000)]);
      await bench.under.progress.pass(30);
      assert.equal(server.receivedBytes, 0);
      server.connection!.resume();
      await bench.until(() => server.receivedBytes === 1000);
      assert.equal(Buffer.compare(server.received, pattern(1000)), 0);
    });

    test("tells of bytes that wait, and once when they have left", async (bench) => {
      const { client, server } = await bench.join();
      client.connection!.write([pattern(100)]);
      await bench.until(() => server.receivedBytes === 100);
      assert.equal(client.connection!.bufferedBytes(), 0);
      assert.equal(client.drains, 0, "nothing had to wait");
      server.connection!.pause();
      const size = 16 * 1024 * 1024;
      client.connection!.write([pattern(size / 2)]);
      client.connection!.write([pattern(size / 2)]);
      assert.ok(client.connection!.bufferedBytes() > 0);
      await bench.under.progress.pass(20);
      assert.ok(client.connection!.bufferedBytes() > 0);
      assert.equal(client.drains, 0);
      server.connection!.resume();
      await bench.until(() => server.receivedBytes === size + 100);
      await bench.until(() => client.drains === 1);
      assert.equal(client.connection!.bufferedBytes(), 0);
    });

    test("ends in good order, with everything written before", async (bench) => {
      const { client, server } = await bench.join();
      client.connection!.write([pattern(500_000)]);
      client.connection!.end();
      client.connection!.write([pattern(5)]);
      await bench.until(() => server.closings.length > 0 && client.closings.length > 0);
      assert.equal(Buffer.compare(server.received, pattern(500_000)), 0);
      assert.deepEqual(
        [client.closings, server.closings],
        [[{ ok: true, value: null }], [{ ok: true, value: null }]],
      );
      assertQuietEnd(client, server);
      server.connection!.write([pattern(5)]);
      server.connection!.end();
      server.connection!.destroy();
    });

    test("answers what came before the peer ended its side", async (bench) => {
      const { client, server } = await bench.join();
      server.bytes = (chunk) => {
        End.prototype.bytes.call(server, chunk);
        if (server.receivedBytes === 10) server.connection!.write([pattern(200_000)]);
      };
      client.connection!.write([pattern(10)]);
      client.connection!.end();
      await bench.until(() => server.closings.length > 0 && client.closings.length > 0);
      assert.equal(Buffer.compare(client.received, pattern(200_000)), 0);
      assertQuietEnd(client, server);
    });

    test("hears nothing but the end after destroy", async (bench) => {
      const { client, server } = await bench.join();
      client.connection!.write([pattern(2_000_000)]);
      await bench.until(() => server.receivedBytes > 0);
      const before = server.receivedBytes;
      server.connection!.destroy();
      await bench.until(() => server.closings.length > 0 && client.closings.length > 0);
      assert.equal(server.receivedBytes, before);
      assertQuietEnd(client, server);
      assert.equal(server.closings[0]!.ok, true);
    });

    test("destroys both ends at once", async (bench) => {
      const { client, server } = await bench.join();
      client.connection!.destroy();
      server.connection!.destroy();
      await bench.until(() => server.closings.length > 0 && client.closings.length > 0);
      assertQuietEnd(client, server);
    });
  });
}
