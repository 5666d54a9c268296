// What the promises of the client reject with.
//
// Lives on: anywhere.

import type { Fault } from "../base/outcome.ts";

export class ClientError extends Error {
  override readonly name = "ClientError";
  /** `refused`: it did not happen. `unknown`: it may have. */
  readonly kind: "refused" | "unknown";
  /** Kafka's name of the error, or the fault that came between. */
  readonly code: string;

  constructor(kind: "refused" | "unknown", code: string, about: string) {
    super(`${code}: ${about}`);
    this.kind = kind;
    this.code = code;
  }

  static ofFault({ fault, detail }: Fault): ClientError {
    // A question that was sent and not answered may have been carried out (connection.ts).
    const isOpen = fault === "timeout" || fault === "ECONNRESET";
    return new ClientError(isOpen ? "unknown" : "refused", fault, detail);
  }
}
