// What is said beside a configuration (a port, a directory) put into the configuration's own terms.
//
// Lives on: main thread (pure).

export type Overrides = { readonly port: number | null; readonly dataDirectory: string | null };

type Properties = Readonly<Record<string, string>>;

const DEFAULT_LISTENER = "PLAINTEXT://127.0.0.1:9092";

export function withOverrides(
  properties: Properties,
  { port, dataDirectory }: Overrides,
): Properties {
  const changed: Record<string, string> = { ...properties };
  if (dataDirectory !== null) {
    delete changed["log.dir"];
    changed["log.dirs"] = dataDirectory;
  }
  return port === null ? changed : { ...changed, ...withPort(changed, port) };
}

/**
 * The port is that of the listener for clients, which need not be the first: a server.properties of
 * Kafka's names the controllers' as well. Where clients were to be told the old port they are told
 * the new one; a port of another number is somebody's forwarding, and stays.
 */
function withPort(properties: Properties, port: number): Properties {
  const listeners = entriesOf(properties["listeners"] ?? DEFAULT_LISTENER);
  const controllers = entriesOf(properties["controller.listener.names"] ?? "").map(upper);
  const at = listeners.findIndex((listener) => !controllers.includes(nameOf(listener)));
  const ours = listeners[at];
  // Without a listener for clients there is nothing to override; the configuration will be refused.
  if (ours === undefined) return {};
  const changed = { listeners: listeners.with(at, replacePort(ours, port)).join(",") };
  const advertised = properties["advertised.listeners"];
  if (advertised === undefined) return changed;
  const told = entriesOf(advertised).map((listener) =>
    nameOf(listener) === nameOf(ours) && portOf(listener) === portOf(ours)
      ? replacePort(listener, port)
      : listener,
  );
  return { ...changed, "advertised.listeners": told.join(",") };
}

function entriesOf(list: string): string[] {
  return list
    .split(",")
    .map((entry) => entry.trim())
    .filter((entry) => entry !== "");
}

/** `NAME` of `NAME://host:port`, by which listeners are told apart whatever their case. */
function nameOf(listener: string): string {
  return upper(listener.split("://", 1)[0] ?? "");
}

function upper(name: string): string {
  return name.toUpperCase();
}

/** Digits behind the last colon: an address in brackets ends with its bracket. */
const PORT = /:(\d+)$/;

function portOf(listener: string): string | undefined {
  return PORT.exec(listener)?.[1];
}

function replacePort(listener: string, port: number): string {
  return `${listener.replace(PORT, "")}:${port}`;
}
