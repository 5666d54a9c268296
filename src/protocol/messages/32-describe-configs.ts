// DescribeConfigs (key 32): configs of topics, brokers and other resources.
//
// v1 sources and synonyms; v3 types and documentation; v4 flexible.
//
// Lives on: anywhere.

import type { Infer } from "../schema.ts";
import { arrayOf, boolean, int16, int32, int8, message, string } from "../schema.ts";

export const DescribeConfigsRequest = message(
  { name: "DescribeConfigsRequest", apiKey: 32, versions: [1, 4], flexibleFrom: 4 },
  {
    resources: arrayOf({
      /** 2 topic, 4 broker, 8 broker logger, 16 client metrics, 32 group. */
      resourceType: int8,
      resourceName: string,
      /** null: all. */
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
        /** null: sensitive, or not set. */
        value: string.nullable(),
        readOnly: boolean,
        /** 1 topic, 2 this broker, 3 all brokers, 4 file, 5 default, 6 logger, 7 client metrics, 8 group. */
        configSource: int8.orElse(-1).ignorable(),
        isSensitive: boolean,
        /** All places the value could come from, the strongest first. */
        synonyms: arrayOf({
          name: string,
          value: string.nullable(),
          source: int8,
        }).ignorable(),
        /** 0 unknown, 1 boolean, 2 string, 3 int, 4 short, 5 long, 6 double, 7 list, 8 class, 9 password. */
        configType: int8.from(3).orElse(0).ignorable(),
        documentation: string.from(3).nullable().ignorable(),
      }),
    }),
  },
);
export type DescribeConfigsResponse = Infer<typeof DescribeConfigsResponse>;
