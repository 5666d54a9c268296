// What makes a topic name legal, and which names belong to the broker itself.
//
// Lives on: anywhere (pure).

const legalCharacters = /^[a-zA-Z0-9._-]+$/;
export const topicNameLengthMax = 249;

/** Where groups keep their offsets and their state. */
export const OFFSETS_TOPIC = "__consumer_offsets";

/** Topics that the broker's own coordinators write. Clients see them flagged as internal. */
const internalTopics: ReadonlySet<string> = new Set([
  OFFSETS_TOPIC,
  "__transaction_state",
  "__share_group_state",
]);

export function isInternalTopic(name: string): boolean {
  return internalTopics.has(name);
}

/** Why a name is refused, in Kafka's words (`Topic.validate`); undefined when it is legal. */
export function topicNameProblem(name: string): string | undefined {
  if (name.length === 0) return "Topic name is invalid: the empty string is not allowed";
  if (name === "." || name === "..") return `Topic name is invalid: '${name}' is not allowed`;
  if (name.length > topicNameLengthMax) {
    return `Topic name is invalid: the length of '${name}' is longer than the max allowed length ${topicNameLengthMax}`;
  }
  if (!legalCharacters.test(name)) {
    return (
      `Topic name is invalid: '${name}' contains one or more characters other than ASCII ` +
      "alphanumerics, '.', '_' and '-'"
    );
  }
  return undefined;
}

/**
 * Two names that differ in `.` and `_` alone give metrics of the same name, so the second of them is
 * refused (`Topic.unifyCollisionChars`). Names with the same unified form collide.
 */
export function unifiedTopicName(name: string): string {
  return name.replaceAll(".", "_");
}

export function mayCollide(name: string): boolean {
  return name.includes(".") || name.includes("_");
}
