// Gofka's side of the codec benchmark: the compiled declarations.
//
// Lives on: the developer's machine.

import { FetchResponse } from "../../src/protocol/messages/01-fetch.ts";
import { MetadataResponse } from "../../src/protocol/messages/03-metadata.ts";
import { ProduceRequest } from "../../src/protocol/messages/00-produce.ts";
import type { Message, Shape } from "../../src/protocol/schema.ts";
import { Reader, Writer } from "../../src/protocol/wire.ts";
import type { Side } from "./messages.ts";

function codecOf<S extends Shape>(message: Message<S>, version: number): Side["produce"] {
  const codec = message.at(version);
  return {
    decode: (bytes) => codec.decodeWhole(new Reader(bytes)),
    encode(value) {
      const writer = new Writer();
      codec.encode(writer, value);
      return writer.finishChunks();
    },
  };
}

export const side: Side = {
  produce: codecOf(ProduceRequest, 9),
  fetch: codecOf(FetchResponse, 12),
  metadata: codecOf(MetadataResponse, 12),
};
