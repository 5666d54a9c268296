// The primitive types of Kafka's protocol, read from and written to bytes. Everything is big-endian;
// "compact" lengths are unsigned varints of the length plus one, 0 standing for null (KIP-482).
//
// Lives on: anywhere.

export { DraftError, WireError } from "./wire/errors.ts";
export { Reader } from "./wire/reader.ts";
export { fitsString, Writer } from "./wire/writer.ts";
