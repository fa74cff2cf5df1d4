// The app's page as the author laid it out, made ready to be drawn: what stands beside and below each other. Pure.

import type { AppCell, AppView, Element, Tab } from "../wire";

export interface Placed {
  readonly cell: AppCell;
  readonly element: Element;
}

/** Neighbours of one kind in a column stand together: figures side by side, inputs as a group. */
export interface Group {
  readonly kind: "figures" | "inputs" | "single";
  readonly parts: readonly Placed[];
}

export interface DrawnColumn {
  readonly start: number;
  readonly end: number;
  readonly groups: readonly Group[];
  /** All of it are inputs. */
  readonly inputs: boolean;
  /** One figure and nothing else. */
  readonly figure: boolean;
}

export interface DrawnRow {
  readonly columns: readonly DrawnColumn[];
  /** Every column is one figure: they get hairlines between them. */
  readonly figures: boolean;
}

export function cellsOf(app: AppView): ReadonlyMap<string, AppCell> {
  return new Map(app.cells.map((cell) => [cell.id, cell]));
}

/** The rows of a tab, without what this viewer has no cell of. */
export function rowsOf(tab: Tab, cells: ReadonlyMap<string, AppCell>): readonly DrawnRow[] {
  return tab.rows.map((row) => {
    const columns = row.columns.map((column) => {
      const parts = column.elements.flatMap((element): Placed[] => {
        const cell = cells.get(element.cell);
        return cell ? [{ cell, element }] : [];
      });
      const inputs = parts.length > 0 && parts.every(({ cell }) => cell.input !== null);
      const figure = parts.length === 1 && parts.every((part) => kindOf(part) === "figures");
      return { start: column.start, end: column.end, groups: grouped(parts), inputs, figure };
    });
    return { columns, figures: allFigures(columns) };
  });
}

function kindOf({ cell }: Placed): Group["kind"] {
  if (cell.input) return "inputs";
  return cell.type === "value" ? "figures" : "single";
}

function grouped(parts: readonly Placed[]): readonly Group[] {
  const groups: Group[] = [];
  for (const part of parts) {
    const kind = kindOf(part);
    const last = groups.at(-1);
    if (last && last.kind === kind && kind !== "single") {
      groups[groups.length - 1] = { kind, parts: [...last.parts, part] };
    } else groups.push({ kind, parts: [part] });
  }
  return groups;
}

/** The inputs of a tab in the order of the page; on a phone they become a row of chips. */
export function inputsOf(rows: readonly DrawnRow[]): readonly Placed[] {
  return rows.flatMap((row) =>
    row.columns.flatMap((column) =>
      column.groups.flatMap((group) => (group.kind === "inputs" ? group.parts : [])),
    ),
  );
}

/** The same rows without their inputs, which stand elsewhere. */
export function withoutInputs(rows: readonly DrawnRow[]): readonly DrawnRow[] {
  return rows.map((row) => {
    const columns = row.columns
      .map((column) => ({ ...column, groups: column.groups.filter(({ kind }) => kind !== "inputs") }))
      .filter(({ groups }) => groups.length > 0);
    return { columns, figures: allFigures(columns) };
  });
}

function allFigures(columns: readonly DrawnColumn[]): boolean {
  return columns.length > 1 && columns.every(({ figure }) => figure);
}
