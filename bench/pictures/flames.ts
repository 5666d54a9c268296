// A flame graph of a profile: each frame as wide as the time spent in it and below it, callers beneath
// callees, coloured by stage. What was idle, and the measuring itself, is left out.
//
// Lives on: the developer's machine.

import type { Spent } from "../stages/profiles.ts";
import type { Place } from "../stages/rules.ts";
import { placeOf, stages } from "../stages/rules.ts";
import { element, escapeText, sheet, text } from "./svg.ts";

const WIDTH = 1_200;
const TOP = 84;
const STEP = 17;
/** Narrower ones are not drawn. */
const PIXELS_MIN = 0.6;
const CHARACTER_PIXELS = 6.3;

type Flame = {
  readonly name: string;
  readonly place: Place;
  total: number;
  readonly above: Map<string, Flame>;
};

const nameOf = ({ frame: { functionName, url } }: Spent): string => {
  const file = url.split("/").slice(-2).join("/");
  return `${functionName === "" ? "(anonymous)" : functionName}${file === "" ? "" : ` ${file}`}`;
};

/** Frames of one name above one another's are one flame. */
function flameOf(tree: Spent, into: Map<string, Flame>, inherited: Place): number {
  const place = placeOf(tree.frame) ?? inherited;
  if (place === "idle" || place === "probe") return 0;
  const name = nameOf(tree);
  const flame = into.get(name) ?? { name, place, total: 0, above: new Map<string, Flame>() };
  let total = tree.self;
  for (const child of tree.children) total += flameOf(child, flame.above, place);
  flame.total += total;
  if (flame.total > 0) into.set(name, flame);
  return total;
}

const colours: readonly string[] = [
  "#8ecae6",
  "#219ebc",
  "#b5e48c",
  "#52b69a",
  "#cdb4db",
  "#ffb703",
  "#fb8500",
  "#e76f51",
  "#d4a373",
  "#90be6d",
  "#4895ef",
  "#e9c46a",
  "#adb5bd",
  "#ced4da",
];
const colourOf = (place: Place): string => colours[stages.findIndex((stage) => stage === place)]!;

const depthOf = (flame: Flame, pixels: (total: number) => number): number =>
  pixels(flame.total) < PIXELS_MIN
    ? 0
    : 1 + Math.max(0, ...[...flame.above.values()].map((each) => depthOf(each, pixels)));

export function flamePicture(tree: Spent, title: string): string {
  const roots = new Map<string, Flame>();
  const total = flameOf(tree, roots, "other");
  const root = [...roots.values()][0];
  const pixels = (of: number): number => (of / Math.max(1, total)) * (WIDTH - 32);
  const depth = root === undefined ? 0 : depthOf(root, pixels);
  const content: string[] = [];
  const draw = (flame: Flame, x: number, level: number): void => {
    const width = pixels(flame.total);
    if (width < PIXELS_MIN) return;
    const y = TOP + (depth - 1 - level) * STEP;
    const share = `${((100 * flame.total) / total).toFixed(1)} %`;
    const hint = element("title", {}, escapeText(`${flame.name}: ${share} (${flame.place})`));
    const box = { x, y, width: Math.max(width - 0.5, 0.5), height: STEP - 1 };
    content.push(element("rect", { ...box, fill: colourOf(flame.place) }, hint));
    const fits = Math.floor((width - 6) / CHARACTER_PIXELS);
    const label = { style: "font-size:11px;fill:#1f2328", "pointer-events": "none" };
    if (fits > 3) content.push(text(x + 3, y + STEP - 5, flame.name.slice(0, fits), label));
    let at = x;
    for (const child of [...flame.above.values()].toSorted((a, b) => b.total - a.total)) {
      draw(child, at, level + 1);
      at += pixels(child.total);
    }
  };
  if (root !== undefined) draw(root, 16, 0);
  for (const [index, stage] of stages.entries()) {
    const x = 16 + index * 84;
    content.push(
      element("rect", { x, y: 58, width: 10, height: 10, fill: colourOf(stage) }),
      text(x + 14, 67, stage, { class: "small" }),
    );
  }
  return sheet({
    width: WIDTH,
    height: TOP + depth * STEP + 16,
    title,
    subtitle: `one host thread, ${(total / 1e6).toFixed(1)} s of samples without idle ones; point at a frame for its share`,
    content,
  });
}
