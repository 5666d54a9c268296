// A client that means no good: garbage, lengths that lie, half a frame and then silence, another
// protocol, and connections dropped at any moment. All it may ever achieve is to lose its connection.
//
// Lives on: the simulator's thread.

import type { Prng } from "../../base/prng.ts";
import type { Connection, Sockets } from "../../runtime/ports.ts";
import { SimSockets } from "../sockets.ts";
import type { SimMachine } from "../sockets.ts";
import type { SimClient } from "./sim-client.ts";

const HTTP = "GET / HTTP/1.1\r\nhost: broker\r\n\r\n";
const CONNECTIONS_MAX = 6;

export class Vandal {
  private readonly client: SimClient;
  private readonly sockets: Sockets;
  private readonly open = new Set<Connection>();

  constructor(client: SimClient, machine: SimMachine, meanPauseMs: number) {
    this.client = client;
    // Unwatched: whoever breaks the protocol has no right to an answer.
    this.sockets = new SimSockets(client.life, machine, client.stage.machines);
    client.every(meanPauseMs, () => this.act());
  }

  private act(): void {
    const { prng } = this.client;
    const [victim] = [...this.open];
    if (this.open.size >= CONNECTIONS_MAX && victim !== undefined) {
      this.open.delete(victim);
      if (prng.chance(0.5)) victim.destroy();
      else victim.end();
      return;
    }
    let ours: Connection | undefined;
    this.sockets.connect(this.client.stage.broker, {
      opened: (connection) => {
        ours = connection;
        this.open.add(connection);
        connection.write([insult(prng)]);
        if (prng.below(4) === 0) connection.pause();
      },
      bytes: () => {},
      drained: () => {},
      closed: () => {
        if (ours !== undefined) this.open.delete(ours);
      },
    });
  }
}

function insult(prng: Prng): Uint8Array {
  switch (prng.below(6)) {
    case 0:
      return prng.bytes(prng.between(1, 200));
    case 1:
      return new TextEncoder().encode(HTTP);
    case 2:
      return framed(prng.pick([-1, 0, 1, 0x7fff_ffff, -0x8000_0000]), prng.bytes(8));
    case 3:
      // Half a frame, and then nothing.
      return framed(1_000, prng.bytes(prng.below(999)));
    case 4: {
      const body = prng.bytes(prng.between(10, 300));
      // A header that looks right in front of nonsense.
      const view = new DataView(body.buffer);
      view.setInt16(0, prng.pick([0, 1, 2, 3, 10, 18, 19, 22, 75]));
      view.setInt16(2, prng.below(14));
      return framed(body.byteLength, body);
    }
    default:
      return framed(4, prng.bytes(4));
  }
}

function framed(length: number, body: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(4 + body.byteLength);
  new DataView(bytes.buffer).setInt32(0, length);
  bytes.set(body, 4);
  return bytes;
}
