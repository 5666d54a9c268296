// `listeners` and `advertised.listeners`: where a node listens and what it tells clients.
//
// Lives on: anywhere (pure).

import type { ConfigReader } from "./config-value.ts";

export type Endpoint = {
  readonly name: string;
  readonly protocol: string;
  readonly host: string;
  readonly port: number;
};

export type ClientListener = {
  readonly listenerName: string;
  readonly listenerHost: string;
  readonly listenerPort: number;
  readonly advertisedHost: string;
  readonly advertisedPort: number;
  /** Where the controller is to be reached by other nodes; null: the listeners do not say. */
  readonly controller: { readonly host: string; readonly port: number } | null;
  /** What that listener is called; its settings may be its own (`listener.name.<name>.`). */
  readonly controllerName: string;
  /** Whether nodes prove themselves to one another there. */
  readonly controllerTls: boolean;
  /** What they are told of that. */
  readonly advertisedController: { readonly host: string; readonly port: number } | null;
};

const everyInterface = "0.0.0.0";

/** `NAME://host:port`, host possibly empty, possibly `[IPv6]`. Names are compared in upper case. */
function parseEndpoint(
  key: string,
  text: string,
  protocols: ReadonlyMap<string, string>,
): Endpoint | string {
  const match =
    /^(?<name>[^:]+):\/\/(?:\[(?<v6>[0-9a-fA-F:.%]*)\]|(?<host>[^:\]]*)):(?<port>\d+)$/.exec(text);
  if (match?.groups === undefined) return `${key}: ${text} is not of the form NAME://host:port`;
  const { name = "", v6, host = "", port = "" } = match.groups;
  const upper = name.toUpperCase();
  const protocol = protocols.get(upper);
  if (protocol === undefined) {
    return `${key}: no security protocol is given for ${name} in listener.security.protocol.map`;
  }
  if (Number(port) > 65535) return `${key}: ${port} in ${text} is no port number`;
  return { name: upper, protocol, host: v6 ?? host, port: Number(port) };
}

/** No host: every interface. */
function bound({ host, port }: Endpoint): { readonly host: string; readonly port: number } {
  return { host: host === "" ? everyInterface : host, port };
}

function protocolMap(text: string): ReadonlyMap<string, string> {
  const pairs = text.split(",").map((pair) => pair.split(":").map((part) => part.trim()));
  return new Map(
    pairs.map(([name = "", protocol = ""]) => [name.toUpperCase(), protocol.toUpperCase()]),
  );
}

/** A broker alone has no such listener, and still dials those of the others. */
function controllerProtocol(
  protocols: ReadonlyMap<string, string>,
  name: string,
  problems: string[],
): "PLAINTEXT" | "SSL" | undefined {
  const protocol = protocols.get(name) ?? "PLAINTEXT";
  if (protocol === "PLAINTEXT" || protocol === "SSL") return protocol;
  problems.push(
    `controllers are to speak ${protocol}, and only PLAINTEXT and SSL are served there`,
  );
  return undefined;
}

function mustDiffer(all: readonly Endpoint[], problems: string[]): void {
  if (new Set(all.map(({ name }) => name)).size < all.length) {
    problems.push("listeners: each listener must have a different name");
  }
  const ports = all.filter(({ port }) => port !== 0).map(({ port }) => port);
  if (new Set(ports).size < ports.length) {
    problems.push("listeners: each listener must have a different port");
  }
}

/**
 * The one listener that clients are served on: the first of `listeners` that is no controller's; and
 * that of the controller, which a quorum of one has no need of.
 */
export function resolveListener(
  reader: ConfigReader,
  hostName: string,
  notes: { problems: string[]; warnings: string[] },
): ClientListener | undefined {
  const { problems, warnings } = notes;
  const controllers = new Set(
    reader.list("controller.listener.names").map((name) => name.toUpperCase()),
  );
  // The controller's listeners need no protocol of their own: Kafka takes PLAINTEXT.
  const protocols = new Map([
    ...[...controllers].map((name) => [name, "PLAINTEXT"] as const),
    ...protocolMap(reader.string("listener.security.protocol.map")),
  ]);
  const endpoints = (key: string): readonly Endpoint[] => {
    const parsed = reader.list(key).map((text) => parseEndpoint(key, text, protocols));
    problems.push(...parsed.filter((result) => typeof result === "string"));
    return parsed.filter((result) => typeof result !== "string");
  };
  const problemsBefore = problems.length;
  const all = endpoints("listeners");
  const advertised = endpoints("advertised.listeners");
  mustDiffer(all, problems);
  const [first, ...others] = all.filter(({ name }) => !controllers.has(name));
  if (problems.length > problemsBefore) return undefined;
  if (first === undefined) {
    problems.push("listeners: there is none for clients");
    return undefined;
  }
  if (first.protocol !== "PLAINTEXT") {
    problems.push(`listeners: ${first.name} wants ${first.protocol}, and only PLAINTEXT is served`);
    return undefined;
  }
  for (const other of others) warnings.push(`listeners: ${other.name} is not opened yet`);

  const told = advertised.find(({ name }) => name === first.name);
  if (told === undefined && advertised.length > 0) {
    problems.push(`advertised.listeners: ${first.name} is missing`);
    return undefined;
  }
  if (told?.host === everyInterface || told?.host === "::") {
    problems.push(`advertised.listeners: ${told.host} is no address that a client can connect to`);
    return undefined;
  }
  const controller = all.find(({ name }) => controllers.has(name));
  const controllerName = controller?.name ?? [...controllers][0] ?? "";
  const theirs = controllerProtocol(protocols, controllerName, problems);
  if (theirs === undefined) return undefined;
  const toldOfIt = advertised.find(({ name }) => name === controller?.name) ?? controller;
  const { host: bindHost } = bound(first);
  const reach = (host: string): string =>
    host === "" || host === everyInterface || host === "::" ? hostName : host;
  const reachable = reach(bindHost);
  return {
    listenerName: first.name,
    listenerHost: bindHost,
    listenerPort: first.port,
    advertisedHost: told === undefined || told.host === "" ? reachable : told.host,
    advertisedPort: told?.port ?? first.port,
    controller: controller === undefined ? null : bound(controller),
    controllerName,
    controllerTls: theirs === "SSL",
    advertisedController:
      toldOfIt === undefined ? null : { host: reach(toldOfIt.host), port: toldOfIt.port },
  };
}
