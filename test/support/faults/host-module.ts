// The host module of the product on a disk that fails in one way no disk does: an operation throws,
// which is as good as a bug in the actor that asked for it. Stands in for src/host-main.ts in the
// threads of a node that was started with preload.ts.
//
// Lives on: tests (host thread).

import fs, { appendFileSync, readFileSync, unlinkSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { AssertionFailed } from "../../../src/base/assert.ts";
import type { RealHostSettings } from "../../../src/host-main.ts";
import { diskFor, hostOn } from "../../../src/host-main.ts";
import type { DiskRequest } from "../../../src/runtime/ports.ts";
import type { CreateHost } from "../../../src/runtime/threads/host-module.ts";
import type { Fault } from "./fault.ts";
import { FAULT_VARIABLE } from "./fault.ts";

const faultFile = process.env[FAULT_VARIABLE] ?? "";

export const createHost: CreateHost = (ports, settings, events) => {
  const disk = diskFor(ports, settings as RealHostSettings);
  if (ports.links.hostIndex < ports.links.hostCount) letSyncsStandStill();
  const faulty: typeof disk = {
    ...disk,
    submit: (request, done) => {
      throwIfArmed(request);
      return disk.submit(request, done);
    },
  };
  return hostOn(faulty)(ports, settings, events);
};

function throwIfArmed(request: DiskRequest): void {
  if (request.operation !== "write") return;
  const fault = armed();
  if (fault === undefined || fault.kind === "syncs stand still") return;
  if (!request.args.path.includes(fault.pathHas)) return;
  unlinkSync(faultFile);
  switch (fault.kind) {
    case "exception":
      throw new Error("planted by a test");
    case "assertion":
      throw new AssertionFailed("planted by a test");
    case "silent end":
      return process.exit(3);
    case "stands still":
      return void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, fault.forMs);
  }
}

/**
 * As on a disk that owes an answer: each sync keeps a thread of the pool until somebody opens the other
 * end of the pipe, and says that it has come.
 */
function letSyncsStandStill(): void {
  const { fdatasync } = fs;
  const patched: { fdatasync: unknown } = fs;
  patched.fdatasync = (fd: number, done: fs.NoParamCallback): void => {
    const pipe = armed()?.pipe;
    if (pipe === undefined) return fdatasync(fd, done);
    appendFileSync(`${pipe}.log`, ".");
    fs.open(pipe, "r", (_, opened) => {
      fs.closeSync(opened);
      fdatasync(fd, done);
    });
  };
  syncBuiltinESMExports();
}

function armed(): Fault | undefined {
  try {
    return JSON.parse(readFileSync(faultFile, "utf8")) as Fault;
  } catch {
    return undefined;
  }
}
