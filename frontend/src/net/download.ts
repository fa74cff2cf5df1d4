// A table of a session as a file for the person's disk.
//
// Promises: the file is saved when all of it has come, never a part of it; every failure is an ApiError with a sentence.

import type { TableQuery } from "../wire";
import { save } from "../ui/download";
import { requestBlob } from "./api";

/** Which table of which session. */
export interface TableAt {
  readonly project: string;
  readonly session: string;
  readonly cell: string;
  readonly table: string;
}

/** Saves the rows that a query gives, all of them, as `{name}.csv`. */
export async function downloadCsv(at: TableAt, query: TableQuery, name: string): Promise<void> {
  const [project, session, cell] = [at.project, at.session, at.cell].map(encodeURIComponent);
  const { sort, descending, filter } = query;
  const file = await requestBlob("GET", `/projects/${project}/sessions/${session}/cells/${cell}/csv`, {
    query: { table: at.table, sort, descending, filter },
  });
  save(file, `${name || "table"}.csv`);
}
