// How one configuration key is declared: its name, type, default, bounds, meaning, and whether it may
// change while the node runs. The tables under definitions/ are written with the constructors here.
//
// Types, bounds and the words of a refusal are Kafka's (`ConfigDef`), because clients print them.
//
// Lives on: anywhere (pure).

export type ConfigType =
  | "boolean"
  | "string"
  | "int"
  | "short"
  | "long"
  | "double"
  | "list"
  | "class"
  | "password";

export type Importance = "high" | "medium" | "low";

/** Which dynamic change a broker key allows (KIP-226). Topic keys can always change. */
export type DynamicScope = "read-only" | "per-broker" | "cluster-wide";

export type ConfigDefinition = {
  readonly name: string;
  readonly type: ConfigType;
  /** As text; null: there is none and the key may stay unset. */
  readonly defaultValue: string | null;
  readonly importance: Importance;
  /** One sentence. */
  readonly documentation: string;
  readonly scope: DynamicScope;
  /** For tests and development: accepted, but only shown once it is set. */
  readonly internal: boolean;
  readonly bounds: Bounds;
};

export type Bounds = {
  readonly atLeast?: number;
  readonly atMost?: number;
  /** One value allowed outside the range. */
  readonly orEqual?: number;
  readonly oneOf?: readonly string[];
  /** `oneOf` disregards case. */
  readonly anyCase?: boolean;
  readonly nonEmpty?: boolean;
  /** `*`, or a list of `partition:broker`. */
  readonly replicaList?: boolean;
  /** A check of Gofka's own: why the value is refused. */
  readonly check?: (value: string) => string | undefined;
};

type Options = Bounds & { readonly scope?: DynamicScope; readonly internal?: boolean };

function constructorOf(type: ConfigType) {
  return (
    name: string,
    defaultValue: string | null,
    importance: Importance,
    documentation: string,
    { scope = "read-only", internal = false, ...bounds }: Options = {},
  ): ConfigDefinition => ({
    name,
    type,
    defaultValue,
    importance,
    documentation,
    scope,
    internal,
    bounds,
  });
}

export const boolean = constructorOf("boolean");
export const string = constructorOf("string");
export const int = constructorOf("int");
export const short = constructorOf("short");
export const long = constructorOf("long");
export const double = constructorOf("double");
export const list = constructorOf("list");
export const className = constructorOf("class");
/** Never told to anyone: DescribeConfigs answers null and logs leave it out. */
export const password = constructorOf("password");

/** 2^63 - 1, Kafka's "no limit", as its text. */
export const longMax = "9223372036854775807";
/** 2^31 - 1, likewise. */
export const intMax = "2147483647";
