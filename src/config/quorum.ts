// `controller.quorum.voters`: the nodes that keep the metadata, as `id@host:port`. Without it, or with
// this node alone in it, a node is a quorum of its own.
//
// Lives on: anywhere (pure).

import { fnv1a32 } from "../base/hash.ts";
import { uuidText } from "../base/uuid.ts";
import type { ConfigReader } from "./config-value.ts";

export type QuorumVoter = { readonly nodeId: number; readonly host: string; readonly port: number };

export type QuorumSettings = {
  /** By id. This node is always among them. */
  readonly voters: readonly QuorumVoter[];
  /** Where this node listens for the others; null: there are none. */
  readonly listen: { readonly host: string; readonly port: number } | null;
  /** The id of a cluster that is begun by several nodes, which have to agree on it; null: any. */
  readonly clusterId: string | null;
};

const VOTERS = "controller.quorum.voters";
const VOTERS_MAX = 64;

/** What is wrong, as lines for the operator; nothing is wrong when there are none. */
export function votersProblems(reader: ConfigReader, nodeId: number): readonly string[] {
  const parsed = reader.list(VOTERS).map((text) => parseVoter(text));
  const problems = parsed.filter((voter) => typeof voter === "string");
  const voters = parsed.filter((voter) => typeof voter !== "string");
  if (problems.length > 0 || voters.length === 0) return problems;
  if (voters.length > VOTERS_MAX) return [`${VOTERS}: at most ${VOTERS_MAX} voters are served`];
  if (new Set(voters.map((voter) => voter.nodeId)).size < voters.length) {
    return [`${VOTERS}: each voter must have a different id`];
  }
  if (voters.some((voter) => voter.nodeId === nodeId)) return [];
  return [`${VOTERS} does not name node ${nodeId}: brokers that do not vote are not served yet`];
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

/** From texts that have been checked. `listener`: the controller's of `listeners`, if there is one. */
export function quorumSettings(
  reader: ConfigReader,
  nodeId: number,
  listener: { readonly host: string; readonly port: number } | null,
): QuorumSettings {
  const parsed = reader.list(VOTERS).map((text) => parseVoter(text));
  const voters = parsed
    .filter((voter) => typeof voter !== "string")
    .sort((a, b) => a.nodeId - b.nodeId);
  const own = voters.find((voter) => voter.nodeId === nodeId);
  if (own === undefined || voters.length === 1) {
    const alone = { nodeId, host: own?.host ?? "localhost", port: own?.port ?? 0 };
    return { voters: [alone], listen: null, clusterId: null };
  }
  const { host, port } = own;
  return { voters, listen: listener ?? { host, port }, clusterId: clusterIdOf(voters) };
}

/** Sixteen bytes that follow from the voters, so that none of them has to tell the others. */
function clusterIdOf(voters: readonly QuorumVoter[]): string {
  const text = voters.map(({ nodeId, host, port }) => `${nodeId}@${host}:${port}`).join();
  const bytes = new Uint8Array(16);
  const view = new DataView(bytes.buffer);
  for (let word = 0; word < 4; word++) view.setUint32(4 * word, fnv1a32(`${word} ${text}`));
  return uuidText(bytes);
}
