// One host's dealings with other nodes: what its actors want done goes to the lane it is meant for. Who
// this node is, and where the host hears the others, is said once for both lanes, by the actor that owns
// all of it.
//
// Lives on: host thread.

import type { PeerCommand } from "./actor.ts";
import type { Cell } from "./cell.ts";
import type { Host } from "./host.ts";
import { PEER_MESSAGE_BYTES_MAX } from "./peer-envelope.ts";
import { PeerLane } from "./peer-lane.ts";
import type { PeerIdentity, PeersOptions, SocketAddress } from "./ports.ts";

type Joined = { readonly owner: Cell; readonly options: PeersOptions; close(): void };

export class PeerLinks {
  readonly #host: Host;
  readonly #lanes: { readonly control: PeerLane; readonly bulk: PeerLane };
  #joined: Joined | undefined;

  constructor(host: Host) {
    this.#host = host;
    const options = (): PeersOptions | undefined => this.#joined?.options;
    this.#lanes = {
      control: new PeerLane(host, "control", options),
      bulk: new PeerLane(host, "bulk", options),
    };
  }

  carryOut(owner: Cell, command: PeerCommand): void {
    switch (command.do) {
      case "join":
        return this.#join(owner, command.hello, command.listen);
      case "dial":
        return this.#lanes[command.lane].dial(command, command.address);
      case "forget":
        return this.#lanes[command.lane].forget(command);
      case "hear":
        return this.#lanes[command.lane].hear(command.channel, owner);
      case "send":
        return this.#lanes[command.lane].send(owner, command, [command.channel, command.message]);
    }
  }

  /** All streams end with the actor that owns them. */
  release(owner: Cell): void {
    for (const lane of Object.values(this.#lanes)) lane.hearNoMore(owner);
    if (this.#joined?.owner !== owner) return;
    this.#joined.close();
    this.#joined = undefined;
    for (const lane of Object.values(this.#lanes)) lane.close();
  }

  #join(owner: Cell, identity: PeerIdentity, address: SocketAddress | null): void {
    const { ports, index: hostIndex } = this.#host;
    const hello = { ...identity, hostIndex };
    const options = { hello, messageBytesMax: PEER_MESSAGE_BYTES_MAX };
    const tell = (kind: string, args: unknown): void =>
      this.#host.enter(() => this.#host.post.deliverCast(owner, kind, args));
    if (address === null) {
      this.#joined = { owner, options, close: () => {} };
      return;
    }
    const listener = ports.peers.listen(address, options, {
      listening: (bound) => tell("peersListening", { address: bound }),
      failed: (fault) => tell("peersFailed", { fault }),
      accepted: (theirs, stream) => this.#lanes[theirs.lane].accepted(theirs, stream),
    });
    this.#joined = { owner, options, close: () => listener.close(() => {}) };
  }
}
