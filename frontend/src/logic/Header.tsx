// The bar above the notebook: what it is called, who is here, running, sharing, publishing.

import { useEffect, useRef, useState } from "react";

import type { RoomState } from "../net/socket";
import type { PageLink } from "../core/pages";
import type { Room } from "../core/room";
import { AvatarStack } from "../ui/Avatars";
import { Button, IconButton, SplitButton } from "../ui/Button";
import { Mark } from "../ui/Icon";
import { Menu, MenuItem, MenuSeparator } from "../ui/Menu";
import { MOD } from "../ui/Kbd";
import { NavTabs } from "../ui/Tabs";
import { StateMark } from "../ui/State";
import { Elapsed } from "./CellView";
import styles from "./Header.module.css";
import { useNotebook } from "./notebook";

export interface HeaderProps {
  readonly room: Room;
  readonly status: RoomState["status"];
  readonly links: readonly PageLink[];
  readonly onShare: () => void;
  readonly onPublish: () => void;
  readonly onPalette: () => void;
  /** Where the panel beside the notebook has no room. */
  readonly onVariables: () => void;
  readonly versionsUrl: string;
  readonly project: ProjectActs;
}

/** What the menu beside the title offers. */
export interface ProjectActs {
  readonly settings: () => void;
  readonly files: () => void;
  readonly secrets: () => void;
  readonly exportAs: (format: "yaml" | "ipynb") => void;
  readonly help: () => void;
}

export function Header(props: HeaderProps) {
  const { room, status, links, versionsUrl, project, onShare, onPublish, onPalette, onVariables } = props;
  const notebook = useNotebook();
  const { document, publishing, run, members } = room;
  const { canEdit } = notebook;
  const running = run?.status === "running";
  const others = members.filter((member) => !member.you);
  return (
    <>
      <header className={styles.bar}>
        <a href="/" className={styles.home} aria-label="Home">
          <Mark />
        </a>
        <Title title={document?.title ?? ""} editable={canEdit} />
        <Menu
          label="Project"
          placement="bottom start"
          button={<IconButton label="Project menu" icon="down" small className={styles.menu} />}
        >
          <MenuItem icon="settings" onAction={project.settings}>
            Project settings
          </MenuItem>
          <MenuItem icon="table" onAction={project.files}>
            Files
          </MenuItem>
          {canEdit && (
            <MenuItem icon="key" onAction={project.secrets}>
              Secrets
            </MenuItem>
          )}
          <MenuItem icon="versions" href={versionsUrl}>
            Versions
          </MenuItem>
          <MenuSeparator />
          <MenuItem icon="download" onAction={() => project.exportAs("yaml")}>
            Export project file
          </MenuItem>
          <MenuItem icon="download" onAction={() => project.exportAs("ipynb")}>
            Export as .ipynb
          </MenuItem>
          <MenuSeparator />
          <MenuItem keys="?" onAction={project.help}>
            Keys
          </MenuItem>
        </Menu>
        {status === "offline" && (
          <StateMark tone="warn" shape="offline">
            Offline. What you type is kept.
          </StateMark>
        )}
        <NavTabs label="Project" className={styles.tabs} links={links} />
        <span className={styles.grow} />
        <AvatarStack people={others.length ? members : []} />
        {canEdit && (
          <span className={styles.wide}>
            {running && run ? (
              <Button small icon="stop" onPress={() => notebook.do({ do: "interrupt" })}>
                Interrupt
                <span className={styles.progress}>
                  cell {Math.min(run.finished + 1, run.planned.length)} of {run.planned.length} ·{" "}
                  <Elapsed since={run.started_at} />
                </span>
              </Button>
            ) : (
              <SplitButton>
                <Button small icon="refresh" onPress={() => notebook.do({ do: "restart_and_run_all" })}>
                  Restart &amp; run all
                </Button>
                <Menu
                  label="Other ways to run"
                  button={<IconButton small variant="plain" label="Other ways to run" icon="down" />}
                >
                  <MenuItem icon="play" onAction={() => notebook.do({ do: "run_all" })}>
                    Run all
                  </MenuItem>
                  <MenuItem icon="stop" keys="I I" onAction={() => notebook.do({ do: "interrupt" })}>
                    Interrupt
                  </MenuItem>
                  <MenuItem onAction={() => notebook.do({ do: "stop_kernel" })}>Stop kernel</MenuItem>
                  <MenuItem onAction={() => notebook.do({ do: "clear_outputs", cells: [] })}>
                    Clear outputs
                  </MenuItem>
                </Menu>
              </SplitButton>
            )}
          </span>
        )}
        <span className={styles.wide}>
          {canEdit && (
            <Button small onPress={onShare}>
              Share
            </Button>
          )}
        </span>
        <span className={styles.narrow}>
          <Menu label="More" button={<IconButton label="More" icon="dots" />}>
            {canEdit && (
              <>
                <MenuItem icon="refresh" onAction={() => notebook.do({ do: "restart_and_run_all" })}>
                  Restart & run all
                </MenuItem>
                <MenuItem icon="play" onAction={() => notebook.do({ do: "run_all" })}>
                  Run all
                </MenuItem>
                <MenuItem icon="stop" onAction={() => notebook.do({ do: "interrupt" })}>
                  Interrupt
                </MenuItem>
                <MenuSeparator />
                <MenuItem icon="people" onAction={onShare}>
                  Share
                </MenuItem>
              </>
            )}
            <MenuItem icon="value" onAction={onVariables}>
              Variables and kernel
            </MenuItem>
            <MenuItem icon="search" keys={`${MOD}K`} onAction={onPalette}>
              Commands
            </MenuItem>
          </Menu>
        </span>
        {canEdit && publishing?.unpublished_changes && (
          <Button variant="primary" small className={styles.publish} onPress={onPublish}>
            Publish
          </Button>
        )}
      </header>
      <NavTabs label="Project" className={styles.tabRow} links={links} />
    </>
  );
}

function Title({ title, editable }: { readonly title: string; readonly editable: boolean }) {
  const notebook = useNotebook();
  const [text, setText] = useState(title);
  const focused = useRef(false);
  useEffect(() => {
    if (!focused.current) setText(title);
    globalThis.document.title = `${title} – Vernissage`;
  }, [title]);
  if (!editable) return <h1 className={styles.title}>{title}</h1>;
  return (
    <h1 className={styles.heading}>
      <input
        className={styles.title}
        aria-label="Project title"
        value={text}
        maxLength={200}
        onFocus={() => {
          focused.current = true;
        }}
        onChange={(event) => setText(event.currentTarget.value)}
        onBlur={() => {
          focused.current = false;
          if (text.trim() && text !== title) notebook.do({ do: "set_title", title: text });
          else setText(title);
        }}
        onKeyDown={(event) => {
          if (event.key === "Enter") event.currentTarget.blur();
          if (event.key === "Escape") setText(title);
        }}
      />
    </h1>
  );
}
