// What the declarations cost a process: their evaluation, once their files are loaded, and compiling
// codecs, which is done on first use. Prints CPU milliseconds as JSON.
//
//   node bench/codec/start.ts
//
// Lives on: the developer's machine.

import { loadedMs } from "./start-mark.ts";
import { apis } from "../../src/protocol/api-keys.ts";
import { messagesByName } from "../../src/protocol/registry.ts";
import { cpuMs } from "./cpu.ts";

export type Started = {
  readonly declareMs: number;
  readonly clientMs: number;
  readonly allMs: number;
  readonly codecs: { readonly client: number; readonly all: number };
};

/** What a producer and a consumer in a group make a node compile, in both directions. */
const clientApis = [
  "ApiVersions",
  "Metadata",
  "InitProducerId",
  "Produce",
  "FindCoordinator",
  "JoinGroup",
  "SyncGroup",
  "Heartbeat",
  "OffsetFetch",
  "OffsetCommit",
  "ListOffsets",
  "Fetch",
];

function compileClients(): number {
  const used = apis.filter(({ name }) => clientApis.includes(name));
  const messages = used.flatMap(({ request, response }) => [request, response]);
  for (const message of messages) message.at(message.versions[1]);
  return messages.length;
}

function compileAll(): number {
  let count = 0;
  for (const message of messagesByName.values()) {
    const [min, max] = message.versions;
    for (let version = min; version <= max; version++, count++) message.at(version);
  }
  return count;
}

const declaredMs = cpuMs();
const client = compileClients();
const clientMs = cpuMs();
const all = compileAll();
const started: Started = {
  declareMs: declaredMs - loadedMs,
  clientMs: clientMs - declaredMs,
  allMs: cpuMs() - declaredMs,
  codecs: { client, all },
};
console.log(JSON.stringify(started));
