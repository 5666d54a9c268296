// One node per data directory. Node.js has no flock, so on Linux the lock is a pair of listening
// sockets, which the kernel takes back when the process ends, however it ends: an abstract one, named
// from the directory's device and inode, which two processes cannot both get; and one in the directory
// itself, which other containers on the machine can see. Beside them `.lock` tells who holds it; on
// other systems, and for other machines that share the volume, that file is all there is.
//
// Lives on: main thread.

import * as fs from "node:fs";
import { connect, createServer } from "node:net";
import type { Server } from "node:net";
import { hostname } from "node:os";
import type { Outcome } from "../base/outcome.ts";
import { failure, success } from "../base/outcome.ts";

export const LOCK_FILE = ".lock";

export type DirectoryLock = {
  /** Safe to call more than once. */
  release(): Promise<void>;
};

/** `sun_path` of the system, with room for the byte that ends it. */
const SOCKET_PATH_MAX = 107;

/** Field 22 of /proc/<pid>/stat, counted from the third. */
const START_TIME_AT = 19;

type Holder = {
  readonly pid: number;
  readonly host: string;
  /** Tells this start of the machine from others: process ids begin anew with each. */
  readonly bootId: string;
  /** Tells this process from a later one with the same id. */
  readonly startTime: string;
  /** Device and inode of the directory, on the holder's machine. */
  readonly directory: string;
};

/**
 * Makes the directory if need be. `refused` with one sentence that names the holder; EIO when the
 * directory cannot be used at all.
 */
export async function lockDirectory(directory: string): Promise<Outcome<DirectoryLock>> {
  let identity: string;
  try {
    fs.mkdirSync(directory, { recursive: true });
    const { dev, ino } = fs.statSync(directory, { bigint: true });
    identity = `${dev}-${ino}`;
  } catch (error) {
    return failure("EIO", `cannot use the data directory ${directory}: ${messageOf(error)}`);
  }
  const file = `${directory}/${LOCK_FILE}`;
  const abstractName = `\0gofka-data-directory-${identity}`;
  const holder = readHolder(file);
  const sockets = new LockSockets();
  const isFree =
    process.platform !== "linux" || (await sockets.take(abstractName, `${file}.socket`));
  if (!isFree || (holder !== undefined && isHeldBy(holder, identity))) {
    await sockets.release();
    return refuse(`the data directory ${directory} is in use by ${nameOf(holder, file)}`);
  }
  try {
    fs.writeFileSync(file, JSON.stringify(self(identity)));
  } catch (error) {
    await sockets.release();
    return failure("EIO", `cannot write to the data directory ${directory}: ${messageOf(error)}`);
  }
  let isHeld = true;
  return success({
    async release() {
      if (!isHeld) return;
      isHeld = false;
      // The file first: while the sockets are held nobody else can have written it.
      removeIfThere(file);
      await sockets.release();
    },
  });
}

/** The process of this machine that holds the directory; undefined: none does. */
export function holderOf(directory: string): number | undefined {
  const holder = readHolder(`${directory}/${LOCK_FILE}`);
  if (holder === undefined || holder.host !== hostname()) return undefined;
  const { dev, ino } = fs.statSync(directory, { bigint: true });
  return isHeldBy(holder, `${dev}-${ino}`) ? holder.pid : undefined;
}

/** What is on a disk that has failed stays there. */
function removeIfThere(file: string): void {
  try {
    fs.rmSync(file, { force: true });
  } catch {
    // The socket in it is given back all the same, and with it the directory.
  }
}

class LockSockets {
  private readonly servers: Server[] = [];

  /** False when another process listens on either. A system that has no such sockets is not asked. */
  async take(abstractName: string, path: string): Promise<boolean> {
    const abstract = await listen(abstractName);
    if (abstract === "taken") return false;
    if (abstract !== undefined) this.servers.push(abstract);
    if (path.length > SOCKET_PATH_MAX) return true;
    if (await answers(path)) return false;
    // Left by a process that was killed.
    fs.rmSync(path, { force: true });
    const named = await listen(path);
    if (named === "taken") return false;
    if (named !== undefined) this.servers.push(named);
    return true;
  }

  /** Node.js removes the name of a socket that it closes. */
  async release(): Promise<void> {
    await Promise.all(this.servers.splice(0).map(close));
  }
}

function refuse(sentence: string): Outcome<never> {
  return failure("refused", sentence);
}

/** Undefined where the system has no such sockets. */
function listen(socketName: string): Promise<Server | "taken" | undefined> {
  return new Promise((resolve) => {
    const server = createServer((connection) => connection.destroy());
    server.once("error", (error: NodeJS.ErrnoException) => {
      resolve(error.code === "EADDRINUSE" ? "taken" : undefined);
    });
    server.listen(socketName, () => {
      // The lock alone keeps no process alive.
      server.unref();
      resolve(server);
    });
  });
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const connection = connect(path, () => {
      connection.destroy();
      resolve(true);
    });
    connection.once("error", () => resolve(false));
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}

function self(directory: string): Holder {
  return {
    pid: process.pid,
    host: hostname(),
    bootId: bootId(),
    startTime: startTimeOf(process.pid) ?? "",
    directory,
  };
}

/** Undefined when there is no such file, or one that says nothing: Kafka leaves its own empty. */
function readHolder(path: string): Holder | undefined {
  let value: unknown;
  try {
    value = JSON.parse(fs.readFileSync(path, "utf8"));
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null) return undefined;
  const fields = value as Partial<Record<keyof Holder, unknown>>;
  const { pid, host, bootId: boot, startTime, directory } = fields;
  if (typeof pid !== "number" || !Number.isSafeInteger(pid) || pid <= 0) return undefined;
  if (typeof host !== "string" || typeof boot !== "string") return undefined;
  return {
    pid,
    host,
    bootId: boot,
    startTime: typeof startTime === "string" ? startTime : "",
    directory: typeof directory === "string" ? directory : "",
  };
}

/** Whether the process that `.lock` names holds this very directory. */
function isHeldBy(holder: Holder, directory: string): boolean {
  // The whole directory was copied while a node ran on it: what is written here is of the other one.
  if (holder.host === hostname() && holder.directory !== directory) return false;
  return isRunning(holder);
}

/** Of another machine nobody can tell, so its word is taken. */
function isRunning(holder: Holder): boolean {
  const isSameBoot = holder.bootId === bootId();
  if (process.platform === "linux") {
    if (!isSameBoot) return holder.host !== hostname();
    // In another container its process cannot be seen, but its socket would have answered.
    return startTimeOf(holder.pid) === holder.startTime;
  }
  if (holder.host !== hostname()) return true;
  return isSameBoot && isAlive(holder.pid);
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

/** What /proc/<pid>/stat tells from its third field on; undefined when there is no such process. */
export function statOf(pid: number): readonly string[] | undefined {
  try {
    const text = fs.readFileSync(`/proc/${pid}/stat`, "utf8");
    // The second field is the program's name in parentheses, and may hold anything.
    return text.slice(text.lastIndexOf(")") + 2).split(" ");
  } catch {
    return undefined;
  }
}

/** Undefined when there is no such process, or one that has ended already. */
function startTimeOf(pid: number): string | undefined {
  const fields = statOf(pid);
  if (fields === undefined) return undefined;
  try {
    // Its threads end one by one, and the last of them gives its sockets back.
    const hasEnded = fields[0] === "Z" && fs.readdirSync(`/proc/${pid}/task`).length <= 1;
    return hasEnded ? undefined : fields[START_TIME_AT];
  } catch {
    return undefined;
  }
}

function bootId(): string {
  try {
    return fs.readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  } catch {
    return "unknown";
  }
}

function nameOf(holder: Holder | undefined, file: string): string {
  if (holder === undefined) return "another process";
  if (holder.host === hostname()) return `process ${holder.pid}`;
  return `process ${holder.pid} on ${holder.host} (if that machine is gone for good, remove ${file})`;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
