// The picture of a long run: memory, descriptors and latency over time, one strip each.
//
// Lives on: the developer's machine.

import { element, line, linear, sheet, text } from "./svg.ts";

/** Half a minute of the run. */
export type Turn = {
  /** At its end, from the beginning of the run. */
  readonly minute: number;
  readonly residentMiB: number;
  readonly handles: number;
  readonly cpuSeconds: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly p999Ms: number;
};

export type Soak = {
  readonly at: string;
  readonly recordBytes: number;
  /** Records a second: what the node could take, and what it was sent. */
  readonly most: number;
  readonly rate: number;
  readonly turns: readonly Turn[];
};

const WIDTH = 900;
const LEFT = 150;
const RIGHT = 40;
const TOP = 72;
const HEIGHT = 90;
const GAP = 34;

type Strip = { readonly title: string; readonly unit: string; readonly of: (turn: Turn) => number };

const strips: readonly Strip[] = [
  { title: "memory (RSS)", unit: "MiB", of: (turn) => turn.residentMiB },
  { title: "descriptors", unit: "", of: (turn) => turn.handles },
  { title: "p50", unit: "ms", of: (turn) => turn.p50Ms },
  { title: "p99", unit: "ms", of: (turn) => turn.p99Ms },
  { title: "CPU of 30 s", unit: "s", of: (turn) => turn.cpuSeconds },
];

function strip({ title, unit, of }: Strip, turns: readonly Turn[], top: number): string[] {
  const most = Math.max(...turns.map(of), Number.MIN_VALUE);
  const minutes = Math.max(...turns.map(({ minute }) => minute));
  const x = linear([0, minutes], [LEFT, WIDTH - RIGHT]);
  const y = linear([0, most], [top + HEIGHT, top]);
  const points = turns.map((turn) => `${x(turn.minute).toFixed(1)},${y(of(turn)).toFixed(1)}`);
  const said = most >= 100 ? most.toFixed(0) : most.toPrecision(3);
  return [
    text(16, top + HEIGHT / 2, title),
    text(LEFT - 8, top + 10, `${said} ${unit}`.trim(), { "text-anchor": "end", class: "small" }),
    text(LEFT - 8, top + HEIGHT, "0", { "text-anchor": "end", class: "small" }),
    line(LEFT, top, WIDTH - RIGHT, top, "grid"),
    line(LEFT, top + HEIGHT, WIDTH - RIGHT, top + HEIGHT, "grid"),
    element("polyline", {
      points: points.join(" "),
      class: "gofka",
      style: "fill:none;stroke-width:1.5",
    }),
  ];
}

export function soakPicture({ at, recordBytes, most, rate, turns }: Soak): string {
  const bottom = TOP + strips.length * (HEIGHT + GAP);
  const minutes = Math.max(...turns.map(({ minute }) => minute));
  const where = { class: "small", "text-anchor": "end" };
  const share = ((100 * rate) / most).toFixed(0);
  return sheet({
    width: WIDTH,
    height: bottom + 10,
    title: `${minutes.toFixed(0)} minutes at ${share} % of what a node can take`,
    subtitle: `${rate.toLocaleString("en")} records/s of ${recordBytes} B, open loop, a point for each half minute; ${at.slice(0, 10)}`,
    content: [
      ...strips.flatMap((each, index) => strip(each, turns, TOP + index * (HEIGHT + GAP))),
      text(WIDTH - RIGHT, bottom - 12, `${minutes.toFixed(0)} min`, where),
    ],
  });
}
