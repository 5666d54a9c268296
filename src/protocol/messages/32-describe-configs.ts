// DescribeConfigs (key 32).
//
// Lives on: anywhere.

import type { Infer } from "../schema.ts";
import { arrayOf, boolean, int16, int32, int8, message, string } from "../schema.ts";

export const DescribeConfigsRequest = message(
  { name: "DescribeConfigsRequest", apiKey: 32, versions: [1, 4], flexibleFrom: 4 },
  {
    resources: arrayOf({
      resourceType: int8,
      resourceName: string,
      configurationKeys: arrayOf(string).nullable(),
    }),
    includeSynonyms: boolean.orElse(false),
    includeDocumentation: boolean.from(3).orElse(false),
  },
);
export type DescribeConfigsRequest = Infer<typeof DescribeConfigsRequest>;

export const DescribeConfigsResponse = message(
  { name: "DescribeConfigsResponse", apiKey: 32, versions: [1, 4], flexibleFrom: 4 },
  {
    throttleTimeMs: int32,
    results: arrayOf({
      errorCode: int16,
      errorMessage: string.nullable(),
      resourceType: int8,
      resourceName: string,
      configs: arrayOf({
        name: string,
        value: string.nullable(),
        readOnly: boolean,
        configSource: int8.orElse(-1).ignorable(),
        isSensitive: boolean,
        synonyms: arrayOf({
          name: string,
          value: string.nullable(),
          source: int8,
        }).ignorable(),
        configType: int8.from(3).orElse(0).ignorable(),
        documentation: string.from(3).nullable().ignorable(),
      }),
    }),
  },
);
export type DescribeConfigsResponse = Infer<typeof DescribeConfigsResponse>;
