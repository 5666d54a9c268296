// The log-directory actor reads what the data directories say of themselves before anything else is
// opened, refuses what is not ours to touch (preparation.ts), and leaves the mark of a clean stop in each
// when all is closed.
//
// Lives on: host 0.

import type { Outcome } from "../../base/outcome.ts";
import { randomUuid } from "../../base/uuid.ts";
import type { ActorKind, Cast, Handlers, Outbox, ReplyTo, World } from "../../runtime/actor.ts";
import type { Routine } from "../../runtime/routine.ts";
import { CLEAN_SHUTDOWN_FILE, encodeCleanShutdown } from "../../storage/clean-shutdown.ts";
import { replaceFile } from "../../storage/replace-file.ts";
import type { DirectoryFacts, LogDirectoryProtocol, NewIdentity, Stock } from "./messages.ts";
import { logDirectoryKind } from "./messages.ts";
import { Preparation } from "./preparation.ts";
import { takeStock } from "./stock.ts";

export type LogDirectorySettings = {
  readonly directories: readonly string[];
  /** Where metadata logs are kept. Often the first. */
  readonly metadataDirectory: string;
};

type Answered<T> = { outcome: Outcome<T>; context: ReplyTo<Outcome<T>> };
type Self = LogDirectoryProtocol & {
  prepared: Cast<Answered<DirectoryFacts>>;
  stockTaken: Cast<Answered<Stock>>;
  marked: Cast<Answered<null>>;
};

class LogDirectory implements Handlers<Self> {
  private readonly directories: readonly string[];
  private readonly metadataDirectory: string;
  /** Those that could be read at the start. */
  private inUse: readonly string[];
  private readonly out: Outbox<Self>;
  private readonly world: World;

  constructor(settings: LogDirectorySettings, out: Outbox<Self>, world: World) {
    this.directories = settings.directories;
    this.inUse = settings.directories;
    this.metadataDirectory = settings.metadataDirectory;
    this.out = out;
    this.world = world;
  }

  onPrepare(asked: NewIdentity, replyTo: ReplyTo<Outcome<DirectoryFacts>>): void {
    const { directories, metadataDirectory, out, world } = this;
    const newId = (): string => randomUuid((length) => world.bytes(length));
    const preparation = new Preparation(directories, metadataDirectory, out, newId);
    this.out.run(preparation.run(asked), { context: replyTo, into: "prepared" });
  }

  onPrepared({ outcome, context }: Answered<DirectoryFacts>): void {
    if (outcome.ok) {
      const inUse = outcome.value.directories.filter((each) => each.failure === null);
      this.inUse = inUse.map(({ path }) => path);
    }
    this.out.reply(context, outcome);
  }

  onTakeStock({ nodeId }: { nodeId: number }, replyTo: ReplyTo<Outcome<Stock>>): void {
    const { inUse: directories, metadataDirectory } = this;
    const stock = takeStock({ directories, metadataDirectory, nodeId }, this.out);
    this.out.run(stock, { context: replyTo, into: "stockTaken" });
  }

  onStockTaken({ outcome, context }: Answered<Stock>): void {
    this.out.reply(context, outcome);
  }

  onMarkClean({ except }: { except: readonly string[] }, replyTo: ReplyTo<Outcome<null>>): void {
    this.out.run(this.markClean(except), { context: replyTo, into: "marked" });
  }

  onMarked({ outcome, context }: Answered<null>): void {
    this.out.reply(context, outcome);
  }

  private *markClean(except: readonly string[]): Routine<null> {
    for (const path of this.inUse.filter((each) => !except.includes(each))) {
      const mark = encodeCleanShutdown({ brokerEpoch: -1 });
      yield* replaceFile(`${path}/${CLEAN_SHUTDOWN_FILE}`, mark);
    }
    return null;
  }
}

export const logDirectoryActor: ActorKind<Self, LogDirectorySettings> = {
  kind: logDirectoryKind,
  create: (settings, out, world) => new LogDirectory(settings, out, world),
  placeOn: () => 0,
  mailbox: { messagesMax: 16, bytesMax: 1024 },
};
