// What a person at an app can do. The page is given these and asks nothing else of the world.

import type { DownloadTable } from "../cells/CellOutput";
import type { Upload } from "../cells/FileField";
import { downloadCsv } from "../net/download";
import { upload } from "../net/upload";
import type { RoomConnection } from "../net/socket";
import type { TableAnswer, TableQuery } from "../wire";

export interface AppActions {
  readonly setInput: (name: string, value: unknown) => void;
  readonly press: (name: string) => void;
  /** Refresh, Run of a manual app, Try again. */
  readonly runAll: () => void;
  /** The published results anew, for everyone. Absent where there are none. */
  readonly refreshForAll?: () => void;
  /** Cancel. */
  readonly interrupt: () => void;
  readonly queryTable: (cell: string, table: string, query: TableQuery) => Promise<TableAnswer>;
  /** Saves all rows of a table as a file of that name. Absent where nobody can answer. */
  readonly downloadTable?: DownloadTable;
  /** Try to reach the server now. */
  readonly retryNow: () => void;
  /** A new session after the old one ended. */
  readonly startAgain: () => void;
  /** Stores a file for this session, as a file input takes it. Absent where files cannot be sent. */
  readonly upload?: Upload;
}

/** The actions of a connection. `refused` hears the sentence of what the server would not do. */
export function actionsOf(
  connection: RoomConnection,
  refused: (sentence: string) => void,
  project = "",
): AppActions {
  const doing = (operation: Parameters<RoomConnection["do"]>[0]) => (): void => {
    void (async () => {
      try {
        await connection.do(operation);
      } catch (error) {
        refused(error instanceof Error ? error.message : String(error));
      }
    })();
  };
  return {
    setInput: (name, value) => connection.setInput(name, value),
    press: (name) => doing({ do: "press", name })(),
    runAll: doing({ do: "run_all" }),
    refreshForAll: doing({ do: "refresh_for_all" }),
    interrupt: doing({ do: "interrupt" }),
    queryTable: (cell, table, query) => connection.ask({ ask: "table", cell, table, query }),
    retryNow: connection.retryNow,
    startAgain: connection.restart,
    ...(project
      ? { upload: uploadOf(connection, project), downloadTable: downloadOf(connection, project) }
      : {}),
  };
}

/** Downloads tables of the session that a connection holds. */
export function downloadOf(connection: RoomConnection, project: string): DownloadTable {
  return async (cell, table, query, name) => {
    const session = connection.getSnapshot().room?.session || (await connection.session());
    await downloadCsv({ project, session, cell, table }, query, name);
  };
}

/** Sends files to the session that a connection holds; where that has ended, to the one that takes its place. */
export function uploadOf(connection: RoomConnection, project: string): Upload {
  return async (file, progress, signal) =>
    upload({ project, session: await connection.session() }, file, progress, signal);
}
