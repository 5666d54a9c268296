// A program that starts a cluster, pauses one of its nodes, and then waits to be killed itself.
//
// Lives on: tests, in a process of its own.

import { Gofka } from "../../src/index.ts";

const cluster = await Gofka.startCluster({ nodes: 2, dataDir: process.argv[2]! });
cluster.nodes[1]!.pause();
process.stdout.write("one runs and one is paused\n");
