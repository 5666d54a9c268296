// What a local cluster is made of: for each node its number, its ports and its place in the cluster's
// folder. Written down in that folder once, because the nodes know one another by these ports.
//
// Lives on: main thread.

import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join, resolve } from "node:path";
import { StartRefused } from "../../start-node.ts";

export type NodePlan = {
  readonly nodeId: number;
  readonly port: number;
  readonly controllerPort: number;
};

export type ClusterPlan = {
  readonly nodes: readonly NodePlan[];
  /** Host threads of each node; 0: all on its main thread. */
  readonly hosts: number;
  /** By their names in `server.properties`; the same for every node. */
  readonly settings: Readonly<Record<string, string>>;
};

export const NODES_MAX = 5;
export const HOST = "127.0.0.1";
const PLAN_FILE = "cluster.json";
/** From the ports for clients to those on which the nodes speak with one another. */
const CONTROLLERS_AT = 10;

export function isNodeCount(count: number): boolean {
  return Number.isInteger(count) && count >= 1 && count <= NODES_MAX;
}

/** Ports one after another from `firstPort` on; null: any that are free. */
export async function newPlan(
  count: number,
  firstPort: number | null,
  rest: Pick<ClusterPlan, "hosts" | "settings">,
): Promise<ClusterPlan> {
  const ports = firstPort === null ? await freePorts(2 * count) : undefined;
  const nodes = Array.from({ length: count }, (_, at) => ({
    nodeId: at + 1,
    port: ports?.[at] ?? (firstPort ?? 0) + at,
    controllerPort: ports?.[count + at] ?? (firstPort ?? 0) + CONTROLLERS_AT + at,
  }));
  return { nodes, ...rest };
}

/** Ports that are free now: all held at once, so that no two are the same. */
async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  const ports: number[] = [];
  for (const server of servers) {
    await new Promise<void>((listening, failed) => {
      server.once("error", failed);
      server.listen(0, HOST, listening);
    });
    const address = server.address();
    if (typeof address === "object" && address !== null) ports.push(address.port);
  }
  await Promise.all(servers.map((server) => new Promise((closed) => server.close(closed))));
  return ports;
}

/** The words of `gofka start` for this node. */
export function wordsOf(plan: ClusterPlan, node: NodePlan, folder: string): string[] {
  const voters = plan.nodes.map(
    ({ nodeId, controllerPort }) => `${nodeId}@${HOST}:${controllerPort}`,
  );
  const settings = {
    "controller.listener.names": "CONTROLLER",
    ...plan.settings,
    "node.id": node.nodeId,
    "controller.quorum.voters": voters.join(),
    listeners: `PLAINTEXT://${HOST}:${node.port},CONTROLLER://${HOST}:${node.controllerPort}`,
    "log.dirs": dataOf(folder, node.nodeId),
  };
  const set = Object.entries(settings).flatMap(([key, value]) => ["--set", `${key}=${value}`]);
  return ["start", "--hosts", String(plan.hosts), ...set];
}

export function dataOf(folder: string, nodeId: number): string {
  return join(resolve(folder), `node-${nodeId}`);
}

export function logOf(folder: string, nodeId: number): string {
  return join(resolve(folder), `node-${nodeId}.log`);
}

export function addressOf({ port }: NodePlan): string {
  return `${HOST}:${port}`;
}

export function writePlan(folder: string, plan: ClusterPlan): void {
  const path = join(folder, PLAN_FILE);
  try {
    mkdirSync(folder, { recursive: true });
    const old = plan.nodes.map(({ nodeId }) => dataOf(folder, nodeId)).find(existsSync);
    if (old !== undefined && !existsSync(path)) {
      throw new Error(`there is ${old} and no ${path}`);
    }
    writeFileSync(`${path}.new`, `${JSON.stringify(plan, null, 2)}\n`);
    renameSync(`${path}.new`, path);
  } catch (error) {
    throw new StartRefused(`cannot make a cluster in ${folder}: ${(error as Error).message}`);
  }
}

/** A cluster that did not come to be: its next attempt may take other ports, and so another name. */
export function discardPlan(folder: string, plan: ClusterPlan): void {
  for (const { nodeId } of plan.nodes) {
    rmSync(dataOf(folder, nodeId), { recursive: true, force: true });
  }
  rmSync(join(folder, PLAN_FILE), { force: true });
}

/** Undefined: there is no cluster in the folder yet. */
export function readPlan(folder: string): ClusterPlan | undefined {
  const path = join(folder, PLAN_FILE);
  if (!existsSync(path)) return undefined;
  try {
    const plan = JSON.parse(readFileSync(path, "utf8")) as ClusterPlan;
    if (isPlan(plan)) return plan;
  } catch (error) {
    throw new StartRefused(`cannot read ${path}: ${(error as Error).message}`);
  }
  throw new StartRefused(`${path} does not describe a cluster`);
}

function isPlan({ nodes, hosts, settings }: ClusterPlan): boolean {
  if (!Array.isArray(nodes) || !isNodeCount(nodes.length) || typeof settings !== "object") {
    return false;
  }
  const numbers = [hosts, ...nodes.flatMap((node) => [node.port, node.controllerPort])];
  return (
    numbers.every((number) => Number.isInteger(number) && number >= 0 && number <= 65_535) &&
    nodes.every(({ nodeId }, at) => nodeId === at + 1)
  );
}
