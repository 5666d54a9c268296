// Before anything else is opened: what each data directory says of itself, and whether the node may have
// it. All are of one node and one cluster, each has an id of its own, and none holds what another does.
//
// The first keeps the node's own identity, and one of them may keep the metadata log: without these there
// is no node. Any other that cannot be read is left out: its partitions are offline, the rest goes on.
//
// Lives on: host 0 (over the Disk port).

import type { Fault } from "../../base/outcome.ts";
import { failure, FaultRaised } from "../../base/outcome.ts";
import type { Outbox } from "../../runtime/actor.ts";
import type { DirectoryEntry } from "../../runtime/ports.ts";
import type { Routine } from "../../runtime/routine.ts";
import { attempt, disk, tryDisk } from "../../runtime/routine.ts";
import { CLEAN_SHUTDOWN_FILE, readCleanShutdown } from "../../storage/clean-shutdown.ts";
import type { MetaProperties } from "../../storage/meta-properties.ts";
import {
  decodeMetaProperties,
  encodeMetaProperties,
  META_PROPERTIES_FILE,
} from "../../storage/meta-properties.ts";
import { partitionOfDirectory, readTopicId } from "../../storage/partition-directory.ts";
import { replaceFile } from "../../storage/replace-file.ts";
import { firstForeignName } from "./found-topics.ts";
import type {
  DirectoryFacts,
  LogDirectoryFacts,
  LogDirectoryProtocol,
  NewIdentity,
} from "./messages.ts";

/** meta.properties is a few lines; anything larger is not one. */
const META_PROPERTIES_BYTES_MAX = 64 * 1024;
const METADATA_LOG = "gofka-metadata-0";

const WHOSE =
  "a node that comes to a cluster has to be told its id: set gofka.cluster.id (gofka cluster status " +
  "and kafka-cluster.sh cluster-id tell it)";

type Found = {
  readonly path: string;
  readonly entries: readonly DirectoryEntry[];
  /** Null: the directory is new. */
  readonly properties: MetaProperties | null;
};
type Looked = Found | { readonly path: string; readonly failure: string };

export class Preparation {
  readonly #directories: readonly string[];
  readonly #metadataDirectory: string;
  readonly #out: Pick<Outbox<LogDirectoryProtocol>, "log">;
  readonly #newId: () => string;

  constructor(
    directories: readonly string[],
    metadataDirectory: string,
    out: Pick<Outbox<LogDirectoryProtocol>, "log">,
    newId: () => string,
  ) {
    this.#directories = directories;
    this.#metadataDirectory = metadataDirectory;
    this.#out = out;
    this.#newId = newId;
  }

  *run(asked: NewIdentity): Routine<DirectoryFacts> {
    const looked: Looked[] = [];
    for (const path of this.#directories) looked.push(yield* this.#look(path));
    const found = looked.filter((each) => "entries" in each);
    this.#refuseStrangers(found, asked);
    this.#refuseLostMetadata(found);
    yield* refuseTwice(found);
    const known = found.find(({ properties }) => properties !== null)?.properties?.clusterId;
    const clusterId = known ?? asked.clusterId ?? this.#newId();
    const directories: LogDirectoryFacts[] = [];
    for (const each of looked) {
      if ("entries" in each) directories.push(yield* this.#prepare(each, asked.nodeId, clusterId));
      else directories.push({ ...each, directoryId: "", cleanStart: false });
    }
    const cleanStart = directories.every((each) => each.cleanStart);
    return { clusterId, directoryId: directories[0]!.directoryId, cleanStart, directories };
  }

  *#look(path: string): Routine<Looked> {
    const looked = yield* attempt(lookInto(path));
    if (looked.ok) return looked.value;
    const isNeeded = path === this.#directories[0] || path === this.#metadataDirectory;
    if (isNeeded || looked.fault === "refused") throw refusal(looked.detail);
    const { fault, detail } = looked;
    this.#out.log("error", "data directory is offline", { directory: path, fault, detail });
    return { path, failure: detail };
  }

  /** What is not this node's, or not of this cluster, or no data directory at all. */
  #refuseStrangers(found: readonly Found[], { nodeId, clusterId, isNamed, begins }: NewIdentity) {
    const ids = new Map<string, string>();
    for (const { path, entries, properties } of found) {
      if (properties === null) {
        const foreign = firstForeignName(entries);
        if (foreign !== undefined) {
          throw refusal(
            `${path} is not a Kafka data directory: it holds "${foreign}" and no ` +
              `${META_PROPERTIES_FILE}; choose an empty directory`,
          );
        }
        continue;
      }
      if (properties.nodeId !== nodeId) {
        throw refusal(
          `${path} belongs to node ${properties.nodeId}, but this node is ${nodeId}; ` +
            `set node.id=${properties.nodeId} or choose another directory`,
        );
      }
      if (isNamed && properties.clusterId !== clusterId) {
        throw refusal(
          `${path} belongs to cluster ${properties.clusterId}, and gofka.cluster.id is ` +
            `${clusterId}; choose another directory`,
        );
      }
      const twin = properties.directoryId === "" ? undefined : ids.get(properties.directoryId);
      if (twin !== undefined) {
        throw refusal(
          `${path} and ${twin} have the same directory.id: one is a copy of the other; ` +
            "take one of them out of log.dirs",
        );
      }
      ids.set(properties.directoryId, path);
    }
    const [one, ...others] = found.filter(({ properties }) => properties !== null);
    if (one === undefined && !begins) throw refusal(WHOSE);
    const other = others.find((each) => each.properties?.clusterId !== one?.properties?.clusterId);
    if (one === undefined || other === undefined) return;
    throw refusal(
      `${one.path} belongs to cluster ${one.properties?.clusterId} and ${other.path} to cluster ` +
        `${other.properties?.clusterId}; take one of them out of log.dirs`,
    );
  }

  /** With its metadata log out of sight a node would begin anew, as a cluster without topics. */
  #refuseLostMetadata(found: readonly Found[]): void {
    const holds = ({ entries }: Found): boolean =>
      entries.some(({ name }) => name === METADATA_LOG);
    const holder = found.find(holds);
    const isElsewhere = !this.#directories.includes(this.#metadataDirectory);
    if (holder === undefined || isElsewhere) return;
    if (found.some((each) => each.path === this.#metadataDirectory && holds(each))) return;
    throw refusal(
      `the metadata log is in ${holder.path} and is looked for in ${this.#metadataDirectory}: ` +
        `name ${holder.path} first in log.dirs, or set metadata.log.dir to it`,
    );
  }

  *#prepare(found: Found, nodeId: number, clusterId: string): Routine<LogDirectoryFacts> {
    const { path } = found;
    const prepared = yield* attempt(this.#makeOwn(found, nodeId, clusterId));
    if (prepared.ok) {
      const { directoryId, cleanStart } = prepared.value;
      this.#out.log("info", "data directory", { directory: path, clusterId, cleanStart });
      return { path, directoryId, cleanStart, failure: null };
    }
    const isNeeded = path === this.#directories[0] || path === this.#metadataDirectory;
    if (isNeeded) throw new FaultRaised(prepared);
    const { fault, detail } = prepared;
    this.#out.log("error", "data directory is offline", { directory: path, fault, detail });
    const directoryId = found.properties?.directoryId ?? "";
    return { path, directoryId, cleanStart: false, failure: detail };
  }

  /** meta.properties made whole, or new; and the mark of a clean stop taken away for this run. */
  *#makeOwn({ path, entries, properties }: Found, nodeId: number, clusterId: string) {
    let directoryId = properties?.directoryId ?? "";
    if (directoryId === "") {
      directoryId = this.#newId();
      const own = { ...(properties ?? { clusterId, nodeId }), directoryId };
      yield* replaceFile(`${path}/${META_PROPERTIES_FILE}`, encodeMetaProperties(own));
    }
    if (!entries.some(({ name }) => name === CLEAN_SHUTDOWN_FILE)) yield* this.#keepNames(path);
    return { directoryId, cleanStart: yield* takeCleanMark(path, entries) };
  }

  /**
   * The process before may have died on its first start, and left names that only the page cache has: what
   * is told of the directory from now on must not go with them. The directory's own name is a thing of its
   * parent's, and so on upwards; these may not be ours to open.
   */
  *#keepNames(directory: string): Routine<void> {
    yield* disk("syncDirectory", { path: directory });
    const parent = parentOf(directory);
    for (let path = parent; ; path = parentOf(path)) {
      const synced = yield* tryDisk("syncDirectory", { path });
      if (!synced.ok && path === parent) {
        const { fault, detail } = synced;
        const event = "the data directory's name may not outlive a power cut";
        this.#out.log("warn", event, { fault, detail });
      }
      if (path === "/" || path === "." || path === parentOf(path)) return;
    }
  }
}

function* lookInto(path: string): Routine<Found> {
  yield* disk("makeDirectory", { path });
  const listed = yield* tryDisk("list", { path });
  if (!listed.ok) throw unreadable(path, listed);
  const entries = listed.value;
  const file = `${path}/${META_PROPERTIES_FILE}`;
  if (!entries.some(({ name }) => name === META_PROPERTIES_FILE)) {
    return { path, entries, properties: null };
  }
  const length = META_PROPERTIES_BYTES_MAX;
  const decoded = decodeMetaProperties(yield* disk("read", { path: file, position: 0, length }));
  if (!decoded.ok) throw refusal(`${file} cannot be used: ${decoded.detail}`);
  return { path, entries, properties: decoded.value };
}

/** One partition in two directories: nobody can tell which of them is right (Kafka stops, too). */
function* refuseTwice(found: readonly Found[]): Routine<void> {
  const holders = new Map<string, string>();
  for (const { path, entries } of found) {
    for (const { name, isDirectory } of entries) {
      if (!isDirectory || partitionOfDirectory(name) === undefined) continue;
      const holder = holders.get(name);
      if (holder === undefined) {
        holders.set(name, path);
        continue;
      }
      const topicId = yield* readTopicId(`${path}/${name}`);
      if (topicId === undefined || topicId !== (yield* readTopicId(`${holder}/${name}`))) continue;
      throw refusal(
        `partition ${name} lies in both ${holder} and ${path}; remove or move away the one that is ` +
          "not up to date",
      );
    }
  }
}

/** Whether the last stop was clean; the mark goes before the first write of this run. */
function* takeCleanMark(directory: string, entries: readonly DirectoryEntry[]): Routine<boolean> {
  if (!entries.some(({ name }) => name === CLEAN_SHUTDOWN_FILE)) return false;
  const path = `${directory}/${CLEAN_SHUTDOWN_FILE}`;
  const clean = yield* readCleanShutdown(path);
  yield* disk("unlink", { path });
  yield* disk("syncDirectory", { path: directory });
  return clean;
}

function parentOf(directory: string): string {
  const [, parent] = /^(.*)\/[^/]+\/*$/.exec(directory) ?? [];
  return parent === "" ? "/" : (parent ?? ".");
}

function unreadable(path: string, { fault, detail }: Fault): FaultRaised {
  return new FaultRaised(failure(fault, `cannot read the data directory ${path}: ${detail}`));
}

function refusal(sentence: string): FaultRaised {
  return new FaultRaised(failure("refused", sentence));
}
