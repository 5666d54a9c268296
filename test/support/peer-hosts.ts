// Hosts of several nodes on a simulated network, each with one actor that notes what it hears of others.

import assert from "node:assert/strict";
import type { PeerCommand } from "../../src/runtime/actor.ts";
import type { AnyKind } from "../../src/runtime/cell.ts";
import { Host } from "../../src/runtime/host.ts";
import type { HostPorts } from "../../src/runtime/ports.ts";
import { SimClock, SimWall } from "../../src/sim/clock.ts";
import { Life } from "../../src/sim/life.ts";
import { calmNetwork, SimNetwork } from "../../src/sim/network.ts";
import { SimPeerNetwork, SimPeers } from "../../src/sim/peers.ts";
import { SimRandom } from "../../src/sim/random.ts";
import { Scheduler } from "../../src/sim/scheduler.ts";

export const PORT = 9093;

/** What an actor has heard, in order. */
export type Heard = {
  readonly event: string;
  readonly nodeId?: number;
  readonly hostIndex?: number;
  readonly message?: unknown;
  readonly detail?: string;
};

export function setUp(seed: number) {
  const scheduler = new Scheduler(seed);
  const network = new SimNetwork(scheduler, calmNetwork);
  const peers = new SimPeerNetwork(network);
  let starts = 0;

  /** One node with one actor that notes what it hears. */
  function start(
    nodeId: number,
    clusterId = "cluster",
    machine = `node-${nodeId}`,
    directoryId: string | null = null,
    hostIndex = 0,
  ) {
    const life = new Life(scheduler, `${machine}#${++starts}`);
    const heard: Heard[] = [];
    const logged: string[] = [];
    let act: (command: PeerCommand) => void = () => {};
    const note = (event: string) => (args: object) => void heard.push({ event, ...args });
    const kind = {
      kind: "talker",
      create: (_: unknown, out: { peer(command: PeerCommand): void }) => {
        act = (command) => out.peer(command);
        return {
          onPeersListening: note("listening"),
          onPeersFailed: note("failed"),
          onPeerOpened: note("opened"),
          onPeerMessage: note("message"),
          onPeerClosed: note("closed"),
          onBulkOpened: note("bulk opened"),
          onBulkMessage: note("bulk message"),
          onBulkFull: note("bulk full"),
          onBulkDrained: note("bulk drained"),
          onBulkClosed: note("bulk closed"),
          onDo: (command: PeerCommand) => act(command),
        };
      },
      placeOn: () => hostIndex,
      mailbox: { messagesMax: 10_000, bytesMax: 1_000_000_000 },
    } as unknown as AnyKind;
    const prng = scheduler.stream(life.name);
    const ports = {
      clock: new SimClock(life, new SimWall(0), prng.stream("clock"), 1),
      random: new SimRandom(prng.stream("random")),
      links: { hostIndex, hostCount: 1, asideIndex: hostIndex, subscribe: () => {} },
      peers: new SimPeers(peers, machine, life),
      log: { write: (_level: string, event: string) => logged.push(event) },
    } as unknown as HostPorts;
    const host = new Host(ports, [kind], {
      ended: ({ kind: end, detail }) => assert.equal(end, "stopped", detail),
      stopNode: (reason) => assert.fail(reason),
    });
    host.spawn({ kind: "talker" }, "0", {});
    const command = (what: PeerCommand): void => {
      host.askFromOutside({ kind: "talker", key: "0" }, "do", what, 1, () => {});
    };
    command({ do: "hear", lane: "control", channel: "talk" });
    command({ do: "hear", lane: "bulk", channel: "talk" });
    command({
      do: "join",
      hello: { clusterId, nodeId, directoryId },
      listen: { host: machine, port: PORT + hostIndex },
    });
    return {
      heard,
      logged,
      command,
      host,
      machine,
      kill: () => life.end(),
      dial: (to: number) =>
        command({
          do: "dial",
          lane: "control",
          nodeId: to,
          address: { host: `node-${to}`, port: PORT },
        }),
      say: (to: number, message: unknown) =>
        command({ do: "send", lane: "control", nodeId: to, channel: "talk", message }),
      messages: (event = "message") =>
        heard.filter((each) => each.event === event).map(({ message }) => message),
      /** How many streams there are to a node, as far as the actor knows. */
      streams: (to: number) =>
        heard.reduce((count, { event, nodeId: about }) => {
          if (about !== to) return count;
          return event === "opened" ? 1 : event === "closed" ? 0 : count;
        }, 0),
    };
  }
  const until = (what: string, condition: () => boolean): void =>
    assert.ok(scheduler.runUntil(condition, 60_000), what);
  return { scheduler, network, peers, start, until };
}
