// What a handler knows of the request at hand, beside the request itself.
//
// Lives on: anywhere (part of the front door).

import type { BrokerSettings } from "../../config/broker-config.ts";
import type { MetadataImage } from "../../metadata/image.ts";
import type { World } from "../../runtime/actor.ts";
import type { Connection } from "./connection.ts";
import type { Frame } from "./frame-splitter.ts";
import type { FrontDesk } from "./front-desk.ts";

export class RequestContext {
  readonly desk: FrontDesk;
  readonly connection: Connection;
  readonly apiVersion: number;
  readonly clientId: string | null;
  /** The bytes that `records` and other blobs of the request are views of. */
  readonly frame: Frame;

  constructor(
    desk: FrontDesk,
    connection: Connection,
    apiVersion: number,
    clientId: string | null,
    frame: Frame,
  ) {
    this.desk = desk;
    this.connection = connection;
    this.apiVersion = apiVersion;
    this.clientId = clientId;
    this.frame = frame;
  }

  /** As it stands now: it moves on between two steps of a handler. */
  get image(): MetadataImage {
    return this.desk.image;
  }

  get config(): BrokerSettings {
    return this.desk.config;
  }

  get world(): World {
    return this.desk.world;
  }

  get nowMs(): number {
    return this.desk.world.monotonicMs();
  }
}
