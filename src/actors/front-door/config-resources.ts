// What AlterConfigs and IncrementalAlterConfigs answer, and which broker configs may be asked of.
//
// Lives on: anywhere (part of the front door).

import type { Outcome } from "../../base/outcome.ts";
import type { ErrorCode } from "../../protocol/error-codes.ts";
import type { ResourceResult } from "../controller/messages.ts";
import { errorOfController } from "./ask-controller.ts";
import { errorText } from "./error-text.ts";

type NamedResource = { readonly resourceType: number; readonly resourceName: string };

export type AlterResponse = NamedResource & {
  readonly errorCode: ErrorCode;
  readonly errorMessage: string | null;
};

/** What came of each resource: from the controller, or the same for all if it gave no answer. */
export function alterResponses(
  asked: readonly NamedResource[],
  answer: Outcome<{ readonly results: readonly ResourceResult[] }>,
): readonly AlterResponse[] {
  if (answer.ok) {
    return answer.value.results.map(({ resource, errorCode, errorMessage }) => ({
      errorCode,
      errorMessage: errorText(errorMessage),
      resourceType: resource.type,
      resourceName: resource.name,
    }));
  }
  const errorCode = errorOfController(answer);
  return asked.map(({ resourceType, resourceName }) => ({
    errorCode,
    errorMessage: null,
    resourceType,
    resourceName,
  }));
}

/** A broker is asked about itself alone (`ConfigHelper`). */
export function problemOfBrokerId(nodeId: number, resourceName: string): string | undefined {
  if (!/^[+-]?\d+$/.test(resourceName)) {
    return `Broker id must be an integer, but it is: ${resourceName}`;
  }
  if (Number(resourceName) !== nodeId) {
    return `Unexpected broker id, expected ${nodeId} or empty string, but received ${resourceName}`;
  }
  return undefined;
}
