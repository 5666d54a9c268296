// The brokers that can be compared, each with what its topics need to be as durable as the other's.
//
// Lives on: the developer's machine.

import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import type { Broker } from "./broker.ts";
import { startGofka } from "./gofka.ts";
import { startKafka } from "./peer/kafka.ts";
import type { Durability, Side } from "./row.ts";

export type SideOptions = {
  /** Where data directories are made. */
  readonly scratch: string;
  /** Of a Gofka node, where the row does not say. */
  readonly hosts: number | undefined;
  /** Cores of the broker, as taskset takes them. */
  readonly cores: string | undefined;
};

/** Files of a topic deleted go soon, so that rows do not fill each other's disk. */
const common = "file.delete.delay.ms=1000";

const given = <K extends string, V>(name: K, value: V | undefined): Partial<Record<K, V>> =>
  value === undefined ? {} : ({ [name]: value } as Record<K, V>);

function gofka(label: string, { scratch, hosts, cores }: SideOptions): Side {
  const policy: Readonly<Record<Durability, string>> = { "page cache": "os", synced: "group" };
  return {
    label,
    topicConfigs: (durability) => `gofka.flush.policy=${policy[durability]},${common}`,
    start: (options) =>
      startGofka({
        compiled: true,
        dataDirectory: options.directory ?? mkdtempSync(join(scratch, "gofka-")),
        ...given("hosts", options.hosts ?? hosts),
        ...given("cores", cores),
        ...given("port", options.port),
        ...given("pollMs", options.pollMs),
      }),
  };
}

function kafka(label: string, { scratch, cores }: SideOptions): Side {
  return {
    label,
    topicConfigs: (durability) => (durability === "synced" ? `flush.messages=1,${common}` : common),
    start: (options) =>
      startKafka({
        directory: options.directory ?? mkdtempSync(join(scratch, "kafka-")),
        ...given("cores", cores),
        ...given("port", options.port),
        ...given("pollMs", options.pollMs),
      }),
  };
}

const makers: Readonly<Record<string, (label: string, options: SideOptions) => Side>> = {
  gofka,
  kafka,
};

/** Whatever the side starts is kept in `started`, so that a row that fails leaves nothing running. */
export function sideOf(
  which: string,
  label: string,
  options: SideOptions,
  started: Broker[],
): Side {
  const make = makers[which];
  if (make === undefined) throw new Error(`${which}: compare ${Object.keys(makers).join(" or ")}`);
  const side = make(label, options);
  return {
    ...side,
    start: async (how) => {
      const broker = await side.start(how);
      started.push(broker);
      return broker;
    },
  };
}
