// The log-directory actor reads what a data directory says of itself before anything else is opened,
// refuses one that is not ours to touch, and leaves the mark of a clean stop when all is closed.
//
// Lives on: host 0.

import type { Outcome } from "../../base/outcome.ts";
import { failure, FaultRaised } from "../../base/outcome.ts";
import { randomUuid } from "../../base/uuid.ts";
import type { ActorKind, Cast, Handlers, Outbox, ReplyTo, World } from "../../runtime/actor.ts";
import type { DirectoryEntry } from "../../runtime/ports.ts";
import type { Routine } from "../../runtime/routine.ts";
import { disk, tryDisk } from "../../runtime/routine.ts";
import {
  CLEAN_SHUTDOWN_FILE,
  encodeCleanShutdown,
  readCleanShutdown,
} from "../../storage/clean-shutdown.ts";
import type { MetaProperties } from "../../storage/meta-properties.ts";
import {
  decodeMetaProperties,
  encodeMetaProperties,
  META_PROPERTIES_FILE,
} from "../../storage/meta-properties.ts";
import { replaceFile } from "../../storage/replace-file.ts";
import { firstForeignName } from "./found-topics.ts";
import type { DirectoryFacts, LogDirectoryProtocol, NewIdentity, Stock } from "./messages.ts";
import { logDirectoryKind } from "./messages.ts";
import { takeStock } from "./stock.ts";

export type LogDirectorySettings = {
  readonly directory: string;
  /** Where metadata logs are kept. Often the same. */
  readonly metadataDirectory: string;
};

type Answered<T> = { outcome: Outcome<T>; context: ReplyTo<Outcome<T>> };
type Self = LogDirectoryProtocol & {
  prepared: Cast<Answered<DirectoryFacts>>;
  stockTaken: Cast<Answered<Stock>>;
  marked: Cast<Answered<null>>;
};

/** meta.properties is a few lines; anything larger is not one. */
const META_PROPERTIES_BYTES_MAX = 64 * 1024;

const WHOSE =
  "a node that comes to a cluster has to be told its id: set gofka.cluster.id (gofka cluster status " +
  "and kafka-cluster.sh cluster-id tell it)";

class LogDirectory implements Handlers<Self> {
  private readonly directory: string;
  private readonly metadataDirectory: string;
  private readonly out: Outbox<Self>;
  private readonly world: World;

  constructor(settings: LogDirectorySettings, out: Outbox<Self>, world: World) {
    this.directory = settings.directory;
    this.metadataDirectory = settings.metadataDirectory;
    this.out = out;
    this.world = world;
  }

  onPrepare(asked: NewIdentity, replyTo: ReplyTo<Outcome<DirectoryFacts>>): void {
    this.out.run(this.prepare(asked), { context: replyTo, into: "prepared" });
  }

  onPrepared({ outcome, context }: Answered<DirectoryFacts>): void {
    this.out.reply(context, outcome);
  }

  onTakeStock({ nodeId }: { nodeId: number }, replyTo: ReplyTo<Outcome<Stock>>): void {
    const { directory, metadataDirectory } = this;
    const stock = takeStock({ directory, metadataDirectory, nodeId }, this.out);
    this.out.run(stock, { context: replyTo, into: "stockTaken" });
  }

  onStockTaken({ outcome, context }: Answered<Stock>): void {
    this.out.reply(context, outcome);
  }

  onMarkClean(_: Record<string, never>, replyTo: ReplyTo<Outcome<null>>): void {
    this.out.run(this.markClean(), { context: replyTo, into: "marked" });
  }

  onMarked({ outcome, context }: Answered<null>): void {
    this.out.reply(context, outcome);
  }

  private *prepare(asked: NewIdentity): Routine<DirectoryFacts> {
    yield* disk("makeDirectory", { path: this.directory });
    const entries = yield* this.list();
    const properties = yield* this.ownProperties(asked, entries);
    if (!entries.some(({ name }) => name === CLEAN_SHUTDOWN_FILE)) yield* this.keepNames();
    const cleanStart = yield* this.takeCleanMark(entries);
    const { clusterId, directoryId } = properties;
    this.out.log("info", "data directory", { directory: this.directory, clusterId, cleanStart });
    return { clusterId, directoryId, cleanStart };
  }

  private *list(): Routine<readonly DirectoryEntry[]> {
    const listed = yield* tryDisk("list", { path: this.directory });
    if (listed.ok) return listed.value;
    throw refusal(`cannot read the data directory ${this.directory}: ${listed.detail}`);
  }

  /** What meta.properties says, made whole; or a new one for a directory that is empty. */
  private *ownProperties(
    asked: NewIdentity,
    entries: readonly DirectoryEntry[],
  ): Routine<MetaProperties> {
    const { nodeId } = asked;
    const path = `${this.directory}/${META_PROPERTIES_FILE}`;
    if (!entries.some(({ name }) => name === META_PROPERTIES_FILE)) {
      const foreign = firstForeignName(entries);
      if (foreign !== undefined) {
        throw refusal(
          `${this.directory} is not a Kafka data directory: it holds "${foreign}" and no ` +
            `${META_PROPERTIES_FILE}; choose an empty directory`,
        );
      }
      if (!asked.begins) throw refusal(WHOSE);
      const properties = this.newProperties(asked);
      yield* replaceFile(path, encodeMetaProperties(properties));
      return properties;
    }
    const bytes = yield* disk("read", { path, position: 0, length: META_PROPERTIES_BYTES_MAX });
    const decoded = decodeMetaProperties(bytes);
    if (!decoded.ok) throw refusal(`${path} cannot be used: ${decoded.detail}`);
    if (decoded.value.nodeId !== nodeId) {
      throw refusal(
        `${this.directory} belongs to node ${decoded.value.nodeId}, but this node is ${nodeId}; ` +
          `set node.id=${decoded.value.nodeId} or choose another directory`,
      );
    }
    if (asked.isNamed && decoded.value.clusterId !== asked.clusterId) {
      throw refusal(
        `${this.directory} belongs to cluster ${decoded.value.clusterId}, and gofka.cluster.id is ` +
          `${asked.clusterId}; choose another directory`,
      );
    }
    if (decoded.value.directoryId !== "") return decoded.value;
    const properties = { ...decoded.value, directoryId: this.freshId() };
    yield* replaceFile(path, encodeMetaProperties(properties));
    return properties;
  }

  private newProperties({ nodeId, clusterId }: NewIdentity): MetaProperties {
    return { clusterId: clusterId ?? this.freshId(), nodeId, directoryId: this.freshId() };
  }

  private freshId(): string {
    return randomUuid((length) => this.world.bytes(length));
  }

  /**
   * The process before may have died on its first start, and left names that only the page cache has: what
   * is told of the directory from now on must not go with them. The directory's own name is a thing of its
   * parent's, and so on upwards; these may not be ours to open.
   */
  private *keepNames(): Routine<void> {
    yield* disk("syncDirectory", { path: this.directory });
    const parent = parentOf(this.directory);
    for (let path = parent; ; path = parentOf(path)) {
      const synced = yield* tryDisk("syncDirectory", { path });
      if (!synced.ok && path === parent) {
        const { fault, detail } = synced;
        const event = "the data directory's name may not outlive a power cut";
        this.out.log("warn", event, { fault, detail });
      }
      if (path === "/" || path === "." || path === parentOf(path)) return;
    }
  }

  /** Whether the last stop was clean; the mark goes before the first write of this run. */
  private *takeCleanMark(entries: readonly DirectoryEntry[]): Routine<boolean> {
    if (!entries.some(({ name }) => name === CLEAN_SHUTDOWN_FILE)) return false;
    const path = `${this.directory}/${CLEAN_SHUTDOWN_FILE}`;
    const clean = yield* readCleanShutdown(path);
    yield* disk("unlink", { path });
    yield* disk("syncDirectory", { path: this.directory });
    return clean;
  }

  private *markClean(): Routine<null> {
    const path = `${this.directory}/${CLEAN_SHUTDOWN_FILE}`;
    yield* replaceFile(path, encodeCleanShutdown({ brokerEpoch: -1 }));
    return null;
  }
}

function parentOf(directory: string): string {
  const [, parent] = /^(.*)\/[^/]+\/*$/.exec(directory) ?? [];
  return parent === "" ? "/" : (parent ?? ".");
}

function refusal(sentence: string): FaultRaised {
  return new FaultRaised(failure("refused", sentence));
}

export const logDirectoryActor: ActorKind<Self, LogDirectorySettings> = {
  kind: logDirectoryKind,
  create: (settings, out, world) => new LogDirectory(settings, out, world),
  placeOn: () => 0,
  mailbox: { messagesMax: 16, bytesMax: 1024 },
};
