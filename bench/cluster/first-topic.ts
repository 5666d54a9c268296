// How soon a cluster takes a change: topics are asked for again and again, each in a connection of its
// own, so that one request that waits for a dead controller holds up no other.
//
// Lives on: the developer's machine.

import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "../../src/client/promises.ts";
import { tcpSockets } from "../../src/net/sockets.ts";
import { realClock } from "../../src/runtime/threads/clock.ts";

const EVERY_MS = 20;
const WITHIN_MS = 120_000;

export function clientOf(ports: readonly number[], requestTimeoutMs = 30_000): Client {
  const bootstrap = ports.map((port) => ({ host: "127.0.0.1", port }));
  return new Client(
    { sockets: tcpSockets, clock: realClock },
    { bootstrap, requestTimeoutMs, allowAutoTopicCreation: false },
  );
}

/** The name of the first topic that one of these nodes has made. */
export async function firstTopic(ports: readonly number[], prefix: string): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  const open = new Set<Client>();
  let made: string | undefined;
  const untilMs = performance.now() + WITHIN_MS;
  for (let turn = 0; made === undefined; turn++) {
    if (performance.now() > untilMs) throw new Error(`no topic within ${WITHIN_MS} ms`);
    const client = clientOf([ports[turn % ports.length]!], 5_000);
    open.add(client);
    const name = `${prefix}-${turn}`;
    client.createTopic({ name, partitions: 1, replicationFactor: 1 }).then(
      () => {
        made ??= name;
        resolve(name);
      },
      () => {
        open.delete(client);
        client.close();
      },
    );
    await Promise.race([promise, sleep(EVERY_MS)]);
  }
  for (const client of open) client.close();
  return await promise;
}

/** The first record that is acknowledged in that topic. */
export async function firstAck(ports: readonly number[], topic: string): Promise<void> {
  const client = clientOf(ports);
  const untilMs = performance.now() + WITHIN_MS;
  const producer = client.producer();
  for (;;) {
    try {
      await producer.send(topic, { value: "first", partition: 0 });
      return client.close();
    } catch (error) {
      if (performance.now() > untilMs) throw error;
      await sleep(EVERY_MS);
    }
  }
}
