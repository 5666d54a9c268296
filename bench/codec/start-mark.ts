// Imported first: by now all files are loaded and none has been evaluated.
//
// Lives on: the developer's machine.

import { cpuMs } from "./cpu.ts";

export const loadedMs = cpuMs();
