// The little that the pictures need of SVG: elements as text, a sheet with a title, scales and ticks. Light
// and dark follow the reader's own setting.
//
// Lives on: the developer's machine.

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
};

export function escapeText(text: string): string {
  return text.replace(/[&<>"]/g, (character) => entities[character]!);
}

type Attributes = Readonly<Record<string, string | number>>;

const rounded = (value: string | number): string | number =>
  typeof value === "number" ? Number(value.toFixed(2)) : value;

/** `content` is already SVG. */
export function element(name: string, attributes: Attributes, content = ""): string {
  const written = Object.entries(attributes)
    .map(([key, value]) => ` ${key}="${escapeText(String(rounded(value)))}"`)
    .join("");
  return content === "" ? `<${name}${written}/>` : `<${name}${written}>${content}</${name}>`;
}

export function text(x: number, y: number, content: string, attributes: Attributes = {}): string {
  return element("text", { x, y, ...attributes }, escapeText(content));
}

export function line(x1: number, y1: number, x2: number, y2: number, kind: string): string {
  return element("line", { x1, y1, x2, y2, class: kind });
}

const style = `
text{font:13px system-ui,sans-serif;fill:#24292f}.title{font-size:16px;font-weight:600}.small{font-size:11px;fill:#57606a}
.sheet{fill:#fff}.grid{stroke:#d0d7de}.even{stroke:#57606a;stroke-dasharray:4 3}.gofka{fill:#2f81f7;stroke:#2f81f7}
.kafka{fill:#8b949e;stroke:#8b949e}.spread{stroke:#24292f;stroke-width:2}.goal{stroke:#d29922;stroke-width:2}
@media(prefers-color-scheme:dark){text{fill:#e6edf3}.small{fill:#8b949e}.sheet{fill:#0d1117}.grid{stroke:#30363d}.spread{stroke:#e6edf3}}
`.replaceAll("\n", "");

export type Sheet = {
  readonly width: number;
  readonly height: number;
  readonly title: string;
  /** One line below the title. */
  readonly subtitle: string;
  readonly content: readonly string[];
};

export function sheet({ width, height, title, subtitle, content }: Sheet): string {
  const parts = [
    element("title", {}, escapeText(title)),
    element("style", {}, style),
    element("rect", { width, height, class: "sheet" }),
    text(16, 28, title, { class: "title" }),
    text(16, 47, subtitle, { class: "small" }),
    ...content,
  ];
  const attributes = { xmlns: "http://www.w3.org/2000/svg", viewBox: `0 0 ${width} ${height}` };
  return `${element("svg", { ...attributes, role: "img" }, `\n${parts.join("\n")}\n`)}\n`;
}

export type Scale = (value: number) => number;

/** From values to places; what lies beyond the ends is drawn at the ends. */
export function linear(domain: readonly [number, number], range: readonly [number, number]): Scale {
  const [from, to] = domain;
  return (value) => {
    const share = Math.min(1, Math.max(0, (value - from) / (to - from)));
    return range[0] + share * (range[1] - range[0]);
  };
}

export function logarithmic(
  domain: readonly [number, number],
  range: readonly [number, number],
): Scale {
  const straight = linear([Math.log(domain[0]), Math.log(domain[1])], range);
  return (value) => straight(Math.log(Math.max(value, Number.MIN_VALUE)));
}
