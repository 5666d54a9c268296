// The host module of the product on a disk that fails in one way no disk does: an operation throws,
// which is as good as a bug in the actor that asked for it. Stands in for src/host-main.ts in the
// threads of a node that was started with preload.ts.
//
// Lives on: tests (host thread).

import { readFileSync, unlinkSync } from "node:fs";
import { AssertionFailed } from "../../../src/base/assert.ts";
import { hostOn } from "../../../src/host-main.ts";
import type { DiskRequest } from "../../../src/runtime/ports.ts";
import type { CreateHost } from "../../../src/runtime/threads/host-module.ts";
import { realDisk } from "../../../src/storage/real-disk/disk.ts";
import type { Fault } from "./fault.ts";
import { FAULT_VARIABLE } from "./fault.ts";

const faultFile = process.env[FAULT_VARIABLE] ?? "";

export const createHost: CreateHost = (ports, settings, events) => {
  const disk = realDisk();
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
  if (fault === undefined || !request.args.path.includes(fault.pathHas)) return;
  unlinkSync(faultFile);
  switch (fault.kind) {
    case "exception":
      throw new Error("planted by a test");
    case "assertion":
      throw new AssertionFailed("planted by a test");
    case "silent end":
      return process.exit(3);
  }
}

function armed(): Fault | undefined {
  try {
    return JSON.parse(readFileSync(faultFile, "utf8")) as Fault;
  } catch {
    return undefined;
  }
}
