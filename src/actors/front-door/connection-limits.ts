// How many connections may be open: `max.connections`, `max.connections.per.ip` and its overrides
// (SocketServer, ConnectionQuotas of Kafka). A connection above a limit is closed at once.
//
// The system spreads connections over the hosts of a node, so each host keeps its share of
// `max.connections`, rounded up. The limit per address is kept per host in full: a share of a small
// limit would refuse clients that are within it.
//
// Lives on: anywhere (pure; part of the front door).

import type { BrokerSettings } from "../../config/broker-config.ts";

export type Limit = "max.connections" | "max.connections.per.ip";

type Settings = Pick<
  BrokerSettings,
  "maxConnections" | "maxConnectionsPerIp" | "maxConnectionsPerIpOverrides"
>;

export class ConnectionLimits {
  readonly #hostCount: number;
  #settings: Settings;
  #count = 0;
  readonly #byAddress = new Map<string, number>();

  constructor(settings: Settings, hostCount: number) {
    this.#settings = settings;
    this.#hostCount = hostCount;
  }

  configure(settings: Settings): void {
    this.#settings = settings;
  }

  get count(): number {
    return this.#count;
  }

  /** Counts a connection in; the limit that forbids it, when one does (then it is not counted). */
  open(address: string): Limit | undefined {
    const { maxConnections, maxConnectionsPerIp, maxConnectionsPerIpOverrides } = this.#settings;
    if (this.#count >= Math.ceil(maxConnections / this.#hostCount)) return "max.connections";
    const ofAddress = this.#byAddress.get(address) ?? 0;
    const max = Object.hasOwn(maxConnectionsPerIpOverrides, address)
      ? maxConnectionsPerIpOverrides[address]!
      : maxConnectionsPerIp;
    if (ofAddress >= max) return "max.connections.per.ip";
    this.#count += 1;
    this.#byAddress.set(address, ofAddress + 1);
    return undefined;
  }

  close(address: string): void {
    const ofAddress = this.#byAddress.get(address);
    if (ofAddress === undefined) return;
    this.#count -= 1;
    if (ofAddress === 1) this.#byAddress.delete(address);
    else this.#byAddress.set(address, ofAddress - 1);
  }
}
