// The published app as a page: a bar, the author's tabs and rows, notices. The publish dialog shows this very page
// (`embedded`), so that a preview cannot look different from what it becomes.
//
// State from the server comes as props; the page's own state is which tab is open and what was dismissed.

import { memo, useId, useMemo, useRef, useState, type KeyboardEvent, type ReactNode } from "react";

import type { RoomState } from "../net/socket";
import type { AppView, EarlierSession, Member, Notice, PastRun } from "../wire";
import type { AppActions } from "./actions";
import styles from "./AppPage.module.css";
import { Bar } from "./Bar";
import { Heights } from "./heights";
import { useNarrow, useRecent } from "./hooks";
import { InputChips } from "./InputChips";
import { cellsOf, inputsOf, rowsOf, withoutInputs, type DrawnRow, type Group } from "./layout";
import { Notices } from "./Notices";
import { InputPart, Part } from "./Part";
import { Past } from "./Past";
import type { Sharing } from "./sharing";
import { appState, goesOn, gone } from "./state";

export interface AppPageProps {
  readonly state: RoomState;
  readonly actions: AppActions;
  /** For remembered heights: the project's id. */
  readonly project: string;
  /** Inside another page: no bar of its own. */
  readonly embedded?: boolean;
  /** In a frame of another site's page: no chrome, but what is going on. */
  readonly framed?: boolean;
  /** Inputs that whoever made this embed has set for good. */
  readonly locked?: readonly string[];
  /** True while the tab's own session is on its way: published results would flash by. */
  readonly hideResults?: boolean;
  /** Notices that the page itself came with. */
  readonly notices?: readonly Notice[];
  /** Where the logic is edited; "" = not by this person. */
  readonly editUrl?: string;
  /** The links that this page gives out; absent where it gives none. */
  readonly sharing?: Sharing;
  /** Out of a live session, into one of one's own. */
  readonly onLeave?: () => void;
  /** A session that this person left a while ago. */
  readonly earlier?: EarlierSession | null;
  readonly onContinue?: () => void;
  /** The page of a past run: it shows and changes nothing. */
  readonly past?: PastRun | null;
  /** Show the newer published results. */
  readonly onShowResults?: () => void;
  /** Reload on the newest version, keeping the inputs. */
  readonly onReload?: () => void;
  /** What the server refused last; "" = nothing. */
  readonly refused?: string;
  readonly onDismissRefusal?: () => void;
}

/** Narrower than this the app is one column. */
const NARROW = 720;
/** As many inputs as fit above the results of a phone without hiding them. */
const INLINE_INPUTS = 2;

export function AppPage(props: AppPageProps): ReactNode {
  const { state, actions, project, framed = false, hideResults = false } = props;
  const embedded = props.embedded || framed;
  const { room } = state;
  const page = useRef<HTMLElement>(null);
  const narrow = useNarrow(page, NARROW);
  const heights = useMemo(() => new Heights(project), [project]);
  const app = room?.app ?? null;
  const shown = hideResults ? "starting" : appState(state);
  return (
    <main
      ref={page}
      className={styles.page}
      data-app
      data-app-state={shown}
      data-version={room?.version ?? undefined}
      data-session={room?.session || undefined}
      data-embedded={embedded || undefined}
      data-framed={framed || undefined}
      data-narrow={narrow || undefined}
    >
      <Bar {...props} app={app} shown={shown} embedded={embedded} />
      {props.past && <Past past={props.past} project={project} appUrl={latestOf(location.pathname)} />}
      <Notices {...props} shown={shown} />
      {gone(state) && <Gone sentence={state.ended?.sentence ?? ""} url={props.sharing?.url ?? ""} />}
      {app && !gone(state) && (
        <Content
          app={app}
          state={state}
          actions={actions}
          heights={heights}
          still={Boolean(props.past)}
          narrow={narrow}
          hidden={hideResults}
          locked={props.locked ?? NONE}
        />
      )}
    </main>
  );
}

/** A live session's address after its end. */
function Gone({ sentence, url }: { readonly sentence: string; readonly url: string }): ReactNode {
  return (
    <section className={styles.gone} aria-label="This live session has ended">
      <h2>{sentence || "This live session has ended."}</h2>
      <p>Its link leads nowhere any more. The app itself is still there.</p>
      {url && (
        <a className={styles.open} href={url}>
          Open the app
        </a>
      )}
    </section>
  );
}

interface ContentProps {
  readonly app: AppView;
  readonly state: RoomState;
  readonly actions: AppActions;
  readonly heights: Heights;
  readonly narrow: boolean;
  /** Nothing can be set or run. */
  readonly still: boolean;
  readonly hidden: boolean;
  readonly locked: readonly string[];
}

const NONE: readonly string[] = [];

function Content({ app, state, actions, heights, narrow, still, hidden, locked }: ContentProps): ReactNode {
  const [tab, setTab] = useState(0);
  const id = useId();
  const cells = useMemo(() => cellsOf(app), [app]);
  const tabs = useMemo(() => app.layout.tabs.map((one) => rowsOf(one, cells)), [app.layout.tabs, cells]);
  const at = Math.min(tab, tabs.length - 1);
  const rows = tabs[at] ?? [];
  const several = app.layout.tabs.length > 1;
  const body = (
    <Rows
      rows={rows}
      app={app}
      state={state}
      actions={actions}
      heights={heights}
      narrow={narrow}
      still={still}
      locked={locked}
    />
  );
  return (
    <>
      {several && <TabList id={id} names={app.layout.tabs.map(({ name }) => name)} at={at} choose={setTab} />}
      <div
        className={styles.content}
        data-full={app.layout.full_width || undefined}
        data-hidden={hidden || undefined}
        {...(several ? { role: "tabpanel", id: `${id}-panel`, "aria-labelledby": `${id}-tab-${at}` } : {})}
      >
        {app.description && at === 0 && <p className={styles.description}>{app.description}</p>}
        {body}
        {app.cells.length === 0 && (
          <p className={styles.description}>This app has no cells on its page yet.</p>
        )}
      </div>
    </>
  );
}

function TabList(props: {
  readonly id: string;
  readonly names: readonly string[];
  readonly at: number;
  readonly choose: (at: number) => void;
}): ReactNode {
  const { id, names, at, choose } = props;
  const move = (event: KeyboardEvent<HTMLDivElement>): void => {
    const last = names.length - 1;
    const to = {
      ArrowRight: at === last ? 0 : at + 1,
      ArrowLeft: at === 0 ? last : at - 1,
      Home: 0,
      End: last,
    }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    choose(to);
    event.currentTarget.querySelectorAll("button")[to]?.focus();
  };
  return (
    <div className={styles.tabs} role="tablist" aria-label="Tabs of the app" tabIndex={-1} onKeyDown={move}>
      {names.map((name, i) => (
        <button
          // Tabs may share a name; their place is what they are.
          // oxlint-disable-next-line react/no-array-index-key
          key={i}
          type="button"
          role="tab"
          id={`${id}-tab-${i}`}
          aria-selected={i === at}
          aria-controls={`${id}-panel`}
          tabIndex={i === at ? 0 : -1}
          onClick={() => choose(i)}
        >
          {name || `Tab ${i + 1}`}
        </button>
      ))}
    </div>
  );
}

interface RowsProps extends Omit<ContentProps, "hidden"> {
  readonly rows: readonly DrawnRow[];
}

const Rows = memo(function Rows(props: RowsProps): ReactNode {
  const { rows, app, state, actions, heights, narrow, still, locked } = props;
  const inputs = useMemo(() => inputsOf(rows), [rows]);
  const chips = narrow && inputs.length > INLINE_INPUTS;
  const drawn = useMemo(() => (chips ? withoutInputs(rows) : rows), [chips, rows]);
  const parts = (group: Group): ReactNode =>
    group.parts.map(({ cell, element }) =>
      cell.input ? (
        <OneInput key={cell.id} cell={cell} state={state} actions={actions} still={still} locked={locked} />
      ) : (
        <Part
          key={cell.id}
          cell={cell}
          element={element}
          run={state.room?.cells[cell.id]}
          actions={actions}
          heights={heights}
          still={still}
          expecting={state.status !== "ended" && state.room?.kernel.state !== "dead"}
          waitsFor={
            app.cells.find((other) => other.id === state.room?.cells[cell.id]?.waits_for)?.label ?? ""
          }
        />
      ),
    );
  return (
    <>
      {chips && (
        <InputChips inputs={inputs} values={state.room?.inputs ?? {}}>
          {inputs.map(({ cell }) => (
            <OneInput
              key={cell.id}
              cell={cell}
              state={state}
              actions={actions}
              still={still}
              locked={locked}
            />
          ))}
        </InputChips>
      )}
      {drawn.map((row, r) =>
        row.columns.length === 0 ? null : (
          // The rows of a layout have no identity but their place.
          // oxlint-disable-next-line react/no-array-index-key
          <div key={r} className={styles.row} data-figures={row.figures || undefined}>
            {row.columns.map((column, c) => (
              <div
                // oxlint-disable-next-line react/no-array-index-key
                key={c}
                className={styles.column}
                data-figure={column.figure || undefined}
                data-inputs={(column.inputs && row.columns.length > 1) || undefined}
                style={narrow ? undefined : { gridColumn: `${column.start + 1} / ${column.end + 1}` }}
              >
                {column.groups.map((group, g) => (
                  // oxlint-disable-next-line react/no-array-index-key
                  <div key={g} className={styles.group} data-group={group.kind}>
                    {parts(group)}
                  </div>
                ))}
              </div>
            ))}
          </div>
        ),
      )}
    </>
  );
});

function OneInput(
  props: Pick<RowsProps, "state" | "actions" | "still" | "locked"> & {
    readonly cell: AppView["cells"][number];
  },
): ReactNode {
  const { cell, state, actions, still, locked } = props;
  const { room } = state;
  const name = cell.input?.name ?? "";
  const by = room?.setBy[name];
  const recent = useRecent(by, SET_BY_STAYS);
  return (
    <InputPart
      cell={cell}
      run={room?.cells[cell.id]}
      value={room?.inputs[name]}
      waiting={room?.waiting.includes(name) ?? false}
      refusal={state.refusals[name] ?? ""}
      unsent={state.status === "offline" && state.pending.has(name)}
      setBy={recent ? otherMember(room?.members ?? [], by?.name ?? "") : null}
      disabled={still || locked.includes(name) || (state.status === "ended" && !goesOn(state))}
      actions={actions}
    />
  );
}

/** The published app's address, from that of a page below it. */
function latestOf(pathname: string): string {
  return pathname.replace(/\/runs\/[^/]*\/?$/, "/latest");
}

/** How long the page says who set an input. */
const SET_BY_STAYS = 6_000;

/** The member of this name where it is another than oneself; one who has gone since is still named. */
function otherMember(members: readonly Member[], name: string): Pick<Member, "name" | "color"> | null {
  if (!name || members.some((member) => member.you && member.name === name)) return null;
  return members.find((member) => member.name === name) ?? { name, color: 1 };
}
