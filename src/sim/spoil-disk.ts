// A disk that misbehaves: stands between a host and its disk and does something else with some of the
// operations.
//
// Lives on: the simulator's thread.

import type { Outcome } from "../base/outcome.ts";
import { success } from "../base/outcome.ts";
import type { Disk, DiskRequest } from "../runtime/ports.ts";
import type { Life } from "./life.ts";

type Done = (outcome: Outcome<unknown>) => void;

export type Misdeed = (request: DiskRequest, done: Done, pass: Disk["submit"]) => boolean;

/** `misdeed` answers true when it has taken the operation upon itself. */
export function spoiltDisk(disk: Disk, misdeed: Misdeed): Disk {
  const pass: Disk["submit"] = (request, done) => disk.submit(request, done);
  return {
    submit: (request, done) => (misdeed(request, done, pass) ? undefined : pass(request, done)),
  };
}

/** An operation that is answered and not carried out. */
export function neverDone(life: Life, done: Done): true {
  life.after(0.1, "spoilt disk", () => done(success(null)));
  return true;
}

export function pathOf({ operation, args }: DiskRequest): string {
  return operation === "rename" ? args.to : args.path;
}
