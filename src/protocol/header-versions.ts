// Which headers stand before the bodies of each API. A table of its own, not "flexible or not": the
// versions of headers and bodies are about to part (KIP-1313); and a frame's header can be read
// without loading the declarations of all messages.
//
// Lives on: anywhere.

/** By API key, the first version with request header 2 and response header 1. */
// oxfmt-ignore
const newHeadersFrom: ReadonlyMap<number, number> = new Map([
  [0, 9], [1, 12], [2, 6], [3, 9], [8, 8], [9, 6], [10, 3], [11, 6], [12, 4], [13, 4], [14, 4],
  [15, 5], [16, 3], [17, Infinity], [18, 3], [19, 5], [20, 4], [21, 2], [22, 2], [23, 4], [24, 3],
  [25, 3], [26, 3], [27, 1], [28, 3], [29, 2], [30, 2], [31, 2], [32, 4], [33, 2], [34, 2],
  [35, 2], [36, 2], [37, 2], [38, 2], [39, 2], [40, 2], [41, 2], [42, 2], [43, 2], [44, 1],
  [45, 0], [46, 0], [47, Infinity], [48, 1], [49, 1], [50, 0], [51, 0], [52, 0], [53, 1], [54, 1],
  [55, 0], [56, 0], [57, 0], [58, 0], [59, 0], [60, 0], [61, 0], [62, 0], [63, 0], [64, 0],
  [65, 0], [66, 0], [67, 0], [68, 0], [69, 0], [70, 0], [71, 0], [72, 0], [73, 0], [74, 0],
  [75, 0], [76, 0], [77, 0], [78, 0], [79, 0], [80, 0], [81, 0], [82, 0], [83, 0], [84, 0],
  [85, 0], [86, 0], [87, 0], [88, 0], [89, 0], [90, 0], [91, 0], [92, 0], [93, 0], [94, 0],
]);

const API_VERSIONS = 18;

/** `undefined` for an API that is not known. */
export function requestHeaderVersion(apiKey: number, apiVersion: number): 1 | 2 | undefined {
  const newFrom = newHeadersFrom.get(apiKey);
  if (newFrom === undefined) return undefined;
  return apiVersion >= newFrom ? 2 : 1;
}

/** ApiVersions always answers with header 0: whoever asks cannot know yet what is flexible. */
export function responseHeaderVersion(apiKey: number, apiVersion: number): 0 | 1 {
  const newFrom = newHeadersFrom.get(apiKey);
  if (newFrom === undefined || apiKey === API_VERSIONS) return 0;
  return apiVersion >= newFrom ? 1 : 0;
}
