// `controller.quorum.voters`: the nodes that keep the metadata, as `id@host:port`. Without it, or with
// this node alone in it, a node is a quorum of its own; unless it comes to one that it finds by
// `controller.quorum.bootstrap.servers` (KIP-853), as a broker or to vote as well. Others may come to one
// that is alone where it has a controllers' listener.
//
// Lives on: anywhere (pure).

import { fnv1a32 } from "../base/hash.ts";
import { uuidText } from "../base/uuid.ts";
import type { QuorumTls } from "./quorum-tls.ts";
import type { ClientListener } from "./listeners.ts";
import type { ConfigReader } from "./config-value.ts";

export type QuorumVoter = { readonly nodeId: number; readonly host: string; readonly port: number };

export type QuorumSettings = {
  /** By id: who votes as long as the metadata log does not say. */
  readonly voters: readonly QuorumVoter[];
  /** Where voters are to be found by a node that is told no more; empty when it has `voters`. */
  readonly bootstrap: readonly Address[];
  /** Where this node listens for the others; null: there are none. */
  readonly listen: Address | null;
  /** Where the others find it, once it votes; null: they know. */
  readonly advertised: Address | null;
  /** Null: nodes take one another at their word. */
  readonly tls: QuorumTls | null;
  /** It does not vote and would like to. */
  readonly joins: boolean;
  /** The id of a cluster that is begun by several nodes, which have to agree on it; null: any. */
  readonly clusterId: string | null;
  /** The id was said: a directory of another cluster is refused. */
  readonly isNamed: boolean;
  /** Whether it may begin a cluster of its own; whoever comes to one has to be told its id. */
  readonly begins: boolean;
};

export type ControllerListener = Pick<
  ClientListener,
  "controller" | "advertisedController" | "controllerName" | "controllerTls"
>;

type Address = { readonly host: string; readonly port: number };

const VOTERS = "controller.quorum.voters";
const BOOTSTRAP = "controller.quorum.bootstrap.servers";
const AUTO_JOIN = "controller.quorum.auto.join.enable";
const VOTERS_MAX = 64;

/** What is wrong, as lines for the operator; nothing is wrong when there are none. */
export function quorumProblems(reader: ConfigReader, nodeId: number): readonly string[] {
  const parsed = reader.list(VOTERS).map((text) => parseVoter(text));
  const problems = [
    ...parsed.filter((voter) => typeof voter === "string"),
    ...reader
      .list(BOOTSTRAP)
      .map((text) => parseAddress(text))
      .filter((address) => typeof address === "string"),
  ];
  const isController = reader.list("process.roles").includes("controller");
  if (reader.boolean(AUTO_JOIN) && !isController) {
    problems.push(`${AUTO_JOIN}: only a controller votes, and process.roles has none`);
  }
  const voters = parsed.filter((voter) => typeof voter !== "string");
  if (problems.length > 0 || voters.length === 0) return problems;
  if (voters.length > VOTERS_MAX) return [`${VOTERS}: at most ${VOTERS_MAX} voters are served`];
  if (new Set(voters.map((voter) => voter.nodeId)).size < voters.length) {
    return [`${VOTERS}: each voter must have a different id`];
  }
  const isNamed = voters.some((voter) => voter.nodeId === nodeId);
  if (isNamed === isController) return [];
  return [
    isNamed
      ? `${VOTERS} names node ${nodeId}, and process.roles does not make it a controller`
      : `${VOTERS} does not name node ${nodeId}, which process.roles makes a controller: it is to ` +
        `be a broker alone, or to find the others by ${BOOTSTRAP}`,
  ];
}

function parseAddress(text: string): Address | string {
  const match = /^(?:\[(?<v6>[0-9a-fA-F:.%]+)\]|(?<host>[^:\]]+)):(?<port>\d{1,5})$/.exec(text);
  const { v6, host, port } = match?.groups ?? {};
  if (match === null) return `${BOOTSTRAP}: ${text} is not of the form host:port`;
  if (Number(port) === 0 || Number(port) > 65535) {
    return `${BOOTSTRAP}: ${port} in ${text} is no port number`;
  }
  return { host: v6 ?? host ?? "", port: Number(port) };
}

function parseVoter(text: string): QuorumVoter | string {
  const match =
    /^(?<id>\d{1,9})@(?:\[(?<v6>[0-9a-fA-F:.%]+)\]|(?<host>[^:\]]+)):(?<port>\d{1,5})$/.exec(text);
  const { id, v6, host, port } = match?.groups ?? {};
  if (match === null) return `${VOTERS}: ${text} is not of the form id@host:port`;
  if (Number(port) === 0 || Number(port) > 65535) {
    return `${VOTERS}: ${port} in ${text} is no port number`;
  }
  return { nodeId: Number(id), host: v6 ?? host ?? "", port: Number(port) };
}

/** A node that does not vote is dialled by nobody. */
const NOWHERE: Address = { host: "127.0.0.1", port: 0 };

/** From texts that have been checked. */
export function quorumSettings(
  reader: ConfigReader,
  nodeId: number,
  { controller: listener, advertisedController: advertised }: ControllerListener,
  tls: QuorumTls | null,
): QuorumSettings {
  const parsed = reader.list(VOTERS).map((text) => parseVoter(text));
  const voters = parsed
    .filter((voter) => typeof voter !== "string")
    .sort((a, b) => a.nodeId - b.nodeId);
  const servers = reader.list(BOOTSTRAP).map((text) => parseAddress(text));
  const bootstrap = servers.filter((address) => typeof address !== "string");
  const named = reader.stringOrNull("gofka.cluster.id");
  const joins = reader.boolean(AUTO_JOIN);
  const common = { advertised, joins, tls, isNamed: named !== null };
  const derived = voters.length > 1 ? clusterIdOf(voters) : null;
  const own = voters.find((voter) => voter.nodeId === nodeId);
  if (own !== undefined && voters.length > 1) {
    const { host, port } = own;
    const listen = listener ?? { host, port };
    return { ...common, voters, bootstrap: [], listen, clusterId: named ?? derived, begins: true };
  }
  const isController = reader.list("process.roles").includes("controller");
  const comesTo = voters.length > 0 ? own === undefined : joins || !isController;
  if (comesTo && voters.length + bootstrap.length > 0) {
    const clusterId = named ?? derived;
    const listen = listener ?? NOWHERE;
    const where = voters.length > 0 ? [] : bootstrap;
    return { ...common, voters, bootstrap: where, listen, clusterId, begins: clusterId !== null };
  }
  // Kafka's own server.properties name this very node as the one to begin with.
  const listen = isController ? listener : null;
  const { host, port } = (listen && advertised) ?? own ?? { host: "localhost", port: 0 };
  const alone = { nodeId, host, port };
  const rest = { ...common, bootstrap: [], listen, clusterId: named, begins: true };
  return { ...rest, voters: [alone], joins: false };
}

/** Sixteen bytes that follow from the voters, so that none of them has to tell the others. */
function clusterIdOf(voters: readonly QuorumVoter[]): string {
  const text = voters.map(({ nodeId, host, port }) => `${nodeId}@${host}:${port}`).join();
  const bytes = new Uint8Array(16);
  const view = new DataView(bytes.buffer);
  for (let word = 0; word < 4; word++) view.setUint32(4 * word, fnv1a32(`${word} ${text}`));
  return uuidText(bytes);
}
