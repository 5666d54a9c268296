// A program that starts a node, uses it and stops it, and has nothing else to do: run as a process of
// its own by embedding.test.ts, which waits for its end.
//
// Lives on: tests.

import { Gofka } from "../../src/index.ts";
import { TestClient } from "../support/kafka-client.ts";

const [hosts = "0", dataDir = ""] = process.argv.slice(2);
const node = await Gofka.start({ hosts: Number(hosts), dataDir });
const client = new TestClient(node.bootstrapServers);
await client.createTopic("t", 2);
await client.produce("t", 1, ["a", "b"], { compression: "gzip" });
await client.values("t", 1);
client.close();
await node.stop();
process.stdout.write("stopped\n");
