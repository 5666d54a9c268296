// The layer table: which folder may import what. The folders are the architecture, and this table is
// its only authority; docs/ARCHITECTURE.md shows it to readers.
//
// Lives on: tests and tools.

import type { Import, Source } from "./source.ts";
import { resolvePath } from "./source.ts";

export type Layer = {
  /** A folder or file under src/. The longest match decides. */
  readonly at: string;
  /**
   * Folders or files under src/ that it may import beside itself. `type x`: its types only.
   * `*`: all but entry points and adapters; `**`: all.
   */
  readonly imports: readonly string[];
  readonly builtins: readonly string[];
  readonly packages: readonly string[];
};

/** The real adapters of the ports: the only places that touch the outside world. */
export const adapters = [
  "storage/real-disk",
  "storage/directory-lock.ts",
  "net",
  "runtime/threads",
];
/** Where a process begins. Nobody imports these but one another. */
export const entries = [
  "main.ts",
  "host-main.ts",
  "job-main.ts",
  "start-node.ts",
  "index.ts",
  "testing.ts",
  "cli",
  "http",
];

const anything = ["*"];
function entry(at: string): Layer {
  return { at, imports: ["**"], builtins: anything, packages: anything };
}

export const layers: readonly Layer[] = [
  { at: "base", imports: [], builtins: [], packages: [] },
  {
    at: "codec",
    imports: ["base"],
    builtins: ["node:zlib", "node:buffer", "node:module"],
    packages: ["@node-rs/crc32", "snappy"],
  },
  { at: "protocol", imports: ["base", "codec"], builtins: ["node:buffer"], packages: [] },
  { at: "config", imports: ["base"], builtins: [], packages: [] },
  { at: "metadata", imports: ["base", "protocol", "config"], builtins: [], packages: [] },
  { at: "runtime", imports: ["base"], builtins: [], packages: [] },
  { at: "runtime/envelope.ts", imports: ["base", "runtime"], builtins: [], packages: ["msgpackr"] },
  {
    at: "runtime/threads",
    imports: ["base", "runtime"],
    builtins: [
      "node:worker_threads",
      "node:os",
      "node:url",
      "node:crypto",
      "node:perf_hooks",
      "node:v8",
      "node:vm",
      "node:tty",
      "node:module",
      "node:path",
    ],
    packages: ["piscina", "comlink", "pino", "pino-pretty"],
  },
  {
    at: "storage",
    imports: [
      "base",
      "protocol/record-batch.ts",
      "protocol/record-batch",
      "runtime/ports.ts",
      "runtime/routine.ts",
    ],
    builtins: [],
    packages: [],
  },
  {
    at: "storage/real-disk",
    imports: ["base", "runtime"],
    builtins: ["node:fs", "node:fs/promises", "node:path"],
    packages: ["pino"],
  },
  {
    at: "storage/directory-lock.ts",
    imports: ["base", "runtime"],
    builtins: ["node:fs", "node:net", "node:os", "node:path"],
    packages: [],
  },
  {
    at: "net",
    imports: ["base", "runtime", "protocol/frame.ts"],
    builtins: ["node:net", "node:tls", "node:crypto"],
    packages: ["@grpc/grpc-js", "pino"],
  },
  {
    at: "actors",
    imports: [
      "base",
      "protocol",
      "storage",
      "config",
      "metadata",
      "runtime/actor.ts",
      "runtime/routine.ts",
      "runtime/lane.ts",
      "type runtime/ports.ts",
    ],
    builtins: [],
    packages: [],
  },
  {
    at: "client",
    imports: ["base", "codec", "protocol", "type runtime/ports.ts"],
    builtins: [],
    packages: [],
  },
  { at: "streams", imports: ["base", "protocol", "client"], builtins: [], packages: [] },
  { at: "node.ts", imports: ["*"], builtins: [], packages: [] },
  { at: "node-host.ts", imports: ["*"], builtins: [], packages: [] },
  { at: "sim", imports: ["*"], builtins: [], packages: [] },
  { at: "sim/main.ts", imports: ["*"], builtins: anything, packages: [] },
  ...entries.map(entry),
];

function within(path: string, place: string): boolean {
  return path === place || path.startsWith(`${place}/`);
}

export function layerOf(path: string): Layer | undefined {
  const fits = layers.filter((layer) => within(path, layer.at));
  return fits.sort((a, b) => b.at.length - a.at.length)[0];
}

export function isAdapter(path: string): boolean {
  return adapters.some((place) => within(path, place));
}

export function isEntry(path: string): boolean {
  return entries.some((place) => within(path, place)) || path === "sim/main.ts";
}

/** `actors/partition` for `actors/partition/lane.ts`; undefined for other files. */
function actorFolder(path: string): string | undefined {
  return /^actors\/[^/]+(?=\/)/.exec(path)?.[0];
}

function mayImportFile(from: string, layer: Layer, to: string, typeOnly: boolean): boolean {
  const ownActor = actorFolder(from);
  const otherActor = actorFolder(to);
  if (ownActor !== undefined && otherActor !== undefined && otherActor !== ownActor) {
    return to === `${otherActor}/messages.ts`;
  }
  for (const allowed of layer.imports) {
    if (allowed === "**") return true;
    if (allowed === "*") {
      if (within(to, "sim") ? within(from, "sim") && !isEntry(to) : !isEntry(to) && !isAdapter(to))
        return true;
    } else if (allowed.startsWith("type ")) {
      if (typeOnly && within(to, allowed.slice(5))) return true;
    } else if (within(to, allowed) && !isAdapter(to)) return true;
  }
  return layerOf(to) === layer || (within(to, layer.at) && !isAdapter(to) && !isEntry(to));
}

function allows(list: readonly string[], name: string): boolean {
  return list.includes("*") || list.includes(name);
}

function packageOf(specifier: string): string {
  return specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/");
}

/** Why the import is not allowed; undefined when it is. */
export function whyForbidden(source: Source, found: Import): string | undefined {
  const from = source.path.replace(/^src\//, "");
  const layer = layerOf(from);
  if (layer === undefined) return `src/${from} is in no layer of the table`;
  const { specifier, typeOnly } = found;
  if (specifier.startsWith(".")) {
    const target = resolvePath(source.path, specifier);
    if (!target.startsWith("src/")) return `${layer.at} may not import ${target}`;
    const to = target.slice(4);
    if (mayImportFile(from, layer, to, typeOnly)) return undefined;
    return `${layer.at} may not import ${to}${typeOnly ? " (not even types)" : ""}`;
  }
  if (specifier.startsWith("node:")) {
    return allows(layer.builtins, specifier) ? undefined : `${layer.at} may not use ${specifier}`;
  }
  const name = packageOf(specifier);
  return allows(layer.packages, name) ? undefined : `${layer.at} may not use the package ${name}`;
}
