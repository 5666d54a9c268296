// What an idle group keeps in memory, in a node on this thread: bytes of the heap after a collection, with
// so many groups that have one committed offset each and without.
//
//   node --expose-gc bench/groups/memory.ts GROUPS
//
// Lives on: the developer's machine.

import { Gofka } from "../../src/index.ts";
import { load } from "../load.ts";
import { commit, committed } from "./commits.ts";
import { LoadConnection } from "./connection.ts";

const count = Number(process.argv[2]);
const topic = "idle";
const { gc } = globalThis;
if (gc === undefined) throw new Error("needs --expose-gc");

await using node = await Gofka.start({ logLevel: "silent" });
await load("create", node.bootstrapServers, { topic });
const connection = await LoadConnection.open(node.bootstrapServers);
await committed(node.bootstrapServers, "first", topic, 0);

function used(): number {
  gc!();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
await commit(connection, "first", topic, [0], 1);
const before = used();
for (let i = 0; i < count; i++) await commit(connection, `idle-${i}`, topic, [0], i);
const kibibytes = (used() - before) / 1024 / count;
console.log(`memory per idle group: ${kibibytes.toFixed(2)} KiB (${count} groups)`);
connection.close();
