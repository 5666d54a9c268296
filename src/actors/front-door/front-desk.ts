// What the handlers of one front door share: the metadata image, the settings, and the things that
// outlive a request. One per host; the actor owns and changes it, handlers read it as it stands at
// each of their steps.
//
// Lives on: anywhere (part of the front door).

import type { BrokerSettings } from "../../config/broker-config.ts";
import { withDynamicConfigs } from "../../config/broker-config.ts";
import { MetadataImage, ResourceType } from "../../metadata/image.ts";
import type { MetadataDelta, MetadataSnapshot } from "../../metadata/image.ts";
import type { Outbox, World } from "../../runtime/actor.ts";
import { groupCoordinatorRef } from "../group-coordinator/messages.ts";
import { partitionRef } from "../partition/messages.ts";
import { AutoCreation } from "./auto-creation.ts";
import { AnswerMemory } from "./answer-memory.ts";
import { FetchDesk } from "./fetch/fetch-desk.ts";
import type { FrontDoorProtocol, FrontDoorSettings } from "./messages.ts";
import { PartitionRefs } from "./partition-refs.ts";
import { ProducerIds } from "./producer-ids.ts";

/** One row of the support table, as ApiVersions tells it. */
export type SupportedApi = {
  readonly apiKey: number;
  readonly minVersion: number;
  readonly maxVersion: number;
};

/** What handlers and their helpers do with the outbox. */
export type FrontDoorOutbox = Pick<
  Outbox<FrontDoorProtocol>,
  "self" | "hostIndex" | "hostCount" | "tell" | "run" | "giveAway" | "log"
>;

export class FrontDesk {
  readonly nodeId: number;
  readonly clusterId: string;
  readonly out: FrontDoorOutbox;
  readonly world: World;
  readonly supportedApis: readonly SupportedApi[];
  readonly refs = new PartitionRefs(partitionRef);
  readonly coordinatorRefs = new PartitionRefs(groupCoordinatorRef);
  readonly fetches: FetchDesk;
  readonly producerIds = new ProducerIds();
  readonly autoCreation: AutoCreation;
  /** Bytes of answers that are in memory because clients have not taken them yet. */
  readonly memory: AnswerMemory;
  readonly #startConfig: BrokerSettings;
  #config: BrokerSettings;
  #image = new MetadataImage();

  constructor(
    settings: FrontDoorSettings,
    out: FrontDoorOutbox,
    world: World,
    supportedApis: readonly SupportedApi[],
  ) {
    this.nodeId = settings.nodeId;
    this.clusterId = settings.clusterId;
    this.#startConfig = settings.config;
    this.#config = settings.config;
    this.out = out;
    this.world = world;
    this.supportedApis = supportedApis;
    this.memory = new AnswerMemory(out.hostCount);
    this.fetches = new FetchDesk(out, world, settings.config, this.memory);
    this.autoCreation = new AutoCreation(out);
  }

  get image(): MetadataImage {
    return this.#image;
  }

  get config(): BrokerSettings {
    return this.#config;
  }

  /** Whether answers should come now rather than later. */
  drain(): void {
    this.fetches.purgatory.drain();
  }

  replaceImage(snapshot: MetadataSnapshot): void {
    this.#image = MetadataImage.from(snapshot);
    this.#configure();
  }

  advanceImage(delta: MetadataDelta): void {
    this.#image.advance(delta);
    const configChanged = delta.records.some(
      ({ kind, value }) => kind === "ConfigRecord" && value.resourceType === ResourceType.BROKER,
    );
    if (configChanged) this.#configure();
  }

  #configure(): void {
    const own = this.#image.configsOf(ResourceType.BROKER, String(this.nodeId));
    const everybody = this.#image.configsOf(ResourceType.BROKER, "");
    this.#config = withDynamicConfigs(this.#startConfig, own, everybody);
  }
}
