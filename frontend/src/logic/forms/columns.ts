// Which data frames and columns a chart could be made of: from what the notebook shows, else from the kernel.

import { useState } from "react";

import { isTableHead } from "../../cells/media";
import { TABLE } from "../../cells/mime";
import type { Room } from "../../core/room";
import type { Cell, CellRun } from "../../wire";
import { useNotebook } from "../notebook";

export interface Suggestions {
  readonly frames: readonly string[];
  readonly columns: readonly string[];
  /** Looks anew; called when a field is entered. */
  readonly look: () => void;
}

const NOTHING = { frames: [] as readonly string[], columns: [] as readonly string[] };

export function useSuggestions(dataframe: string): Suggestions {
  const { connection } = useNotebook();
  const [found, setFound] = useState(NOTHING);
  const look = (): void => {
    const room = connection.getSnapshot().room;
    if (!room?.document) return;
    const frames = framesOf(room.document.cells);
    const columns = columnsShown(room.document.cells, room.cells, dataframe);
    setFound({ frames, columns });
    if (!answers(room)) return;
    void (async () => {
      try {
        const { variables } = await connection.ask({ ask: "variables" });
        const live = variables.filter(({ type }) => /frame/i.test(type)).map(({ name }) => name);
        setFound((now) => ({ ...now, frames: [...new Set([...frames, ...live])] }));
        if (columns.length > 0 || !/^\w+$/.test(dataframe)) return;
        const code = `${dataframe}["`;
        const { matches } = await connection.ask({ ask: "completion", code, cursor: code.length });
        setFound((now) => ({ ...now, columns: keysOf(matches) }));
      } catch {
        // Suggestions are a help only: a kernel that went meanwhile gives none.
      }
    })();
  };
  return { ...found, look };
}

function answers(room: Room): boolean {
  return room.kernel.state === "idle";
}

/** Data frames that the notebook's own cells name. */
export function framesOf(cells: readonly Cell[]): readonly string[] {
  const names = cells.flatMap((cell) => {
    if (cell.type === "sql") return [cell.result];
    return cell.type === "chart" || cell.type === "table" ? [cell.dataframe] : [];
  });
  return [...new Set(names.filter(Boolean))];
}

/** The columns of a data frame where some cell shows it as a table. */
export function columnsShown(
  cells: readonly Cell[],
  runs: Readonly<Record<string, CellRun>>,
  dataframe: string,
): readonly string[] {
  if (!dataframe) return [];
  for (const cell of cells) {
    if (!shows(cell, dataframe)) continue;
    for (const output of runs[cell.id]?.outputs ?? []) {
      const head = output.output === "display" ? output.data[TABLE] : undefined;
      if (isTableHead(head)) return head.columns.map(({ name }) => name);
    }
  }
  return [];
}

function shows(cell: Cell, dataframe: string): boolean {
  if (cell.type === "table") return cell.dataframe === dataframe;
  if (cell.type === "sql") return cell.result === dataframe;
  if (cell.type !== "python") return false;
  // The last expression is what a cell shows: the frame itself, or its first rows.
  const last = cell.source.trimEnd().split("\n").at(-1)?.trim() ?? "";
  return (
    last === dataframe || new RegExp(`^${escaped(dataframe)}\\.(head|tail|sample)\\(\\d*\\)$`).test(last)
  );
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}

/** Keys of a mapping as completion writes them: with or without quotes and the closing bracket. */
export function keysOf(matches: readonly string[]): readonly string[] {
  const keys = matches
    .map((match) =>
      match
        .replace(/^\w*\["?/, "")
        .replace(/["']?\]?$/, "")
        .replace(/^["']/, ""),
    )
    .filter((key) => key !== "" && !/[([]/.test(key));
  return [...new Set(keys)];
}
