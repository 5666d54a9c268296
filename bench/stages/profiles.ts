// What the probes wrote, added up by stage: samples of CPU time, sampled allocations, counted copies.
//
// Lives on: the developer's machine.

import type { Copies } from "./copies.ts";
import type { Frame, Place } from "./rules.ts";
import { placeOf } from "./rules.ts";

export type CpuProfile = {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: Frame;
    readonly children?: readonly number[];
  }[];
  readonly samples: readonly number[];
  /** Microseconds before each sample. */
  readonly timeDeltas: readonly number[];
};

export type HeapNode = {
  readonly callFrame: Frame;
  readonly selfSize: number;
  readonly children: readonly HeapNode[];
};

/** A tree of frames, each with what was spent in it itself. */
export type Spent = {
  readonly frame: Frame;
  readonly self: number;
  readonly children: readonly Spent[];
};

/** Microseconds. A sample stands for the time since the one before it. */
export function spentCpu({ nodes, samples, timeDeltas }: CpuProfile): Spent {
  const self = new Map<number, number>();
  for (const [index, id] of samples.entries()) {
    self.set(id, (self.get(id) ?? 0) + (timeDeltas[index] ?? 0));
  }
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const spent = (id: number): Spent => {
    const { callFrame, children = [] } = byId.get(id)!;
    return { frame: callFrame, self: self.get(id) ?? 0, children: children.map(spent) };
  };
  return spent(nodes[0]!.id);
}

/** Bytes. */
export function spentHeap({ callFrame, selfSize, children }: HeapNode): Spent {
  return { frame: callFrame, self: selfSize, children: children.map(spentHeap) };
}

export type ByPlace = Map<Place, number>;

function add(to: ByPlace, place: Place, amount: number): void {
  if (amount !== 0) to.set(place, (to.get(place) ?? 0) + amount);
}

export function byPlace(
  tree: Spent,
  sums: ByPlace = new Map(),
  inherited: Place = "other",
): ByPlace {
  const place = placeOf(tree.frame) ?? inherited;
  add(sums, place, tree.self);
  for (const child of tree.children) byPlace(child, sums, place);
  return sums;
}

const stackLine = /^(?:(.*) \()?((?:file:|node:|gofka\/|<)[^()]*?)(?::\d+:\d+)?\)?$/;

/** `Host.take (file:///src/runtime/host.ts:173:17)`: classes are not part of a profile's names. */
export function frameOf(line: string): Frame {
  const [, name = "", url = ""] = stackLine.exec(line) ?? [];
  return {
    functionName:
      name
        .replace(/^(async |new )/, "")
        .split(".")
        .at(-1) ?? "",
    url,
  };
}

/** Bytes that were copied. */
export function copiesByPlace(copies: Copies): ByPlace {
  const sums: ByPlace = new Map();
  for (const [stack, { bytes }] of Object.entries(copies)) {
    const places = stack.split("\n").map((line) => placeOf(frameOf(line)));
    add(sums, places.find((place) => place !== undefined) ?? "other", bytes);
  }
  return sums;
}
