// Follows the metadata image: whatever a change means for this host's partitions is done before the
// front door sees the change, and the controller hears of it last of all. So whoever is told that a
// topic exists can reach its partitions, and nobody reaches those of a topic that is gone.
//
// Lives on: host thread (part of the broker actor).

import { ZERO_UUID } from "../../base/uuid.ts";
import { withDynamicConfigs } from "../../config/broker-config.ts";
import type { TopicSettings } from "../../config/topic-config.ts";
import { resolveTopicSettings } from "../../config/topic-config.ts";
import type { TopicState } from "../../metadata/image.ts";
import { MetadataImage, ResourceType } from "../../metadata/image.ts";
import type { Routine } from "../../runtime/routine.ts";
import { ask } from "../../runtime/routine.ts";
import { controllerRef } from "../controller/messages.ts";
import { frontDoorRef } from "../front-door/messages.ts";
import { partitionRef, placePartition } from "../partition/messages.ts";
import {
  configureCoordinators,
  configureGroups,
  endCoordinators,
  startCoordinators,
  tellOfDeletedTopics,
  tellTopics,
} from "./coordinators.ts";
import { openPartitions, removePartitions } from "./partitions.ts";
import type { BrokerState, ImageUpdate, OwnPartition } from "./state.ts";

/** The front door only takes note; if it does not, something is wrong that waiting will not mend. */
const FRONT_DOOR_TIMEOUT_MS = 30_000;

export function* followImage(b: BrokerState, updates: readonly ImageUpdate[]): Routine<void> {
  const topicsBefore = b.image?.topics() ?? [];
  const touched = union(updates.map((update) => advanceImage(b, update)));
  const image = b.image!;
  const wanted = wantedPartitions(b, image, touched);
  const gone = goneFrom(b, touched, wanted);
  yield* endCoordinators(b, gone);
  yield* removePartitions(b, gone);
  reconfigure(b, wanted);
  yield* openPartitions(
    b,
    [...wanted.values()].filter(({ key }) => !b.partitions.has(key)),
  );
  startCoordinators(b, wanted.values());
  if (touched === undefined || touched.size > 0) tellTopics(b, image);
  if (updates.some(configuresGroups)) configureGroups(b, image);
  tellOfDeletedTopics(b, topicsBefore);
  for (const update of updates) yield* showFrontDoor(b, update);
  const { hostIndex } = b.out;
  b.out.tell(controllerRef(), "hostApplied", { hostIndex, offset: image.lastOffset });
}

function configuresGroups({ delta }: ImageUpdate): boolean {
  if (delta === undefined) return true;
  return delta.records.some(
    ({ kind, value }) => kind === "ConfigRecord" && value.resourceType === ResourceType.GROUP,
  );
}

/** Ids of the topics that the update may concern; undefined: all of them. */
type Touched = ReadonlySet<string> | undefined;

function union(all: readonly Touched[]): Touched {
  const ids = new Set<string>();
  for (const touched of all) {
    if (touched === undefined) return undefined;
    for (const id of touched) ids.add(id);
  }
  return ids;
}

function advanceImage(b: BrokerState, update: ImageUpdate): Touched {
  if (update.image !== undefined) {
    b.image = MetadataImage.from(update.image);
    refreshConfig(b, b.image);
    return undefined;
  }
  const image = (b.image ??= new MetadataImage());
  image.advance(update.delta);
  const touched = new Set<string>();
  for (const record of update.delta.records) {
    switch (record.kind) {
      case "TopicRecord":
      case "PartitionRecord":
      case "PartitionChangeRecord":
      case "RemoveTopicRecord":
        touched.add(record.value.topicId);
        break;
      case "ConfigRecord": {
        if (record.value.resourceType === ResourceType.BROKER) {
          refreshConfig(b, image);
          return undefined;
        }
        const topic = image.topicByName(record.value.resourceName);
        if (topic !== undefined) touched.add(topic.topicId);
        break;
      }
      default:
    }
  }
  return touched;
}

function refreshConfig(b: BrokerState, image: MetadataImage): void {
  b.config = withDynamicConfigs(
    b.config,
    image.configsOf(ResourceType.BROKER, String(b.settings.nodeId)),
    image.configsOf(ResourceType.BROKER, ""),
  );
  configureCoordinators(b);
  b.cleaner?.pause();
}

/** The partitions of the touched topics that are to live on this host. */
function wantedPartitions(
  b: BrokerState,
  image: MetadataImage,
  touched: Touched,
): Map<string, OwnPartition> {
  const wanted = new Map<string, OwnPartition>();
  const topics =
    touched === undefined
      ? image.topics()
      : [...touched].flatMap((topicId) => image.topicById(topicId) ?? []);
  const settings = new SettingsOfTopics(b, image);
  for (const topic of topics) {
    for (const { partitionId: index, replicas, leaderEpoch, directories } of topic.partitions) {
      const key = `${topic.topicId}-${index}`;
      if (!replicas.includes(b.settings.nodeId)) continue;
      if (placePartition(key, b.out.hostCount) !== b.out.hostIndex) continue;
      wanted.set(key, {
        key,
        topicId: topic.topicId,
        index,
        directory: `${topic.name}-${index}`,
        ref: partitionRef(topic.topicId, index),
        assignedTo: directories[replicas.indexOf(b.settings.nodeId)] ?? ZERO_UUID,
        home: undefined,
        config: settings.of(topic, replicas.length),
        leaderEpoch,
        leaving: false,
      });
    }
  }
  return wanted;
}

/** Most topics have no configs of their own: their settings are worked out once. */
class SettingsOfTopics {
  private readonly b: BrokerState;
  private readonly image: MetadataImage;
  private readonly known = new Map<string, TopicSettings>();

  constructor(b: BrokerState, image: MetadataImage) {
    this.b = b;
    this.image = image;
  }

  of(topic: TopicState, replicationFactor: number): TopicSettings {
    const overrides = this.image.configsOf(ResourceType.TOPIC, topic.name);
    const key = `${replicationFactor} ${JSON.stringify(overrides)}`;
    let settings = this.known.get(key);
    if (settings === undefined) {
      settings = resolveTopicSettings(this.b.config, overrides, replicationFactor);
      this.known.set(key, settings);
    }
    return settings;
  }
}

function goneFrom(
  b: BrokerState,
  touched: Touched,
  wanted: ReadonlyMap<string, OwnPartition>,
): OwnPartition[] {
  const concerned = (own: OwnPartition): boolean =>
    touched === undefined || touched.has(own.topicId);
  return [...b.partitions.values()].filter((own) => concerned(own) && !wanted.has(own.key));
}

function reconfigure(b: BrokerState, wanted: ReadonlyMap<string, OwnPartition>): void {
  for (const [key, { config, leaderEpoch }] of wanted) {
    const own = b.partitions.get(key);
    if (own === undefined) continue;
    const same = JSON.stringify(own.config) === JSON.stringify(config);
    if (same && own.leaderEpoch === leaderEpoch) continue;
    own.config = config;
    own.leaderEpoch = leaderEpoch;
    b.out.tell(own.ref, "configure", { config, leaderEpoch });
  }
}

function* showFrontDoor(b: BrokerState, update: ImageUpdate): Routine<void> {
  const frontDoor = frontDoorRef(b.out.hostIndex);
  const shown =
    update.image === undefined
      ? yield* ask(frontDoor, "metadataChanged", update, FRONT_DOOR_TIMEOUT_MS)
      : yield* ask(frontDoor, "metadataReplaced", update, FRONT_DOOR_TIMEOUT_MS);
  if (shown.ok) return;
  const { fault, detail } = shown;
  b.out.log("error", "the front door did not take the metadata", { fault, detail });
}
