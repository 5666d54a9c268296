// Wires between nodes that can be cut in one direction: a proxy for each node and each voter that it
// dials. What is sent meanwhile arrives when the wire is whole again, as TCP has it.
//
// Lives on: the developer's machine.

import type { Socket } from "node:net";
import { connect, createServer } from "node:net";
import { freePort } from "../../../bench/broker.ts";
import { NODES } from "./three.ts";

type Pair = { readonly near: Socket; readonly far: Socket };

class Way {
  private readonly pairs = new Set<Pair>();
  private isCut = { there: false, back: false };

  constructor(port: number, to: () => number) {
    const server = createServer((near) => {
      const far = connect({ host: "127.0.0.1", port: to() });
      const pair = { near, far };
      this.pairs.add(pair);
      near.on("data", (bytes) => far.write(bytes));
      far.on("data", (bytes) => near.write(bytes));
      for (const socket of [near, far]) {
        socket.on("error", () => undefined);
        socket.on("close", () => {
          this.pairs.delete(pair);
          near.destroy();
          far.destroy();
        });
      }
      this.settle(pair);
    });
    server.listen(port, "127.0.0.1").unref();
  }

  set(isCut: { readonly there: boolean; readonly back: boolean }): void {
    this.isCut = isCut;
    for (const pair of this.pairs) this.settle(pair);
  }

  private settle({ near, far }: Pair): void {
    if (this.isCut.there) near.pause();
    else near.resume();
    if (this.isCut.back) far.pause();
    else far.resume();
  }
}

export class Ways {
  private readonly ways = new Map<string, Way>();
  private readonly ports = new Map<string, number>();
  private readonly targets = new Map<number, number>();

  static async open(): Promise<Ways> {
    const ways = new Ways();
    for (let node = 0; node < NODES; node++) {
      for (let voter = 0; voter < NODES; voter++) {
        if (node === voter) continue;
        const key = `${node} ${voter}`;
        const port = await freePort();
        ways.ports.set(key, port);
        ways.ways.set(key, new Way(port, () => ways.targets.get(voter)!));
      }
    }
    return ways;
  }

  /** Where `node` is to reach `voter`, who listens on `port`. */
  to(node: number, voter: number, port: number): number {
    this.targets.set(voter, port);
    return this.ports.get(`${node} ${voter}`)!;
  }

  /** What the node says reaches nobody, or what others say does not reach it. */
  cut(node: number, direction: "from" | "to"): void {
    for (let other = 0; other < NODES; other++) {
      if (other === node) continue;
      const isFrom = direction === "from";
      this.ways.get(`${node} ${other}`)!.set({ there: isFrom, back: !isFrom });
      this.ways.get(`${other} ${node}`)!.set({ there: !isFrom, back: isFrom });
    }
  }

  mend(): void {
    for (const way of this.ways.values()) way.set({ there: false, back: false });
  }
}
