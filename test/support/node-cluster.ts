// Three nodes as processes of their own, over real sockets and streams, for tests that hold all of them.
//
// Lives on: tests.

import { strict as assert } from "node:assert";
import { createServer } from "node:net";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { TestClient, until } from "./kafka-client.ts";
import { Faults } from "./faults/fault.ts";
import type { Program } from "./node-process.ts";
import { runGofka } from "./node-process.ts";
import { scratchDirectory } from "./scratch.ts";

export const NODES = 3;
export const ATTEMPTS = 5;

/** Ports that are free now. Whoever needs one by number has to be ready for its being taken. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  const ports: number[] = [];
  for (const server of servers) {
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    assert.ok(typeof address === "object" && address !== null);
    ports.push(address.port);
  }
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

type Settings = Readonly<Record<string, string | number>>;
/** `hosts`: threads of each node, in which faults may be planted; 0: it has one thread and none. */
type Made = { readonly hosts?: number; readonly env?: Readonly<Record<string, string>> };

export class NodeProcesses {
  readonly nodes: Program[] = [];
  readonly addresses: string[] = [];
  private readonly t: TestContext;
  private readonly directory: string;
  private readonly voters: string;
  private readonly ports: readonly number[];
  private readonly settings: Settings;
  private readonly hosts: number;
  private readonly env: Readonly<Record<string, string>>;
  /** Of each node; they strike where it has threads. */
  readonly faults: Faults[] = [];

  constructor(
    t: TestContext,
    directory: string,
    ports: readonly number[],
    settings: Settings,
    { hosts = 0, env = {} }: Made,
  ) {
    this.hosts = hosts;
    this.env = env;
    this.t = t;
    this.directory = directory;
    this.ports = ports;
    this.settings = settings;
    this.voters = ports.map((port, at) => `${at + 1}@127.0.0.1:${port}`).join();
  }

  start(at: number): void {
    const settings = {
      "node.id": at + 1,
      "controller.quorum.voters": this.voters,
      "controller.listener.names": "CONTROLLER",
      listeners: `PLAINTEXT://127.0.0.1:0,CONTROLLER://127.0.0.1:${this.ports[at]}`,
      "log.dirs": join(this.directory, String(at + 1)),
      ...this.settings,
    };
    const words = Object.entries(settings).flatMap(([key, value]) => ["--set", `${key}=${value}`]);
    const faults = new Faults(scratchDirectory(this.t));
    this.faults[at] = faults;
    const options = this.hosts === 0 ? {} : faults;
    this.nodes[at] = runGofka(this.t, ["start", "--hosts", String(this.hosts), ...words], {
      ...options,
      env: { ...faults.env, ...this.env },
    });
  }

  async ready(at: number): Promise<void> {
    this.addresses[at] = await this.nodes[at]!.ready();
  }

  client(at: number): TestClient {
    const client = new TestClient(this.addresses[at]!);
    this.t.after(() => client.close());
    return client;
  }
}

export async function threeNodes(
  t: TestContext,
  settings: Settings = {},
  made: Made = {},
): Promise<NodeProcesses> {
  for (let attempt = 1; ; attempt++) {
    const ports = await freePorts(NODES);
    const cluster = new NodeProcesses(
      t,
      join(scratchDirectory(t), String(attempt)),
      ports,
      settings,
      made,
    );
    for (let at = 0; at < NODES; at++) cluster.start(at);
    try {
      for (let at = 0; at < NODES; at++) await cluster.ready(at);
      return cluster;
    } catch (error) {
      for (const node of cluster.nodes) if (!node.hasEnded) node.signal("SIGKILL");
      // Somebody else has taken one of the ports meanwhile.
      const taken = cluster.nodes.some(({ stderr }) => stderr.includes("EADDRINUSE"));
      if (!taken || attempt === ATTEMPTS) throw error;
    }
  }
}

/** A client that comes to a dead node hears so once, and finds another the next time. */
export function eventually(what: string, holds: () => Promise<boolean>): Promise<void> {
  return until(what, () => holds().catch(() => false));
}
