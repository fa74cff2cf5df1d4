// The links of an app, and the ways between its sessions.
//
// Values that no link carries (files, tables, inputs marked *not in links*) are kept by the tab over one change of page.

import { valuesToCarry, type Values } from "../core/carry";
import type { Room } from "../core/room";
import { ApiError, post } from "../net/api";
import type { RoomConnection } from "../net/socket";
import type { LinkBody } from "../wire";
import { memory } from "./memory";

/** What the page's Share menu can do. */
export interface Sharing {
  /** The published app's address. */
  readonly url: string;
  /** A link with the present values; rejects with a sentence. */
  readonly currentInputs: (values: Values) => Promise<LinkBody>;
  /** The address of this session, once it is live. */
  readonly liveUrl: (session: string) => string;
  /** Makes this session live and answers its address; null = this person may not. */
  readonly goLive: (() => Promise<string>) | null;
  /** Ends the live session for everybody. */
  readonly endForAll: () => Promise<void>;
  /** Back to a session of one's own with the same values. */
  readonly leave: () => Promise<void>;
}

export interface SharingOf {
  readonly connection: RoomConnection;
  readonly workspace: string;
  readonly project: string;
  readonly signedIn: boolean;
}

export function sharingOf({ connection, workspace, project, signedIn }: SharingOf): Sharing {
  const url = `${location.origin}/${workspace}/app/${project}/latest`;
  const liveUrl = (session: string): string => `${url}?session=${encodeURIComponent(session)}`;
  const values = (): Values => {
    const { room } = connection.getSnapshot();
    return room ? valuesToCarry(room) : {};
  };
  const currentInputs = (inputs: Values): Promise<LinkBody> =>
    post<LinkBody>(`/projects/${encodeURIComponent(project)}/links`, {
      kind: "CURRENT_INPUTS",
      inputs,
    });
  return {
    url,
    currentInputs,
    liveUrl,
    goLive: signedIn
      ? async () => {
          const session = await connection.session();
          await connection.do({ do: "go_live" });
          return liveUrl(session);
        }
      : null,
    endForAll: () => connection.do({ do: "end_live" }),
    leave: async () => {
      const { room } = connection.getSnapshot();
      let to = url;
      let kept = values();
      try {
        to = (await currentInputs(kept)).url;
        kept = room ? notInLinks(room, kept) : {};
      } catch (error) {
        // Too long for a link, or an address without values in this place: the tab keeps all of them.
        if (!(error instanceof ApiError) || error.status === 0) throw error;
      }
      memory.keep(project, kept);
      memory.forget(project);
      location.assign(new URL(to, location.href).href);
    },
  };
}

/** The values that a link leaves out. */
export function notInLinks(room: Room, values: Values): Values {
  const out = new Set(
    (room.app?.cells ?? []).flatMap(({ input }) =>
      input && (input.kind === "file" || input.kind === "table" || !input.in_links) ? [input.name] : [],
    ),
  );
  return Object.fromEntries(Object.entries(values).filter(([name]) => out.has(name)));
}
