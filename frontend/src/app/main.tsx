// The published app's page. What came inside the first response is painted before anything else happens; then the
// socket is opened, and the room it tells of takes over without a blink.
//
// The tab's own session is remembered per project and version, for as long as the tab lives: a reload comes back to it.
// Then the published results that came along are not shown, they would flash by.

import { StrictMode, useMemo, useState, type ReactNode } from "react";
import { createRoot } from "react-dom/client";
import { flushSync } from "react-dom";

import "@/ui/base.css";
import { setToken } from "../net/api";
import { RoomConnection } from "../net/socket";
import { useRoom } from "../net/useRoom";
import type { AppBoot } from "../wire";
import { actionsOf } from "./actions";
import { AppPage } from "./AppPage";

/** What this tab remembers; a browser that forbids storage remembers nothing. */
const memory = {
  get(key: string): string {
    try {
      return sessionStorage.getItem(key) ?? "";
    } catch {
      return "";
    }
  },
  set(key: string, value: string): void {
    try {
      if (value) sessionStorage.setItem(key, value);
      else sessionStorage.removeItem(key);
    } catch {
      // Then a reload begins a new session.
    }
  },
};

function versionOfAddress(): number | null {
  const number = /\/v\/(\d+)\/?$/.exec(location.pathname)?.[1];
  return number ? Number(number) : null;
}

/** Takes exactly the parameters that named an input out of the address; others are left alone, byte for byte. */
function tidyAddress(parameters: readonly string[]): void {
  if (parameters.length === 0) return;
  const kept = location.search
    .slice(1)
    .split("&")
    .filter((pair) => pair && !parameters.includes(nameOf(pair)));
  history.replaceState(
    history.state,
    "",
    `${location.pathname}${kept.length ? `?${kept.join("&")}` : ""}${location.hash}`,
  );
}

function nameOf(pair: string): string {
  const name = (pair.split("=")[0] ?? "").replaceAll("+", " ");
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}

function begin(boot: AppBoot, root: HTMLElement): void {
  const { snapshot, project, workspace } = boot;
  setToken(boot.csrf);
  const asked = versionOfAddress();
  const sessionKey = `vernissage:session:${project}:${snapshot.version ?? ""}`;
  const keepKey = `vernissage:keep:${project}`;
  const remembered = snapshot.session ? "" : memory.get(sessionKey);
  const connection = new RoomConnection({
    room: { room: "app", project, version: asked },
    session: snapshot.session || remembered,
    initial: snapshot,
  });
  connection.start();

  // A session becomes the tab's own once it shows more than the published results.
  let written = remembered;
  connection.watch(() => {
    const { room } = connection.getSnapshot();
    const own = room && !room.results?.fresh ? room.session : "";
    if (own === written) return;
    written = own;
    memory.set(`vernissage:session:${project}:${room?.version ?? ""}`, own);
  });

  const kept = memory.get(keepKey);
  memory.set(keepKey, "");
  if (kept) {
    const values = JSON.parse(kept) as Readonly<Record<string, unknown>>;
    const still = Object.entries(values).filter(([name]) => name in snapshot.inputs);
    if (still.length > 0) connection.setInputs(Object.fromEntries(still));
  }
  const reload = (): void => {
    memory.set(keepKey, JSON.stringify(connection.getSnapshot().room?.inputs ?? {}));
    memory.set(`vernissage:session:${project}:${connection.getSnapshot().room?.version ?? ""}`, "");
    location.reload();
  };

  const title = snapshot.app?.title;
  if (title) document.title = title;
  const page = (
    <StrictMode>
      <Page
        boot={boot}
        connection={connection}
        own={remembered !== ""}
        editUrl={boot.can_edit ? `/${workspace}/project/${project}/logic` : ""}
        shareUrl={`${location.origin}/${workspace}/app/${project}/latest`}
        reload={reload}
      />
    </StrictMode>
  );
  flushSync(() => createRoot(root).render(page));
  tidyAddress(boot.parameters);
}

interface PageProps {
  readonly boot: AppBoot;
  readonly connection: RoomConnection;
  /** The tab holds a session of its own. */
  readonly own: boolean;
  readonly editUrl: string;
  readonly shareUrl: string;
  readonly reload: () => void;
}

function Page({ boot, connection, own, editUrl, shareUrl, reload }: PageProps): ReactNode {
  const state = useRoom(connection);
  const [refused, setRefused] = useState("");
  const actions = useMemo(() => actionsOf(connection, setRefused), [connection]);
  return (
    <AppPage
      state={state}
      actions={actions}
      project={boot.project}
      notices={boot.notices}
      hideResults={own && state.status === "connecting"}
      editUrl={editUrl}
      shareUrl={shareUrl}
      onReload={reload}
      refused={refused}
      onDismissRefusal={() => setRefused("")}
    />
  );
}

const boot = document.getElementById("boot")?.textContent;
const root = document.getElementById("root");
if (boot && root) begin(JSON.parse(boot) as AppBoot, root);
