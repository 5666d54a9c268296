// Loaded before everything else in every thread of a node under test: host threads that ask for
// src/host-main.ts get host-module.ts instead.
//
// Lives on: tests (all threads of the node's process).

import { registerHooks } from "node:module";

const hostModule = new URL("./host-module.ts", import.meta.url).href;

registerHooks({
  resolve: (specifier, context, next) =>
    specifier.endsWith("/src/host-main.ts") && context.parentURL !== hostModule
      ? next(hostModule, context)
      : next(specifier, context),
});
