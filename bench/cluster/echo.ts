// The other end of a stream between nodes, in a process of its own: what comes is unpacked as a node
// unpacks it, packed again and sent back.
//
// Lives on: the developer's machine.

import { grpcPeers } from "../../src/net/peers.ts";
import { decodePeerMessage, encodePeerMessage } from "../../src/runtime/peer-envelope.ts";
import { echoOptions } from "./round-trips.ts";

const address = { host: "127.0.0.1", port: 0 };
grpcPeers(null).listen(address, echoOptions(2), {
  listening: ({ port }) => process.stdout.write(`${port}\n`),
  failed: (fault) => {
    throw new Error(JSON.stringify(fault));
  },
  accepted: (_, stream) => ({
    message: (bytes) => {
      const decoded = decodePeerMessage(bytes);
      if (!decoded.ok) throw new Error(decoded.detail);
      stream.send(encodePeerMessage(decoded.value));
    },
    drained: () => {},
    closed: () => process.exit(0),
  }),
});
