// What was typed after `gofka cluster`, made into plain data or one clear complaint.
//
// Lives on: main thread (pure).

import { wholeNumber } from "../arguments.ts";
import { isNodeCount, NODES_MAX } from "./plan.ts";

export const clusterCommands = ["start", "stop", "kill", "pause", "resume", "status"] as const;
export type ClusterCommand = (typeof clusterCommands)[number];

export type ClusterArguments = {
  readonly command: ClusterCommand;
  /** The one node that is meant; null: all of them. */
  readonly nodeId: number | null;
  readonly folder: string;
  readonly nodes: number | null;
  /** Null: the usual one; 0: any that are free. */
  readonly port: number | null;
  readonly hosts: number | null;
  readonly settings: Readonly<Record<string, string>>;
};

export const clusterUsage = `Usage: gofka cluster start|stop|kill|pause|resume|status [N] [options]

Runs a cluster of 1 to ${NODES_MAX} nodes on this machine, each a process of its own that outlives the
shell. N is the number of a node; without it all of them are meant.

  start     starts what does not run; the first time it makes the cluster
  stop      in good order: what is in flight is answered, another node takes over
  kill      kill -9, as a crash
  pause     SIGSTOP: the process is there and does nothing
  resume    goes on after pause
  status    who leads and since when, how far the others are behind, which are fenced

  --dir DIR         ports, data and logs of the cluster are kept here  (default ./gofka-cluster)

The first start also takes:
  --nodes COUNT     how many                                    (default 3)
  --port N          clients find node 1 at port N, node 2 at N+1, ...; the nodes speak with one
                    another at N+10, N+11, ...; 0 takes free ones (default 9092)
  --hosts N         host threads of each node; 0: all on one thread  (default 0)
  --set KEY=VALUE   any setting of server.properties, for every node

Ends with 0 when it is done; 1 with a line that says why not. status ends with 3 when a node does not
run, or none leads.
`;

export const DEFAULT_FOLDER = "./gofka-cluster";
const HOSTS_MAX = 256;
/** Room for the ports of all nodes. */
const PORT_MAX = 65_535 - 20;

type Draft = { -readonly [K in keyof ClusterArguments]: ClusterArguments[K] };

export function parseClusterArguments(words: readonly string[]): ClusterArguments | string {
  const [command, ...rest] = words;
  const known = clusterCommands.find((each) => each === command);
  if (known === undefined) {
    return `gofka cluster takes ${clusterCommands.join(", ")}, not "${command ?? ""}"`;
  }
  const draft: Draft = {
    command: known,
    nodeId: null,
    folder: DEFAULT_FOLDER,
    nodes: null,
    port: null,
    hosts: null,
    settings: {},
  };
  for (let at = 0; at < rest.length; at++) {
    const word = rest[at] ?? "";
    if (!word.startsWith("-")) {
      const problem = takeNode(draft, word);
      if (problem !== undefined) return problem;
      continue;
    }
    const equals = word.indexOf("=");
    const name = equals < 0 ? word : word.slice(0, equals);
    const value = equals < 0 ? rest[++at] : word.slice(equals + 1);
    if (value === undefined) return `${name} needs a value`;
    const problem = takeOption(draft, name, value);
    if (problem !== undefined) return problem;
  }
  return draft;
}

function takeNode(draft: Draft, word: string): string | undefined {
  if (draft.nodeId !== null) return `a second node: "${word}"`;
  const nodeId = wholeNumber(word, NODES_MAX);
  if (nodeId === null || nodeId === 0)
    return `a node is a number from 1 to ${NODES_MAX}, not "${word}"`;
  draft.nodeId = nodeId;
  return undefined;
}

/** What is wrong with it, if anything is. */
function takeOption(draft: Draft, name: string, value: string): string | undefined {
  if (name === "--dir") {
    draft.folder = value;
    return value === "" ? "--dir needs a directory" : undefined;
  }
  if (draft.command !== "start") return `${draft.command} has no option ${name}`;
  switch (name) {
    case "--nodes":
      draft.nodes = wholeNumber(value, NODES_MAX);
      if (draft.nodes !== null && isNodeCount(draft.nodes)) return undefined;
      return `--nodes takes 1 to ${NODES_MAX}, not "${value}"`;
    case "--port":
      draft.port = wholeNumber(value, PORT_MAX);
      return draft.port === null ? `--port takes 0 to ${PORT_MAX}, not "${value}"` : undefined;
    case "--hosts":
      draft.hosts = wholeNumber(value, HOSTS_MAX);
      return draft.hosts === null ? `--hosts takes 0 to ${HOSTS_MAX}, not "${value}"` : undefined;
    case "--set": {
      const equals = value.indexOf("=");
      if (equals < 1) return `--set takes KEY=VALUE, not "${value}"`;
      const setting = { [value.slice(0, equals).trim()]: value.slice(equals + 1).trim() };
      draft.settings = { ...draft.settings, ...setting };
      return undefined;
    }
    default:
      return `there is no option ${name}; see gofka cluster --help`;
  }
}
