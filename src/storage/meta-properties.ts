// `meta.properties` of a data directory: which cluster, node and directory it is (`MetaProperties` of
// Kafka, KIP-858). Written once; version 0 is what nodes wrote that came from ZooKeeper's days.
//
// Lives on: anywhere (pure).

import type { Outcome } from "../base/outcome.ts";
import { failure, success } from "../base/outcome.ts";
import { bytesOf, linesOf, wholeNumber } from "./text-file.ts";

export const META_PROPERTIES_FILE = "meta.properties";

export type MetaProperties = {
  readonly clusterId: string;
  readonly nodeId: number;
  /** Empty when the file names none: it was written before directories had ids (KIP-858). */
  readonly directoryId: string;
};

const DIRECTORY_ID = /^[A-Za-z0-9_-]{22}$/;

export function encodeMetaProperties(properties: MetaProperties): Uint8Array {
  const { clusterId, nodeId, directoryId } = properties;
  return bytesOf(
    `#\ncluster.id=${clusterId}\ndirectory.id=${directoryId}\nnode.id=${nodeId}\nversion=1\n`,
  );
}

/** A missing `directory.id` comes as the empty string. */
export function decodeMetaProperties(bytes: Uint8Array): Outcome<MetaProperties> {
  const values = propertiesOf(bytes);
  const version = values.get("version");
  if (version !== "0" && version !== "1") {
    return failure("corrupt", `meta.properties says version ${version ?? "nothing"}, not 0 or 1`);
  }
  const nodeKey = version === "1" ? "node.id" : "broker.id";
  const nodeId = wholeNumber(values.get(nodeKey));
  if (nodeId === null || nodeId < 0) {
    return failure("corrupt", `meta.properties has no ${nodeKey}`);
  }
  const clusterId = values.get("cluster.id") ?? "";
  if (clusterId === "") return failure("corrupt", "meta.properties has no cluster.id");
  const directoryId = values.get("directory.id") ?? "";
  if (directoryId !== "" && !DIRECTORY_ID.test(directoryId)) {
    return failure("corrupt", `meta.properties says directory.id ${directoryId}, which is no id`);
  }
  return success({ clusterId, nodeId, directoryId });
}

/** `key=value` lines as java.util.Properties writes them for values that need no escapes. */
function propertiesOf(bytes: Uint8Array): Map<string, string> {
  const values = new Map<string, string>();
  for (const line of linesOf(bytes)) {
    const text = line.trim();
    if (text === "" || text.startsWith("#") || text.startsWith("!")) continue;
    const [, key, value] = /^([^=:\s]+)\s*[=:]?\s*(.*)$/.exec(text) ?? [];
    if (key !== undefined && value !== undefined) values.set(key, value.replaceAll("\\", ""));
  }
  return values;
}
