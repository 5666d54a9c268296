// A Gofka node as a child process: from the sources for the foreign clients' runners, compiled for
// benchmarks, since that is what users get.
//
// Lives on: the developer's machine and CI.

import { existsSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Broker } from "./broker.ts";
import { launch } from "./broker.ts";

const root = join(import.meta.dirname, "..");

export type GofkaOptions = {
  /** 0: the node picks a free one and says which. */
  readonly port?: number;
  readonly dataDirectory?: string;
  readonly hosts?: number;
  readonly settings?: Readonly<Record<string, string>>;
  readonly environment?: Readonly<Record<string, string>>;
  /** Runs dist/ and not src/. */
  readonly compiled?: boolean;
  readonly pollMs?: number;
  readonly cores?: string;
  /** Words for Node itself. */
  readonly nodeArguments?: readonly string[];
};

export async function startGofka(options: GofkaOptions = {}): Promise<Broker> {
  const dataDirectory = options.dataDirectory ?? mkdtempSync(join(tmpdir(), "gofka-"));
  const main = join(root, options.compiled === true ? "dist/main.js" : "src/main.ts");
  if (!existsSync(main)) throw new Error(`there is no ${main}: npm run build`);
  const port = options.port ?? 0;
  const hosts = options.hosts === undefined ? [] : ["--hosts", String(options.hosts)];
  const settings = Object.entries(options.settings ?? {});
  return launch({
    name: "gofka",
    command: process.execPath,
    arguments: [
      ...(options.nodeArguments ?? []),
      main,
      "start",
      "--port",
      String(port),
      "--data-dir",
      dataDirectory,
      ...hosts,
      ...settings.flatMap(([name, value]) => ["--set", `${name}=${value}`]),
    ],
    dataDirectory,
    port,
    ...(options.environment !== undefined && { environment: options.environment }),
    ...(options.pollMs !== undefined && { pollMs: options.pollMs }),
    ...(options.cores !== undefined && { cores: options.cores }),
  });
}
