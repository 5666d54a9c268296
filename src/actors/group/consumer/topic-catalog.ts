// The topics of the cluster as a list, and how one is found in it. The list is the same for all groups
// of a host and never changes: another takes its place. So is what is looked up in it, and each list is
// indexed once.
//
// Lives on: host thread (part of the group actor; pure).

import type { CatalogTopic, TopicList } from "../messages.ts";

export type TopicCatalog = {
  /** Grows with every change. */
  readonly version: number;
  byName(name: string): CatalogTopic | undefined;
  byId(topicId: string): CatalogTopic | undefined;
  names(): Iterable<string>;
};

const catalogs = new WeakMap<TopicList, TopicCatalog>();

export function catalogOf(list: TopicList): TopicCatalog {
  let catalog = catalogs.get(list);
  if (catalog === undefined) {
    const byName = new Map(list.topics.map((topic) => [topic.name, topic]));
    const byId = new Map(list.topics.map((topic) => [topic.topicId, topic]));
    catalog = {
      version: list.version,
      byName: (name) => byName.get(name),
      byId: (topicId) => byId.get(topicId),
      names: () => byName.keys(),
    };
    catalogs.set(list, catalog);
  }
  return catalog;
}
