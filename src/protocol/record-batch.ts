// Record batches, Kafka's unit of storage and of transfer: the door to record-batch/. A broker
// treats them as opaque bytes that are checked once, stamped in place and handed on.
//
// Lives on: anywhere.

export * from "./record-batch/header.ts";
