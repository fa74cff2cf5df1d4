// Cells as the notebook talks of them: kinds, names, new ones. Everything here is pure but for the ids.

import type { IconName } from "../ui/Icon";
import type { Cell, CellRun, Document, Input, MarkdownCell, PythonCell, SqlCell } from "../wire";

export type CellType = Cell["type"];
export type SourceCell = PythonCell | SqlCell | MarkdownCell;
export type InputKind = Input["kind"];

export const TYPE_NAMES: Readonly<Record<CellType, string>> = {
  python: "Python",
  sql: "SQL",
  markdown: "Markdown",
  input: "Input",
  chart: "Chart",
  table: "Table",
  value: "Value",
};

export const TYPE_ICONS: Readonly<Record<CellType, IconName>> = {
  python: "python",
  sql: "sql",
  markdown: "markdown",
  input: "input",
  chart: "chart",
  table: "table",
  value: "value",
};

export const KIND_NAMES: Readonly<Record<InputKind, string>> = {
  text: "Text",
  number: "Number",
  slider: "Slider",
  checkbox: "Checkbox",
  button: "Run button",
  dropdown: "Dropdown",
  multiselect: "Multi-select",
  date: "Date",
  file: "File upload",
  table: "Table",
};

export const INPUT_KINDS = Object.keys(KIND_NAMES) as readonly InputKind[];

export function isSource(cell: Cell): cell is SourceCell {
  return cell.type === "python" || cell.type === "sql" || cell.type === "markdown";
}

/** What people call a cell, as the server calls it: its label, else its kind and place. */
export function nameOf(cell: Cell, index: number): string {
  return cell.label || `${TYPE_NAMES[cell.type]} cell ${index + 1}`;
}

/** A name for lists: a label, a heading, a variable, whatever tells the cell from others; else its kind and place. */
export function shortName(cell: Cell, index: number): string {
  if (cell.label) return cell.label;
  switch (cell.type) {
    case "markdown":
      return /^#{1,6}\s+(.+)$/m.exec(cell.source)?.[1] ?? nameOf(cell, index);
    case "sql":
      return cell.result || nameOf(cell, index);
    case "input":
      return cell.input.name;
    case "python":
    case "chart":
    case "table":
    case "value":
      return nameOf(cell, index);
    default:
      return never(cell);
  }
}

/** The variable that a cell gives, for the arrow in its head; "" = none of its own. */
export function resultOf(cell: Cell): string {
  if (cell.type === "sql") return cell.result;
  return cell.type === "input" ? cell.input.name : "";
}

const LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789";

/** Ten random characters: enough that no two cells of a project ever meet. */
export function newId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(10)), (byte) => LETTERS[byte % 36]).join("");
}

/** A new, empty cell of a type. */
export function newCell(type: Exclude<CellType, "input">): Cell {
  const base = { id: newId(), label: "" };
  switch (type) {
    case "python":
      return { ...base, type, source: "" };
    case "sql":
      return { ...base, type, source: "", connection: "dataframes", result: "" };
    case "markdown":
      return { ...base, type, source: "" };
    case "chart":
      return { ...base, type, dataframe: "", spec: { mark: "bar" } };
    case "table":
      return { ...base, type, dataframe: "" };
    case "value":
      return { ...base, type, value: "", compare: "", format: "plain" };
    default:
      return never(type);
  }
}

/** A new input with a name that the document does not have yet. */
export function newInput(kind: InputKind, document: Document): Cell {
  return {
    type: "input",
    id: newId(),
    label: KIND_NAMES[kind],
    input: inputOf(kind, freeName(kind, document)),
  };
}

/** An input of another kind in the place of this one: what both have is kept. */
export function withKind(input: Input, kind: InputKind): Input {
  if (input.kind === kind) return input;
  const next = inputOf(kind, input.name);
  const optional = "optional" in input && "optional" in next ? { optional: input.optional } : {};
  const options =
    "options" in input && "options" in next
      ? { options: input.options, options_from: input.options_from }
      : {};
  return { ...next, ...optional, ...options, settable: input.settable, in_links: input.in_links } as Input;
}

function inputOf(kind: InputKind, name: string): Input {
  const base = { name, default: null, settable: false, in_links: true };
  switch (kind) {
    case "text":
      return { ...base, kind, default: "", multiline: false, placeholder: "" };
    case "number":
      return {
        ...base,
        kind,
        default: 0,
        min: null,
        max: null,
        step: null,
        format: "plain",
        optional: false,
      };
    case "slider":
      return { ...base, kind, default: 50, min: 0, max: 100, step: 1 };
    case "checkbox":
      return { ...base, kind, default: false, style: "box" };
    case "button":
      return { ...base, kind, text: "Run", color: "neutral" };
    case "dropdown":
      return { ...base, kind, default: "A", options: ["A", "B", "C"], options_from: "", optional: false };
    case "multiselect":
      return { ...base, kind, default: [], options: ["A", "B", "C"], options_from: "", optional: false };
    case "date":
      return {
        ...base,
        kind,
        default: "0 days ago",
        time: false,
        timezone: "",
        relative: true,
        range: false,
        optional: false,
      };
    case "file":
      return { ...base, kind, accept: [], max_bytes: 100_000_000 };
    case "table":
      return { ...base, kind, default: [], columns: [{ name: "name", type: "text" }] };
    default:
      return never(kind);
  }
}

function freeName(kind: InputKind, document: Document): string {
  const stem = kind === "button" ? "run_button" : `${kind}_input`;
  const taken = new Set(document.cells.flatMap((cell) => (cell.type === "input" ? [cell.input.name] : [])));
  for (let number = 1; ; number++) {
    const name = number === 1 ? stem : `${stem}_${number}`;
    if (!taken.has(name)) return name;
  }
}

/** A copy with an id of its own; an input's copy gets a free name. */
export function copyOf(cell: Cell, document: Document): Cell {
  const copy = { ...cell, id: newId() };
  if (copy.type !== "input") return copy;
  const taken = new Set(
    document.cells.flatMap((other) => (other.type === "input" ? [other.input.name] : [])),
  );
  let number = 2;
  while (taken.has(`${copy.input.name}_${number}`)) number++;
  return { ...copy, input: { ...copy.input, name: `${copy.input.name}_${number}` } };
}

/** The same text as another kind of cell. */
export function withType(cell: SourceCell, type: SourceCell["type"]): SourceCell {
  if (cell.type === type) return cell;
  const { id, label, source } = cell;
  return type === "sql"
    ? { type, id, label, source, connection: "dataframes", result: "" }
    : { type, id, label, source };
}

/** The change from `base` to `next`, made on `latest` instead: two settings changed in a row are both kept. */
export function rebased(latest: Cell, base: Cell, next: Cell): Cell {
  if (latest === base || latest.type !== base.type || base.type !== next.type) return next;
  return patched(latest, base, next) as Cell;
}

/** The parts of a cell that hold settings of their own. */
const NESTED = new Set(["input", "spec"]);

function patched<Value extends object>(latest: Value, base: Value, next: Value): Value {
  const result: Record<string, unknown> = Object.fromEntries(Object.entries(latest));
  const [before, after] = [new Map(Object.entries(base)), new Map(Object.entries(next))];
  for (const key of new Set([...before.keys(), ...after.keys()])) {
    const [old, now]: unknown[] = [before.get(key), after.get(key)];
    if (old === now) continue;
    const own: unknown = result[key];
    if (NESTED.has(key) && isObject(old) && isObject(now) && isObject(own) && sameKind(old, now)) {
      result[key] = patched(own, old, now);
    } else if (after.has(key)) result[key] = now;
    else delete result[key];
  }
  return result as Value;
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

/** An input of another kind has other settings: it is taken whole. */
function sameKind(a: object, b: object): boolean {
  return ("kind" in a ? a.kind : "") === ("kind" in b ? b.kind : "");
}

/** What a cell without any run yet shows. */
export const NEVER_RUN: CellRun = { state: "empty", outputs: [], elapsed: null, at: "", waits_for: "" };

/** Seconds in few figures: 0.41 s, 12 s, 2 min 06 s. */
export function seconds(value: number): string {
  if (value < 10) return `${value < 0.995 ? value.toFixed(2) : value.toFixed(1)} s`;
  if (value < 60) return `${Math.round(value)} s`;
  const whole = Math.round(value);
  return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, "0")} s`;
}

function never(value: never): never {
  throw new Error(`A cell of an unknown kind: ${JSON.stringify(value)}`);
}
