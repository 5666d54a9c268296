// What was typed after `gofka`, made into plain data or one clear complaint.
//
// Lives on: main thread (pure).

export type StartArguments = {
  readonly command: "start";
  readonly propertiesFile: string | null;
  readonly port: number | null;
  readonly dataDirectory: string | null;
  readonly hosts: number | null;
  /** In the order given; a later one wins. */
  readonly settings: readonly (readonly [key: string, value: string])[];
  /** The node ends with whoever holds the other end of its stdin. */
  readonly untilStdinCloses: boolean;
};

export type Arguments =
  | StartArguments
  | { readonly command: "help" }
  | { readonly command: "version" }
  | { readonly command: "invalid"; readonly problem: string };

export const usage = `Usage: gofka start [server.properties] [options]

Starts one node and serves Kafka clients until it is told to stop (Ctrl-C or SIGTERM).

  --port N          listen on this port; 0 takes a free one       (default 9092)
  --data-dir DIR    keep the data here                            (default ./gofka-data)
  --hosts N         host threads; 0 runs all on the main thread   (default: cores - 1, at least 1)
  --set KEY=VALUE   any setting of server.properties; may be given many times
  --until-stdin-closes   end also when stdin does, as it does when the parent process ends
  --help            this page
  --version         the version

gofka cluster runs several nodes on this machine: gofka cluster --help
gofka wire turns bytes of Kafka's protocol into JSON and back: gofka wire --help
`;

const HOSTS_MAX = 256;

export function parseArguments(words: readonly string[]): Arguments {
  const [command, ...rest] = words;
  if (words.includes("--help") || words.includes("-h")) return { command: "help" };
  if (words.includes("--version")) return { command: "version" };
  if (command === undefined) return { command: "help" };
  if (command !== "start") {
    return invalid(
      `there is no command "${command}"; there are: gofka start, gofka cluster, gofka wire`,
    );
  }
  return parseStart(rest);
}

function parseStart(words: readonly string[]): Arguments {
  let start: StartArguments = {
    command: "start",
    propertiesFile: null,
    port: null,
    dataDirectory: null,
    hosts: null,
    settings: [],
    untilStdinCloses: false,
  };
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? "";
    if (!word.startsWith("-")) {
      if (start.propertiesFile !== null) return invalid(`a second file: "${word}"`);
      start = { ...start, propertiesFile: word };
      continue;
    }
    if (word === "--until-stdin-closes") {
      start = { ...start, untilStdinCloses: true };
      continue;
    }
    const equals = word.indexOf("=");
    const name = equals < 0 ? word : word.slice(0, equals);
    const value = equals < 0 ? words[++at] : word.slice(equals + 1);
    if (value === undefined) return invalid(`${name} needs a value`);
    const next = withOption(start, name, value);
    if (typeof next === "string") return invalid(next);
    start = next;
  }
  return start;
}

/** The arguments with one option more, or what is wrong with it. */
function withOption(start: StartArguments, name: string, value: string): StartArguments | string {
  switch (name) {
    case "--port": {
      const port = wholeNumber(value, 65_535);
      return port === null ? `--port takes 0 to 65535, not "${value}"` : { ...start, port };
    }
    case "--hosts": {
      const hosts = wholeNumber(value, HOSTS_MAX);
      return hosts === null
        ? `--hosts takes 0 to ${HOSTS_MAX}, not "${value}"`
        : { ...start, hosts };
    }
    case "--data-dir":
      return value === "" ? "--data-dir needs a directory" : { ...start, dataDirectory: value };
    case "--set": {
      const equals = value.indexOf("=");
      if (equals < 1) return `--set takes KEY=VALUE, not "${value}"`;
      const setting = [value.slice(0, equals).trim(), value.slice(equals + 1).trim()] as const;
      return { ...start, settings: [...start.settings, setting] };
    }
    default:
      return `there is no option ${name}; see gofka --help`;
  }
}

export function wholeNumber(text: string, max: number): number | null {
  return /^\d{1,6}$/.test(text) && Number(text) <= max ? Number(text) : null;
}

function invalid(problem: string): Arguments {
  return { command: "invalid", problem };
}
