// Apache Kafka's own command-line tools, each run against Gofka and against real Kafka 4.3.1; the
// answers must be the same. `--left kafka` compares Kafka with itself, which qualifies the steps.
//
//   node test/foreign/apache-tools.ts [--left gofka|kafka] [--only WORD] [--show]

import { parseArgs } from "node:util";
import type { Broker } from "../../bench/broker.ts";
import type { Which } from "./harness.ts";
import { Checks, startBroker } from "./harness.ts";
import { server, steps, tools } from "./apache-steps.ts";
import { servedApis } from "./served-apis.ts";
import { compare, java } from "./side-by-side.ts";

const { values: given } = parseArgs({
  strict: false,
  options: {
    left: { type: "string", default: "gofka" },
    only: { type: "string" },
    show: { type: "boolean", default: false },
  },
});

/** The advertised ranges of the APIs that are served must be Kafka's; the others may be missing. */
async function apiVersions(checks: Checks, brokers: readonly [Broker, Broker]): Promise<void> {
  await checks.check("BrokerApiVersionsCommand", async () => {
    const tables = [];
    for (const broker of brokers) {
      const { stdout } = await java(`${tools}.BrokerApiVersionsCommand`, server(broker));
      tables.push(
        new Map([...stdout.matchAll(/(\w+)\((\d+)\): (.+?),?$/gm)].map((m) => [m[1], m[3]])),
      );
    }
    const [left, right] = tables as [Map<string, string>, Map<string, string>];
    const wrong = [...right.keys()].filter(
      (api) => servedApis.includes(api) && left.get(api) !== right.get(api),
    );
    if (right.size < servedApis.length || wrong.length > 0) {
      const shown = wrong.map((api) => `${api}: ${left.get(api)}, real Kafka ${right.get(api)}`);
      throw new Error(shown.join("\n"));
    }
    const extra = [...left].filter(
      ([api, range]) =>
        !servedApis.includes(api) && range !== "UNSUPPORTED" && brokers[0].name === "gofka",
    );
    if (extra.length > 0)
      throw new Error(`advertised, yet not in served-apis.ts: ${extra.join(" ")}`);
    return `${servedApis.length} served APIs alike`;
  });
}

// A controller with eligible leader replicas writes a min.insync.replicas of its own into what topics
// are told to be configured with.
const withoutElr = ["eligible.leader.replicas.version=0"];
const checks = new Checks();
const settings = { "node.id": "1" };
const left = await startBroker(given.left as Which, { settings, features: withoutElr });
const right = await startBroker("kafka", { features: withoutElr });
const brokers = [left, right] as const;
try {
  for (const step of steps) {
    if (typeof given.only === "string" && !step.name.includes(given.only)) continue;
    await compare(checks, step, brokers, given.show === true);
  }
  await apiVersions(checks, brokers);
} finally {
  await left.stop();
  await right.stop();
}
checks.finish();
