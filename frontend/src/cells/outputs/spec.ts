// What a Vega-Lite spec needs to stand on this page: the page's width, a title as a heading, words for those who do not
// see it, and line ends labelled in place of a legend. Pure; a spec that says otherwise is left as it is.

type Json = Readonly<Record<string, unknown>>;

/** A spec made ready, and what the page shows of it as text. */
export interface Prepared {
  readonly spec: Json;
  /** Its title, taken out of the picture to be a heading; "" = it has none. */
  readonly title: string;
  readonly subtitle: string;
  /** One sentence on what the chart shows. */
  readonly description: string;
}

const COMPOSED = ["facet", "repeat", "concat", "hconcat", "vconcat"];

/** What heading, subtitle and the space below them take of a part's height. */
const HEADING = 28;
const SUBTITLE = 20;

/** `fill`: the height of the whole part, and the heading that it gets where the spec brings none. */
export function prepare(
  given: Json,
  fill: { readonly whole: number; readonly label: string } | null = null,
): Prepared {
  // The schema's address says nothing that the MIME type has not said.
  const { title: titled, $schema: _, ...spec } = given;
  const { text: title, subtitle } = titleOf(titled);
  const described = typeof spec["description"] === "string" ? spec["description"] : describe(spec, title);
  const composed = COMPOSED.some((key) => key in spec) || facets(record(spec["encoding"]));
  const height = fill && fill.whole - (title || fill.label ? HEADING : 0) - (subtitle ? SUBTITLE : 0);
  const filled = height !== null && height > 40 && !("height" in spec);
  const sized: Json = {
    ...spec,
    description: described,
    ...(composed || "width" in spec ? {} : { width: "container" }),
    ...(composed || !filled ? {} : { height, autosize: { type: "fit", contains: "padding" } }),
    ...(composed || filled || "autosize" in spec ? {} : { autosize: { type: "fit-x", contains: "padding" } }),
  };
  return { spec: composed ? sized : named(labelled(sized)), title, subtitle, description: described };
}

function titleOf(title: unknown): { text: string; subtitle: string } {
  if (typeof title === "string") return { text: title, subtitle: "" };
  const parts = record(title);
  const line = (value: unknown): string =>
    Array.isArray(value) ? value.join(" ") : typeof value === "string" ? value : "";
  return { text: line(parts["text"]), subtitle: line(parts["subtitle"]) };
}

function record(value: unknown): Json {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Json) : {};
}

function facets(encoding: Json): boolean {
  return ["row", "column", "facet"].some((channel) => channel in encoding);
}

const MARKS: Json = {
  line: "Line chart",
  area: "Area chart",
  bar: "Bar chart",
  point: "Scatter plot",
  circle: "Scatter plot",
  square: "Scatter plot",
  arc: "Pie chart",
  rect: "Heat map",
};

export function markOf(spec: Json): string {
  const { mark } = spec;
  return typeof mark === "string" ? mark : String(record(mark)["type"] ?? "");
}

function describe(spec: Json, title: string): string {
  const kind = String(MARKS[markOf(spec)] ?? "Chart");
  const encoding = record(spec["encoding"]);
  const name = (channel: string): string => {
    const field = record(encoding[channel]);
    const words = [field["title"], field["field"]].find((word) => typeof word === "string" && word !== "");
    return String(words ?? (typeof field["aggregate"] === "string" ? field["aggregate"] : ""));
  };
  const [x, y, color] = [name("x"), name("y") || name("theta"), name("color")];
  const parts = [y && `of ${y}`, x && `by ${x}`, color && color !== x && `for each ${color}`].filter(Boolean);
  return `${title ? `${title}. ` : ""}${[kind, ...parts].join(" ")}.`;
}

/** A line per colour is named at its end; past six names they would run into each other, and a legend is better. */
function labelled(spec: Json): Json {
  if (markOf(spec) !== "line") return spec;
  const encoding = record(spec["encoding"]);
  const [x, y, color] = [record(encoding["x"]), record(encoding["y"]), record(encoding["color"])];
  const field = color["field"];
  const along = x["field"];
  if (
    typeof field !== "string" ||
    typeof along !== "string" ||
    "legend" in color ||
    (x["timeUnit"] && !String(x["timeUnit"]).startsWith("binned")) ||
    x["aggregate"]
  )
    return spec;
  if (typeof y["field"] !== "string" || y["aggregate"] || y["stack"]) return spec;
  const values = record(spec["data"])["values"];
  if (!Array.isArray(values)) return spec;
  const ends = lastOf(values as readonly Json[], along, field, y["field"]);
  if (ends.length > 6 || ends.length < 2 || tooClose(ends, values as readonly Json[], y["field"]))
    return spec;
  const last = { data: { values: ends } };
  const { mark, encoding: _encoding, ...rest } = spec;
  const quiet = { ...encoding, color: { ...color, legend: null } };
  const { tooltip: _tooltip, ...placed } = quiet as Json;
  return {
    ...rest,
    encoding: { x, y },
    layer: [
      { mark, encoding: withoutPlace(quiet) },
      {
        ...last,
        mark: { type: "point", filled: true, size: 40, opacity: 1, tooltip: false },
        encoding: withoutPlace(placed),
      },
      {
        ...last,
        mark: { type: "text", align: "left", dx: 8, fontWeight: 500, tooltip: false, clip: false },
        encoding: { text: { field, type: "nominal" } },
      },
    ],
  };
}

/** A legend of names needs no heading: the names say what they are. One of numbers keeps it. */
function named(spec: Json): Json {
  const encoding = record(spec["encoding"]);
  const color = record(encoding["color"]);
  if (color["type"] !== "nominal" || "legend" in color) return spec;
  return { ...spec, encoding: { ...encoding, color: { ...color, legend: { title: null } } } };
}

function withoutPlace({ x: _x, y: _y, ...rest }: Json): Json {
  return rest;
}

function lastOf(values: readonly Json[], along: string, field: string, up: string): readonly Json[] {
  const ends = new Map<unknown, Json>();
  for (const value of values) {
    if (value[up] == null) continue;
    const before = ends.get(value[field]);
    if (!before || place(value[along]) >= place(before[along])) ends.set(value[field], value);
  }
  return [...ends.values()];
}

function place(value: unknown): number | string {
  return typeof value === "number" ? value : String(value);
}

/** Whether two names would be printed over each other: nearer than a sixteenth of the height. */
function tooClose(ends: readonly Json[], values: readonly Json[], up: string): boolean {
  const most = Math.max(0, ...values.map((value) => Number(value[up])));
  const least = Math.min(0, ...values.map((value) => Number(value[up])));
  const heights = ends.map((end) => Number(end[up])).toSorted((a, b) => a - b);
  return heights.some((height, i) => i > 0 && height - (heights[i - 1] ?? 0) < (most - least) / 16);
}
