// How names of declarations are spelled in Python.
//
// Lives on: the developer's machine and tests.

/** `topicId` and `ListOffsets` become `topic_id` and `list_offsets`. */
export function snakeCase(name: string): string {
  return name.replaceAll(/([a-z0-9])([A-Z])/g, "$1_$2").toLowerCase();
}

/** The class of the elements of a field: `Topic` for `topics`. */
export function className(key: string, ofMany: boolean): string {
  const name = key.charAt(0).toUpperCase() + key.slice(1);
  if (!ofMany) return name;
  if (name.endsWith("ies")) return `${name.slice(0, -3)}y`;
  return name.endsWith("s") && !name.endsWith("ss") ? name.slice(0, -1) : name;
}

/** `NOT_LEADER_OR_FOLLOWER` becomes `NotLeaderOrFollowerError`. */
export function errorClassName(name: string): string {
  const words = name.replace(/_EXCEPTION$/, "").split("_");
  const joined = words.map((word) => word.charAt(0) + word.slice(1).toLowerCase()).join("");
  return joined.endsWith("Error") ? joined : `${joined}Error`;
}
