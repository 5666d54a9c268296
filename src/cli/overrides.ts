// What is said beside a configuration (a port, a directory) put into the configuration's own terms.
//
// Lives on: main thread (pure).

export type Overrides = { readonly port: number | null; readonly dataDirectory: string | null };

type Properties = Readonly<Record<string, string>>;

const DEFAULT_LISTENER = "PLAINTEXT://127.0.0.1";

export function withOverrides(
  properties: Properties,
  { port, dataDirectory }: Overrides,
): Properties {
  const changed: Record<string, string> = { ...properties };
  if (dataDirectory !== null) {
    delete changed["log.dir"];
    changed["log.dirs"] = dataDirectory;
  }
  if (port !== null) {
    const listeners = (changed["listeners"] ?? DEFAULT_LISTENER).split(",");
    // The first listener is the clients'; the port stands behind its last colon, if it has one.
    const [first = DEFAULT_LISTENER, ...rest] = listeners;
    changed["listeners"] = [`${first.replace(/:\d+$/, "")}:${port}`, ...rest].join(",");
  }
  return changed;
}
