// Replaces a small file so that a crash leaves the old content or the new, never a mixture
// (`Utils.atomicMoveWithFallback` and `CheckpointFile.write` of Kafka): temporary file, sync, rename,
// sync of the directory.
//
// Lives on: anywhere (over the Disk port).

import type { Routine } from "../runtime/routine.ts";
import { disk } from "../runtime/routine.ts";
import { writeDerivedFile } from "./disk-steps.ts";
import { parentOf, TEMPORARY_SUFFIX } from "./file-names.ts";

export function* replaceFile(path: string, bytes: Uint8Array): Routine<void> {
  const temporary = path + TEMPORARY_SUFFIX;
  yield* writeDerivedFile(temporary, bytes);
  yield* disk("datasync", { path: temporary });
  yield* disk("rename", { from: temporary, to: path });
  yield* disk("syncDirectory", { path: parentOf(path) });
}
