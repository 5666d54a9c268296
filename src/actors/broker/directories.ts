// Which data directory a partition lies in, and what becomes of those in one that fails.
//
// The controller chooses a directory for each new partition and writes its id into the metadata (KIP-858,
// where the brokers choose). What is found elsewhere, because somebody has moved it, is opened where it is.
// What is found nowhere is made only where it belongs: a partition whose directory is out of sight is
// offline, for an empty log in its place would pass for the real one.
//
// Lives on: host thread (part of the broker actor).

import { failure } from "../../base/outcome.ts";
import type { Fault, FaultCode } from "../../base/outcome.ts";
import { ZERO_UUID } from "../../base/uuid.ts";
import type { Routine } from "../../runtime/routine.ts";
import { attempt, disk, sleep } from "../../runtime/routine.ts";
import { writeDerivedFile } from "../../storage/disk-steps.ts";
import { readTopicId } from "../../storage/partition-directory.ts";
import { controllerRef } from "../controller/messages.ts";
import type { LogDirectoryFacts } from "../log-directory/messages.ts";
import { CheckpointBook } from "./checkpoint-book.ts";
import { CheckpointKeeper } from "./checkpoint-keeper.ts";
import type { LogDirectoryDescription } from "./messages.ts";
import { brokerRef } from "./messages.ts";
import type { BrokerOutbox, BrokerState, LogDirectory, OwnPartition } from "./state.ts";

/** A disk may stumble; one that fails so often in a row has failed. */
const PROBES_MAX = 3;
const PROBE_INTERVAL_MS = 100;
/** What says nothing against the directory. */
const passing: ReadonlySet<FaultCode> = new Set(["ENOSPC", "EMFILE"]);

export function logDirectoryOf(facts: LogDirectoryFacts, out: BrokerOutbox): LogDirectory {
  const { path, directoryId, cleanStart } = facts;
  const book = new CheckpointBook();
  return {
    path,
    directoryId,
    cleanStart,
    failure: facts.failure ?? undefined,
    isProbed: false,
    names: new Set(),
    book,
    keeper: out.hostIndex === 0 ? new CheckpointKeeper(out, path, book) : undefined,
  };
}

export function directoryAt(b: BrokerState, path: string): LogDirectory | undefined {
  return b.directories.find((directory) => directory.path === path);
}

// ------------------------------------------------------------ where a partition lies

export function* findHomes(b: BrokerState, partitions: readonly OwnPartition[]): Routine<void> {
  for (const own of partitions) own.home = yield* homeOf(b, own);
}

function* homeOf(b: BrokerState, own: OwnPartition): Routine<LogDirectory | undefined> {
  const [only, ...others] = b.directories;
  if (others.length === 0) return only;
  const { directory, assignedTo } = own;
  const assigned = b.directories.find(({ directoryId }) => directoryId === assignedTo);
  if (assigned?.names.has(directory) === true) return assigned;
  for (const found of b.directories.filter(({ names }) => names.has(directory))) {
    // It may be a namesake's that is to go.
    const topicId = yield* readTopicId(`${found.path}/${directory}`);
    const isSurelyOurs = topicId === own.topicId;
    if (isSurelyOurs || (topicId === undefined && assigned === undefined)) return found;
  }
  if (assigned !== undefined) return assigned;
  if (assignedTo === ZERO_UUID || assignedTo === "") return emptiest(b);
  return undefined;
}

/** For what nobody has assigned. */
function emptiest(b: BrokerState): LogDirectory | undefined {
  return b.directories
    .filter((directory) => directory.failure === undefined)
    .reduce<LogDirectory | undefined>(
      (least, each) => (least === undefined || each.names.size < least.names.size ? each : least),
      undefined,
    );
}

/** Why a partition is not opened; null when it may be. */
export function offlineReason({ home, assignedTo }: OwnPartition): string | null {
  if (home === undefined) return `no data directory with the id ${assignedTo} can be read`;
  return home.failure === undefined ? null : `the data directory ${home.path} is offline`;
}

// ------------------------------------------------------------ when one fails

/** A fault of one file is that partition's; whether it is more, the directory itself has to tell. */
export function suspectDirectory(b: BrokerState, path: string): void {
  const directory = directoryAt(b, path);
  if (directory === undefined || directory.isProbed || directory.failure !== undefined) return;
  directory.isProbed = true;
  b.out.run(probe(b, directory));
}

function* probe(b: BrokerState, directory: LogDirectory): Routine<void> {
  let fault: Fault | undefined;
  for (let probes = 0; probes < PROBES_MAX; probes++) {
    const written = yield* attempt(writeSomething(directory.path, b.out.hostIndex));
    fault = written.ok || passing.has(written.fault) ? undefined : written;
    if (fault === undefined) break;
    yield* sleep(PROBE_INTERVAL_MS);
  }
  directory.isProbed = false;
  if (fault !== undefined && !b.draining) failDirectory(b, directory, fault.detail);
}

/** Each host has a file of its own; the next start takes no notice of one that stays. */
function* writeSomething(directory: string, hostIndex: number): Routine<null> {
  const path = `${directory}/gofka-probe-${hostIndex}.tmp`;
  yield* writeDerivedFile(path, new Uint8Array(1));
  yield* disk("datasync", { path });
  yield* disk("unlink", { path });
  return null;
}

export function failDirectory(b: BrokerState, directory: LogDirectory, detail: string): void {
  if (directory.failure !== undefined) return;
  directory.failure = detail;
  const { path, directoryId } = directory;
  b.out.log("error", "data directory is offline", { directory: path, detail });
  const holdsMetadata = path === b.settings.config.metadataLogDirectory;
  if (holdsMetadata || b.directories.every((each) => each.failure !== undefined)) {
    return b.out.stopNode(`the data directory ${path} has failed: ${detail}`);
  }
  for (const { home, ref } of b.partitions.values()) {
    if (home === directory) b.out.tell(ref, "takeOffline", { detail });
  }
  for (let hostIndex = 0; hostIndex < b.out.hostCount; hostIndex++) {
    if (hostIndex === b.out.hostIndex) continue;
    b.out.tell(brokerRef(hostIndex), "directoryFailed", { logDirectory: path, detail });
  }
  if (b.out.hostIndex === 0) b.out.tell(controllerRef(), "directoryFailed", { directoryId });
}

// ------------------------------------------------------------ descriptions

export function* describeDirectories(
  b: BrokerState,
): Routine<{ directories: readonly LogDirectoryDescription[] }> {
  const directories: LogDirectoryDescription[] = [];
  for (const { path, failure: why } of b.directories) {
    const asked = why === undefined ? yield* attempt(disk("space", { path })) : failure("EIO", why);
    const space = asked.ok ? asked.value : { totalBytes: -1, freeBytes: -1 };
    directories.push({ path, failed: !asked.ok, ...space });
  }
  return { directories };
}
