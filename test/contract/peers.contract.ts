// What every Peers port must do, the real one and the simulated one alike.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Outcome } from "../../src/base/outcome.ts";
import type {
  PeerHello,
  Peers,
  PeersOptions,
  PeerStream,
  PeerStreamEvents,
  SocketAddress,
} from "../../src/runtime/ports.ts";
import type { Progress } from "./support.ts";

export type PeersUnderTest = {
  readonly server: Peers;
  readonly client: Peers;
  readonly host: string;
  readonly progress: Progress;
};

const MESSAGE_BYTES_MAX = 1024 * 1024;

function optionsOf(nodeId: number, clusterId = "cluster-a"): PeersOptions {
  return {
    hello: {
      clusterId,
      nodeId,
      directoryId: nodeId === 1 ? "disk-1" : null,
      hostIndex: nodeId + 3,
    },
    messageBytesMax: MESSAGE_BYTES_MAX,
  };
}

/** One end of a stream with all that was heard of it. */
class End implements PeerStreamEvents {
  stream: PeerStream | undefined;
  hello: PeerHello | undefined;
  readonly messages: Uint8Array[] = [];
  drains = 0;
  readonly closings: Outcome<null>[] = [];
  private late = 0;

  opened(hello: PeerHello, stream: PeerStream): void {
    this.hello = hello;
    this.stream = stream;
    this.note();
  }

  message(bytes: Uint8Array): void {
    assert.ok(this.stream !== undefined, "a message before the hello");
    this.messages.push(bytes);
    this.note();
  }

  drained(): void {
    this.drains += 1;
    this.note();
  }

  closed(outcome: Outcome<null>): void {
    this.note();
    this.closings.push(outcome);
  }

  assertClosed(good: boolean): void {
    assert.equal(this.closings.length, 1);
    assert.equal(this.closings[0]!.ok, good, JSON.stringify(this.closings[0]));
    assert.equal(this.late, 0, "heard after closed");
  }

  private note(): void {
    if (this.closings.length > 0) this.late += 1;
  }
}

class Bench {
  readonly under: PeersUnderTest;
  readonly accepted: End[] = [];
  address: SocketAddress | undefined;
  private listener: { close(done: () => void): void } | undefined;

  constructor(under: PeersUnderTest) {
    this.under = under;
  }

  until(condition: () => boolean): Promise<void> {
    return this.under.progress.until(condition);
  }

  async listen(options = optionsOf(1)): Promise<SocketAddress> {
    this.listener = this.under.server.listen({ host: this.under.host, port: 0 }, options, {
      listening: (address) => (this.address = address),
      failed: (fault) => assert.fail(JSON.stringify(fault)),
      accepted: (hello, stream) => {
        const end = new End();
        end.opened(hello, stream);
        this.accepted.push(end);
        return end;
      },
    });
    await this.until(() => this.address !== undefined);
    return this.address!;
  }

  connect(lane: PeerHello["lane"], options = optionsOf(2)): End {
    const end = new End();
    this.under.client.connect(this.address!, lane, options, end);
    assert.equal(end.stream, undefined, "told before connect() returned");
    return end;
  }

  async join(lane: PeerHello["lane"] = "control"): Promise<{ client: End; server: End }> {
    await this.listen();
    const client = this.connect(lane);
    await this.until(() => client.stream !== undefined && this.accepted.length === 1);
    return { client, server: this.accepted[0]! };
  }

  async unlisten(): Promise<void> {
    let closed = false;
    this.listener?.close(() => (closed = true));
    await this.until(() => closed);
  }

  async close(): Promise<void> {
    for (const end of this.accepted) end.stream?.close();
    if (this.listener !== undefined) await this.unlisten();
  }
}

function numbered(length: number, number: number): Uint8Array {
  const bytes = new Uint8Array(length).fill(number & 0xff);
  new DataView(bytes.buffer).setUint32(0, number);
  return bytes;
}

function numberOf(bytes: Uint8Array): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);
}

export function peersContract(name: string, make: () => PeersUnderTest): void {
  const test = (title: string, body: (bench: Bench) => Promise<void>): void => {
    it(title, async () => {
      const bench = new Bench(make());
      await body(bench);
      await bench.close();
    });
  };

  describe(`Peers: ${name}`, () => {
    test("tells each side who the other one is, on both lanes", async (bench) => {
      await bench.listen();
      const control = bench.connect("control");
      const bulk = bench.connect("bulk");
      await bench.until(() => control.stream !== undefined && bulk.stream !== undefined);
      await bench.until(() => bench.accepted.length === 2);
      assert.deepEqual(control.hello, {
        clusterId: "cluster-a",
        nodeId: 1,
        directoryId: "disk-1",
        hostIndex: 4,
        lane: "control",
      });
      const heard = bench.accepted
        .map(({ hello }) => hello)
        .toSorted((a, b) => (a!.lane < b!.lane ? -1 : 1));
      assert.deepEqual(heard, [
        { clusterId: "cluster-a", nodeId: 2, directoryId: null, hostIndex: 5, lane: "bulk" },
        { clusterId: "cluster-a", nodeId: 2, directoryId: null, hostIndex: 5, lane: "control" },
      ]);
    });

    test("refuses a node of another cluster, and says why", async (bench) => {
      await bench.listen();
      const stranger = bench.connect("control", optionsOf(2, "cluster-b"));
      await bench.until(() => stranger.closings.length > 0);
      const [outcome] = stranger.closings;
      assert.ok(outcome?.ok === false);
      assert.equal(outcome.fault, "refused");
      assert.match(outcome.detail, /cluster-a/);
      assert.equal(stranger.stream, undefined);
      assert.equal(bench.accepted.length, 0);
    });

    test("carries messages both ways, whole and in order", async (bench) => {
      const { client, server } = await bench.join();
      const count = 300;
      for (let number = 0; number < count; number++) {
        client.stream!.send(numbered(4 + ((number * 37) % 2000), number));
        server.stream!.send(numbered(4, count - number));
      }
      await bench.until(() => server.messages.length === count && client.messages.length === count);
      server.messages.forEach((bytes, number) => {
        assert.equal(bytes.byteLength, 4 + ((number * 37) % 2000));
        assert.equal(numberOf(bytes), number);
        assert.ok(bytes.subarray(4).every((byte) => byte === (number & 0xff)));
      });
      assert.deepEqual(
        client.messages.map(numberOf),
        Array.from({ length: count }, (_, number) => count - number),
      );
    });

    test("asks for patience above the high-water mark, and delivers all the same", async (bench) => {
      const { client, server } = await bench.join("bulk");
      let sent = 0;
      while (client.stream!.send(numbered(500_000, sent++))) assert.ok(sent < 1_000);
      await bench.until(() => client.drains === 1);
      assert.equal(client.stream!.send(numbered(4, sent++)), true);
      await bench.until(() => server.messages.length === sent);
      assert.deepEqual(
        server.messages.map(numberOf),
        Array.from({ length: sent }, (_, number) => number),
      );
    });

    test("takes a message up to the bound, and ends the stream at a larger one", async (bench) => {
      const { client, server } = await bench.join();
      client.stream!.send(numbered(MESSAGE_BYTES_MAX, 1));
      await bench.until(() => server.messages.length === 1);
      client.stream!.send(numbered(MESSAGE_BYTES_MAX + 1, 2));
      await bench.until(() => client.closings.length > 0 && server.closings.length > 0);
      client.assertClosed(false);
      server.assertClosed(false);
      assert.equal(client.closings[0]!.ok === false && client.closings[0]!.fault, "tooLarge");
      assert.equal(server.messages.length, 1);
    });

    test("does not believe the other side's bound", async (bench) => {
      await bench.listen();
      const client = bench.connect("control", {
        ...optionsOf(2),
        messageBytesMax: 4 * MESSAGE_BYTES_MAX,
      });
      await bench.until(() => client.stream !== undefined);
      client.stream!.send(numbered(2 * MESSAGE_BYTES_MAX, 1));
      await bench.until(() => client.closings.length > 0);
      await bench.until(() => bench.accepted[0]!.closings.length > 0);
      client.assertClosed(false);
      bench.accepted[0]!.assertClosed(false);
      assert.equal(bench.accepted[0]!.messages.length, 0);
    });

    for (const side of ["client", "server"] as const) {
      test(`ends in good order when the ${side} closes`, async (bench) => {
        const ends = await bench.join();
        const other = side === "client" ? ends.server : ends.client;
        ends[side].stream!.send(numbered(100_000, 1));
        ends[side].stream!.send(numbered(100_000, 2));
        ends[side].stream!.close();
        ends[side].stream!.send(numbered(4, 3));
        await bench.until(() => other.closings.length > 0 && ends[side].closings.length > 0);
        assert.deepEqual(other.messages.map(numberOf), [1, 2]);
        ends.client.assertClosed(true);
        ends.server.assertClosed(true);
        other.stream!.send(numbered(4, 4));
        other.stream!.close();
      });
    }

    test("hears that nobody listens", async (bench) => {
      await bench.listen();
      await bench.unlisten();
      const end = bench.connect("control");
      await bench.until(() => end.closings.length > 0);
      assert.equal(end.closings[0]!.ok === false && end.closings[0]!.fault, "ECONNREFUSED");
      assert.equal(end.stream, undefined);
    });

    test("lets streams be when the listener closes", async (bench) => {
      const { client, server } = await bench.join();
      await bench.unlisten();
      client.stream!.send(numbered(4, 1));
      await bench.until(() => server.messages.length === 1);
      client.stream!.close();
      await bench.until(() => client.closings.length > 0);
    });
  });
}
