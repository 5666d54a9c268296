// Every message and record that is declared, found by reading the folders: what a test says of "all"
// holds for files that are added later.

import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { Message, Shape } from "../../../src/protocol/schema.ts";

const root = join(import.meta.dirname, "../../../src/protocol");

async function messagesOf(path: string): Promise<Message<Shape>[]> {
  const exported = Object.values((await import(path)) as Record<string, unknown>);
  return exported.filter(
    (value): value is Message<Shape> =>
      typeof value === "object" && value !== null && "shape" in value && "versions" in value,
  );
}

async function messagesUnder(folder: string): Promise<Message<Shape>[]> {
  const names = readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .sort();
  const found = await Promise.all(names.map((name) => messagesOf(join(root, folder, name))));
  return found.flat();
}

export const declaredMessages = await messagesUnder("messages");
export const declaredRecords = await messagesUnder("records");
export const declaredHeaders = await messagesOf(join(root, "headers.ts"));
export const declared: ReadonlyMap<string, Message<Shape>> = new Map(
  [...declaredMessages, ...declaredRecords, ...declaredHeaders].map((message) => [
    message.name,
    message,
  ]),
);

export function versionsOf({ versions: [min, max] }: Message<Shape>): number[] {
  return Array.from({ length: max - min + 1 }, (_, i) => min + i);
}
