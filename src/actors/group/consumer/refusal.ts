// Why a request was refused, as the client hears it. Texts are what Kafka's tools show.
//
// Lives on: anywhere.

import type { ErrorCode } from "../../../protocol/error-codes.ts";

export type Refusal = { readonly errorCode: ErrorCode; readonly errorMessage: string };

export function refusal(errorCode: ErrorCode, errorMessage: string): Refusal {
  return { errorCode, errorMessage };
}
