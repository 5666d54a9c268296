// The broker's settings under the dynamic configs of an image. Worked out anew only when these have
// changed.
//
// Lives on: the metadata host (part of the controller).

import type { BrokerSettings } from "../../config/broker-config.ts";
import { withDynamicConfigs } from "../../config/broker-config.ts";
import type { ConfigValues, MetadataImage } from "../../metadata/image.ts";
import { ResourceType } from "../../metadata/image.ts";

export class EffectiveConfig {
  readonly #nodeName: string;
  readonly #started: BrokerSettings;
  #own: ConfigValues | undefined;
  #all: ConfigValues | undefined;
  #settings: BrokerSettings;

  constructor(nodeId: number, started: BrokerSettings) {
    this.#nodeName = String(nodeId);
    this.#started = started;
    this.#settings = started;
  }

  under(image: MetadataImage): BrokerSettings {
    const own = image.configsOf(ResourceType.BROKER, this.#nodeName);
    const all = image.configsOf(ResourceType.BROKER, "");
    // The image puts a new object in place of one that changes.
    if (own !== this.#own || all !== this.#all) {
      this.#own = own;
      this.#all = all;
      this.#settings = withDynamicConfigs(this.#started, own, all);
    }
    return this.#settings;
  }
}
