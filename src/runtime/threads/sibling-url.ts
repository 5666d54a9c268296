// Names a module beside the asking one for a worker thread: .ts where the sources run as they are,
// .js in the published package.
//
// Lives on: anywhere.

export function siblingUrl(importMetaUrl: string, name: string): string {
  const extension = importMetaUrl.endsWith(".ts") ? ".ts" : ".js";
  return new URL(`./${name}${extension}`, importMetaUrl).href;
}
