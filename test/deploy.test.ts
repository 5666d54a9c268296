// What deploy/ tells people to run is what a node takes: commands, settings, ports, and the unit.

import { strict as assert } from "node:assert";
import { spawnSync } from "node:child_process";
import { copyFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { parseArguments } from "../src/cli/arguments.ts";
import type { BrokerSettings } from "../src/config/broker-config.ts";
import { resolveBrokerSettings } from "../src/config/broker-config.ts";
import { parseProperties } from "../src/config/server-properties.ts";
import { scratchDirectory } from "./support/scratch.ts";

const read = (name: string): string =>
  readFileSync(join(import.meta.dirname, "../deploy", name), "utf8");

function settingsOf(text: string): BrokerSettings {
  const parsed = parseProperties(text);
  assert.ok("properties" in parsed, JSON.stringify(parsed));
  const resolved = resolveBrokerSettings(parsed.properties);
  assert.ok("settings" in resolved, JSON.stringify(resolved));
  assert.deepEqual(resolved.warnings, []);
  return resolved.settings;
}

/** Lists written as `name: ["a", "b"]`. */
function listsOf(text: string, name: string): string[][] {
  const found = [...text.matchAll(new RegExp(`^ *${name}: (\\[.*\\])$`, "gm"))];
  return found.map(([, list]) => JSON.parse(list!) as string[]);
}

const compose = read("compose.yaml");

describe("deploy/compose.yaml", () => {
  it("starts three nodes of one cluster, each told to clients by the port it is published at", () => {
    const commands = listsOf(compose, "command");
    assert.equal(commands.length, 3);
    const ids = commands.map((command, at) => {
      const parsed = parseArguments(command);
      assert.ok(parsed.command === "start", JSON.stringify(parsed));
      const volumes = listsOf(compose, "volumes")[at]!;
      const own = volumes.map((volume) => volume.split(":"));
      const mounted = own.find(([, inside]) => inside === parsed.propertiesFile);
      const settings = settingsOf(read(mounted![0]!.slice(2)));
      assert.ok(own.some(([, inside]) => inside === settings.logDirectory));
      const [published, inside] = listsOf(compose, "ports")[at]![0]!.split(":").map(Number);
      assert.equal(settings.listenerPort, inside);
      assert.equal(settings.advertisedPort, published);
      assert.equal(settings.listenerHost, "0.0.0.0");
      const { voters, listen } = settings.quorum;
      const voter = voters.find(({ nodeId }) => nodeId === settings.nodeId)!;
      assert.match(compose, new RegExp(`^  ${voter.host}:$`, "m"));
      assert.deepEqual(listen, { host: "0.0.0.0", port: voter.port });
      return settings.quorum.clusterId;
    });
    assert.equal(new Set(ids).size, 1);
  });
});

describe("deploy/Dockerfile", () => {
  it("runs a command that there is", () => {
    const [, words] = /^CMD (\[.*\])$/m.exec(read("Dockerfile"))!;
    const parsed = parseArguments(JSON.parse(words!) as string[]);
    assert.ok(parsed.command === "start");
    assert.equal(parsed.dataDirectory, "/var/lib/gofka");
  });
});

describe("deploy/gofka.service", () => {
  it("starts a node with settings that it takes", () => {
    const [, line] = /^ExecStart=\/usr\/bin\/env gofka (.*)$/m.exec(read("gofka.service"))!;
    const parsed = parseArguments(line!.split(" "));
    assert.ok(parsed.command === "start");
    assert.equal(parsed.propertiesFile, "/etc/gofka/server.properties");
    const text = read("server.properties");
    assert.equal(settingsOf(text).quorum.tls, null);
    const secured = settingsOf(text.replaceAll(/^# (?=[a-z.]+=)/gm, ""));
    assert.deepEqual(secured.quorum.tls?.key, { file: "/etc/gofka/node.pem" });
  });

  const verify = "/usr/bin/systemd-analyze";
  const isThere = spawnSync(verify, ["--version"]).status === 0;
  it("is a unit that systemd understands", { skip: !isThere }, (t) => {
    const unit = join(scratchDirectory(t), "gofka.service");
    copyFileSync(join(import.meta.dirname, "../deploy/gofka.service"), unit);
    const { stderr } = spawnSync(verify, ["verify", unit], { encoding: "utf8" });
    const complaints = stderr.split("\n").filter((line) => line.includes("gofka.service:"));
    assert.deepEqual(complaints, []);
  });
});
