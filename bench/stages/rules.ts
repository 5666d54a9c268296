// The stages that a batch goes through, and which code belongs to which. What no rule names belongs to
// whoever called it, so Node's own streams count where the socket that drives them does.
//
// Lives on: the developer's machine.

export const stages = [
  "socket read",
  "frame",
  "decode",
  "validate",
  "hop",
  "write",
  "read",
  "sync",
  "log keeping",
  "encode",
  "socket write",
  "actors",
  "collector",
  "other",
] as const;

export type Stage = (typeof stages)[number];
/** Not the node's own: it waits, or is being measured. */
export type Place = Stage | "idle" | "probe";

export type Frame = { readonly url: string; readonly functionName: string };

type Rule = {
  readonly place: Place;
  readonly url?: RegExp;
  readonly name?: RegExp;
};

/** The first that fits decides. */
const rules: readonly Rule[] = [
  { place: "idle", name: /^\(idle\)$/ },
  { place: "collector", name: /^\(garbage collector\)$/ },
  // libuv polls and reads outside of JavaScript.
  { place: "socket read", name: /^\(program\)$/ },
  { place: "probe", url: /^node:inspector|bench\/stages\// },
  { place: "write", name: /^writeSync$/, url: /^node:fs/ },
  { place: "read", name: /^readSync$/, url: /^node:fs/ },
  { place: "sync", name: /^(fdatasync|fsync)/, url: /^node:fs/ },
  { place: "socket write", name: /^(writeGeneric|writevGeneric|handleWriteReq|onWriteComplete)$/ },
  { place: "socket write", url: /^node:internal\/streams\/writable/ },
  { place: "socket write", url: /src\/net\/sockets\.ts$/, name: /^(write|afterWrite)$/ },
  { place: "socket read", name: /^onStreamRead$/ },
  {
    place: "socket read",
    url: /^node:internal\/streams\/(readable|add-abort)|src\/net\/sockets\.ts$/,
  },
  { place: "frame", url: /src\/actors\/front-door\/(frame-splitter|admission)\.ts$/ },
  { place: "frame", url: /src\/base\/buffer-pool\.ts$/ },
  { place: "decode", url: /^gofka\/\w*Request/ },
  { place: "encode", url: /^gofka\/\w*Response/ },
  {
    place: "decode",
    url: /src\/protocol\/(schema\/|schema\.|wire\/reader|frame)/,
    name: /^(decode|read|skip)/,
  },
  {
    place: "encode",
    url: /src\/protocol\/(schema\/|schema\.|frame)/,
    name: /^(encode|measure|write)/,
  },
  { place: "encode", url: /src\/protocol\/wire\/writer\.ts$/ },
  {
    place: "validate",
    url: /src\/(codec\/|protocol\/record-batch)|src\/actors\/partition\/check-batch/,
  },
  {
    place: "hop",
    url: /src\/runtime\/(envelope|threads\/links)\.ts$|msgpackr|^node:internal\/worker/,
  },
  { place: "write", url: /src\/storage\/(real-disk\/\w+|disk-steps)\.ts$/, name: /write|append/i },
  { place: "read", url: /src\/storage\/(real-disk\/\w+|disk-steps)\.ts$/, name: /read/i },
  { place: "sync", url: /src\/storage\/(real-disk\/\w+|disk-steps)\.ts$/, name: /sync/i },
  { place: "sync", url: /src\/(storage\/log-sync|actors\/durability\/)/ },
  { place: "log keeping", url: /src\/storage\// },
  { place: "actors", url: /src\/(actors|runtime|metadata|base|node-host)/ },
];

export function placeOf({ url, functionName }: Frame): Place | undefined {
  return rules.find(
    (rule) => (rule.url?.test(url) ?? true) && (rule.name?.test(functionName) ?? true),
  )?.place;
}
