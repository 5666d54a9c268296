// Which configs of a broker may change while it runs, and to what (KIP-226).
//
// Lives on: anywhere (pure).

import type { BrokerSettings } from "./broker-config.ts";
import { contradictions } from "./broker-config.ts";
import { parseConfigValue } from "./config-value.ts";
import { brokerDefinitionOf } from "./known-keys.ts";
import type { Properties } from "./sources.ts";

/** Keys and stores are changed for one listener at a time (`SslConfigs.RECONFIGURABLE_CONFIGS`). */
const perListenerKey = /^ssl\.(key\.password|(keystore|truststore)\.)/;

/**
 * Why these may not be the dynamic configs of a broker (or, with `allBrokers`, of every broker): the
 * first reason, in Kafka's words (`DynamicBrokerConfig.validate`); undefined when they may.
 */
export function brokerOverridesProblem(
  settings: BrokerSettings,
  overrides: Properties,
  allBrokers: boolean,
): string | undefined {
  const names = Object.keys(overrides);
  const named = (what: string, found: readonly string[]): string | undefined =>
    found.length === 0 ? undefined : `${what}: [${found.join(", ")}]`;
  const scopeOf = (name: string): string | undefined => brokerDefinitionOf(name)?.scope;
  const isPrefixed = (name: string): boolean => name.startsWith("listener.name.");

  const unknown = names.find((name) => scopeOf(name) === undefined);
  if (unknown !== undefined) return `Unknown broker config name: ${unknown}`;
  return (
    named(
      "Cannot update these configs dynamically",
      names.filter((name) => scopeOf(name) === "read-only"),
    ) ??
    named(
      "These security configs can be dynamically updated only per-listener using the listener prefix",
      names.filter((name) => perListenerKey.test(name)),
    ) ??
    (allBrokers
      ? named(
          "Cannot update these configs at default cluster level, broker id must be specified",
          names.filter((name) => scopeOf(name) === "per-broker" || isPrefixed(name)),
        )
      : undefined) ??
    valueProblem(overrides) ??
    contradictionsUnder(settings, overrides, allBrokers)
  );
}

function valueProblem(overrides: Properties): string | undefined {
  for (const [name, text] of Object.entries(overrides)) {
    const definition = brokerDefinitionOf(name);
    if (definition === undefined) continue;
    const checked = parseConfigValue(definition, text);
    if ("problem" in checked) return checked.problem;
  }
  return undefined;
}

function contradictionsUnder(
  settings: BrokerSettings,
  overrides: Properties,
  allBrokers: boolean,
): string | undefined {
  const { staticProperties, dynamicProperties, dynamicDefaultProperties } = settings;
  const levels = {
    staticProperties,
    dynamicProperties: allBrokers ? dynamicProperties : overrides,
    dynamicDefaultProperties: allBrokers ? overrides : dynamicDefaultProperties,
  };
  return contradictions(levels)[0];
}
