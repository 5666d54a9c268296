// The one list of defaults that differ from Kafka's. The tables under definitions/ hold Kafka's own.
//
// Lives on: anywhere (data).

export type Deviation = { readonly key: string; readonly value: string; readonly why: string };

export const deviations: readonly Deviation[] = [
  {
    key: "node.id",
    value: "1",
    why: "Kafka demands it; a single node should start without a file.",
  },
  {
    key: "process.roles",
    value: "broker,controller",
    why: "Kafka demands it; a Gofka node always is both.",
  },
  {
    key: "controller.listener.names",
    value: "CONTROLLER",
    why: "Kafka demands it; one name is as good as another.",
  },
  {
    key: "listeners",
    value: "PLAINTEXT://127.0.0.1:9092",
    why: "Kafka listens on every interface; without authentication only this machine is safe.",
  },
  {
    key: "log.dir",
    value: "gofka-data",
    why: "Kafka's /tmp/kafka-logs does not outlive a reboot.",
  },
  {
    key: "queued.max.request.bytes",
    value: "134217728",
    why: "Kafka's -1 lets requests fill the memory; every buffer here has a bound.",
  },
  {
    key: "socket.listen.backlog.size",
    value: "511",
    why: "Kafka's 50 suits its thread that does nothing but accept; here clients that come back all at once would wait a second for the kernel to ask again.",
  },
];
