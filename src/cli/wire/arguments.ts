// What was typed after `gofka wire`, made into plain data or one clear complaint.
//
// Lives on: main thread (pure).

export type BytesForm = "hex" | "base64";

export type ConvertArguments = {
  readonly command: "decode" | "encode";
  /** `null`: a record batch. */
  readonly message: string | null;
  readonly version: number | null;
  /** How the bytes are, or are to be, written. `null`: as they look; encoded as hex. */
  readonly form: BytesForm | null;
  readonly compact: boolean;
  readonly unknownTags: boolean;
};

export type FrameArguments = {
  readonly command: "frame";
  /** Given: the frame is a response to this API, by name or key. */
  readonly api: string | null;
  readonly version: number | null;
  readonly form: BytesForm | null;
  readonly compact: boolean;
  readonly records: boolean;
};

export type WireArguments =
  | ConvertArguments
  | FrameArguments
  | { readonly command: "verify" }
  | { readonly command: "help" }
  | { readonly command: "invalid"; readonly problem: string };

export const usage = `Usage: gofka wire COMMAND [options] < input

Kafka's protocol as JSON and back, in the shape of Kafka's own JSON converters.

  decode --message NAME --version N    bytes into JSON
  encode --message NAME --version N    JSON into bytes
  frame                                a captured request, its header and body
  frame --api NAME --version N         a captured response
  verify                               lines of {"message", "version", "json", "hex"}: whether
                                       hex and json are the same; the differing ones are printed

Messages have Kafka's names: FetchRequest, OffsetCommitValue, TopicRecord, RequestHeader. Without
--message the bytes are record batches. Bytes are taken as hex (also with blanks, 0x, or as xxd and
hexdump -C print it), as base64, or as they are.

  --message NAME    what to decode or encode                 (default: a record batch)
  --version N       its version                              (default: the only one there is)
  --api NAME|KEY    the API that a captured frame answers    (default: the frame is a request)
  --records         frame: every record of its batches       (default: a line for each batch)
  --unknown-tags    decode: also tagged fields that Kafka 4.3 does not know
  --hex, --base64   what the bytes are, or are to be         (default: as they look; encode: hex)
  --compact         JSON on one line
  --help            this page

For example: echo 0012 0003 0000 0001 0002 6d65 00 056b636174 0231 00 | gofka wire frame

The exit code is 0 if all went well, 1 if the input is not what it should be, 2 if the command is not.
`;

const flags = ["--records", "--unknown-tags", "--hex", "--base64", "--compact"] as const;
const options = ["--message", "--version", "--api", "--key"] as const;
type Flag = (typeof flags)[number];
type Option = (typeof options)[number];

/** What each command knows. */
const known: Readonly<Record<string, readonly (Flag | Option)[]>> = {
  decode: ["--message", "--version", "--hex", "--base64", "--compact", "--unknown-tags"],
  encode: ["--message", "--version", "--hex", "--base64"],
  frame: ["--api", "--key", "--version", "--records", "--hex", "--base64", "--compact"],
  verify: [],
};

export function parseWireArguments(words: readonly string[]): WireArguments {
  const [command, ...rest] = words;
  if (command === undefined || words.includes("--help") || words.includes("-h")) {
    return { command: "help" };
  }
  const takes = Object.hasOwn(known, command) ? known[command] : undefined;
  if (takes === undefined) return invalid(`there is no command "gofka wire ${command}"`);
  const given = collect(rest, takes);
  if (typeof given === "string") return invalid(`gofka wire ${command}: ${given}`);
  const version = given.get("--version") ?? null;
  if (version !== null && !/^\d{1,5}$/.test(version)) {
    return invalid(`--version takes a number, not "${version}"`);
  }
  if (given.has("--hex") && given.has("--base64")) return invalid("either --hex or --base64");
  return toArguments(command, given, version === null ? null : Number(version));
}

function toArguments(
  command: string,
  given: ReadonlyMap<string, string>,
  version: number | null,
): WireArguments {
  if (command === "verify") return { command };
  const form = given.has("--hex") ? "hex" : given.has("--base64") ? "base64" : null;
  const common = { version, form, compact: given.has("--compact") } as const;
  if (command === "frame") {
    const api = given.get("--api") ?? given.get("--key") ?? null;
    if (api === null && version !== null) return invalid("--version goes with --api");
    if (api !== null && version === null) {
      return invalid("a response does not say its version: --version is needed with --api");
    }
    return { command, api, records: given.has("--records"), ...common };
  }
  const message = given.get("--message") ?? null;
  const unknownTags = given.has("--unknown-tags");
  return { command: command as "decode" | "encode", message, unknownTags, ...common };
}

/** Options and their values, flags with an empty one; or what is wrong. */
function collect(
  words: readonly string[],
  takes: readonly string[],
): ReadonlyMap<string, string> | string {
  const given = new Map<string, string>();
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? "";
    const equals = word.indexOf("=");
    const name = equals < 0 ? word : word.slice(0, equals);
    if (!takes.includes(name)) {
      return name.startsWith("-")
        ? `there is no option ${name}; see gofka wire --help`
        : `"${word}" is not expected; the input is read from standard input`;
    }
    const isFlag = (flags as readonly string[]).includes(name);
    const value = isFlag ? "" : equals < 0 ? words[++at] : word.slice(equals + 1);
    if (value === undefined || (!isFlag && value === "")) return `${name} needs a value`;
    if (isFlag && equals >= 0) return `${name} takes no value`;
    given.set(name, value);
  }
  return given;
}

function invalid(problem: string): WireArguments {
  return { command: "invalid", problem };
}
