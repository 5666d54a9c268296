// A MessagePort as Comlink wants it. Comlink listens as browsers do, with addEventListener, and the first
// event of that kind makes Node load the class MessageEvent, and with it all of its HTTP client: tens of
// milliseconds and some MiB in each thread. Listening with `on` makes no event. (Comlink's own adapter
// for Node does the same; its declarations do not fit the module that they declare.)
//
// Lives on: main thread, host thread.

import type { MessagePort } from "node:worker_threads";
import type { Endpoint } from "comlink";

type Heard = { readonly data: unknown };
type Listener = ((heard: Heard) => void) | { handleEvent(heard: Heard): void };

export function controlEndpoint(port: MessagePort): Endpoint {
  const listening = new WeakMap<Listener, (data: unknown) => void>();
  return {
    postMessage: port.postMessage.bind(port),
    addEventListener: (type: string, listener: Listener) => {
      const tell = (data: unknown): void =>
        typeof listener === "function" ? listener({ data }) : listener.handleEvent({ data });
      listening.set(listener, tell);
      port.on(type, tell);
    },
    removeEventListener: (type: string, listener: Listener) => {
      const tell = listening.get(listener);
      if (tell !== undefined) port.off(type, tell);
    },
    start: () => port.start(),
  } as Endpoint;
}
