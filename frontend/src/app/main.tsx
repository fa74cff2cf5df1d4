// The published app's page. What came inside the first response is painted before anything else happens; then the
// socket is opened, and the room it tells of takes over without a blink.
//
// The tab's own session is remembered per project and version, for as long as the tab lives: a reload, a step back and a
// duplicated tab come back to it, the address opened anew does not. While a session of one's own or a live one is on its
// way, the published results that came along are not shown: they would flash by.

import { StrictMode, useMemo, useState, type ReactNode } from "react";
import { createRoot } from "react-dom/client";
import { flushSync } from "react-dom";

import "@/ui/base.css";
import { parseExactly } from "../core/exact";
import { setKey, setToken } from "../net/api";
import { RoomConnection } from "../net/socket";
import { useRoom } from "../net/useRoom";
import type { AppBoot, EmbedDoor, Handover, PastRun } from "../wire";
import { actionsOf, downloadOf } from "./actions";
import { AppPage } from "./AppPage";
import { Door, HandedOver, handOver } from "./Door";
import { speakWithHost } from "./embed";
import { memory } from "./memory";
import { sharingOf, type Sharing } from "./sharing";

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

/** Whether this page came by its address rather than by a reload, a step back or a duplicated tab. */
function openedAnew(): boolean {
  const [entry] = performance.getEntriesByType("navigation");
  return entry instanceof PerformanceNavigationTiming && entry.type === "navigate";
}

/** The live session that the address names; "" = none. */
function sessionOfAddress(): string {
  return new URLSearchParams(location.search).get("session") ?? "";
}

function begin(boot: AppBoot, root: HTMLElement): void {
  const { snapshot, project, workspace } = boot;
  setToken(boot.csrf);
  if (boot.past) {
    showPast(boot, boot.past, root);
    return;
  }
  if (openedAnew()) memory.forget(project);
  const joined = sessionOfAddress();
  const remembered = joined || snapshot.session ? "" : memory.session(project, snapshot.version);
  const carry = memory.take(project);
  const { embed } = boot;
  if (embed) setKey(embed.key);
  const connection = new RoomConnection({
    ...(embed ? { key: embed.key } : {}),
    room: { room: "app", project, version: versionOfAddress() },
    session: joined || snapshot.session || remembered,
    initial: snapshot,
    joined: joined !== "",
    ...(carry ? { carry } : {}),
  });
  if (!boot.still) connection.start();

  // A session becomes the tab's own once it shows more than the published results. One that ended is nobody's.
  let written = remembered;
  connection.subscribe(() => {
    const { room, status } = connection.getSnapshot();
    if (!room || status === "connecting") return;
    const own = status === "ended" || room.results?.fresh ? "" : room.session;
    if (joined && status === "live" && room.session !== joined) tidyAddress(["session"]);
    if (own === written) return;
    written = own;
    memory.setSession(project, room.version, own);
  });

  const sharing = sharingOf({
    connection,
    workspace,
    project,
    signedIn: (boot.person?.id ?? "") !== "",
  });
  const title = snapshot.app?.title;
  if (title) document.title = title;
  const page = (
    <StrictMode>
      <Page
        boot={boot}
        connection={connection}
        sharing={sharing}
        own={remembered !== "" || carry !== null || (joined !== "" && snapshot.session !== joined)}
      />
    </StrictMode>
  );
  flushSync(() => createRoot(root).render(page));
  tidyAddress(embed ? [...boot.parameters, "pass"] : boot.parameters);
  const shown = root.querySelector<HTMLElement>("[data-app]");
  if (embed && shown) speakWithHost(connection, embed.origins, shown);
}

/** A past run: a page without a session. Its socket is there for the pages of its tables. */
function showPast(boot: AppBoot, past: PastRun, root: HTMLElement): void {
  const { snapshot, project } = boot;
  const room = { room: "run", project, run: past.run } as const;
  const connection = new RoomConnection({ room, session: "", initial: snapshot });
  connection.start();
  document.title = `${snapshot.app?.title ?? ""} – past run`;
  flushSync(() =>
    createRoot(root).render(
      <StrictMode>
        <PastPage boot={boot} past={past} connection={connection} />
      </StrictMode>,
    ),
  );
}

function PastPage(props: {
  readonly boot: AppBoot;
  readonly past: PastRun;
  readonly connection: RoomConnection;
}): ReactNode {
  const { boot, past, connection } = props;
  const state = useRoom(connection);
  const actions = useMemo(
    () => ({
      ...actionsOf(connection, () => undefined),
      downloadTable: downloadOf(connection, boot.project),
    }),
    [connection, boot.project],
  );
  return (
    <AppPage
      state={state}
      actions={actions}
      project={boot.project}
      past={past}
      editUrl={boot.can_edit ? `/${boot.workspace}/project/${boot.project}/logic` : ""}
    />
  );
}

interface PageProps {
  readonly boot: AppBoot;
  readonly connection: RoomConnection;
  readonly sharing: Sharing;
  /** Another session than the one that the page came with is on its way. */
  readonly own: boolean;
}

function Page({ boot, connection, sharing, own }: PageProps): ReactNode {
  const state = useRoom(connection);
  const [refused, setRefused] = useState("");
  const [earlier, setEarlier] = useState(boot.earlier);
  const actions = useMemo(() => actionsOf(connection, setRefused, boot.project), [connection, boot.project]);
  const leave = async (): Promise<void> => {
    try {
      await sharing.leave();
    } catch (error) {
      setRefused(error instanceof Error ? error.message : String(error));
    }
  };
  return (
    <AppPage
      state={state}
      actions={actions}
      project={boot.project}
      notices={boot.notices}
      framed={boot.embed !== null}
      locked={boot.embed?.locked ?? []}
      hideResults={own && state.status === "connecting" && !state.lived}
      editUrl={boot.can_edit ? `/${boot.workspace}/project/${boot.project}/logic` : ""}
      {...(boot.embed ? {} : { sharing })}
      earlier={earlier}
      onContinue={() => {
        if (earlier) connection.enter(earlier.session);
        setEarlier(null);
      }}
      onShowResults={() => connection.enter("")}
      onReload={() => void leave()}
      onLeave={() => void leave()}
      refused={refused}
      onDismissRefusal={() => setRefused("")}
    />
  );
}

const boot = document.getElementById("boot")?.textContent;
const root = document.getElementById("root");
if (boot && root) {
  const carried = parseExactly(boot) as AppBoot | EmbedDoor | Handover;
  if ("handover" in carried) {
    handOver(carried.handover);
    createRoot(root).render(<HandedOver />);
  } else if ("door" in carried) {
    createRoot(root).render(<Door boot={carried} />);
  } else {
    begin(carried, root);
  }
}
