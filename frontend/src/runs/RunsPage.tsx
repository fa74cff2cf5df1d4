// The run log of a project: what ran, when, why, with what, and how it ended. A run opens beside the list with the
// states of its cells and what they printed; the app as it left it is a page of its own.
//
// The list and the open run look again by themselves, often while something goes on.

import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState, type ReactNode } from "react";

import { secondsText } from "../app/state";
import { CellOutput } from "../cells/CellOutput";
import { projectPages } from "../core/pages";
import { del, get, post } from "../net/api";
import { Deliveries } from "../schedules/notifications/Deliveries";
import { isOnItsWay } from "../schedules/notifications/notifications";
import { Ago } from "../ui/Ago";
import { Button, ButtonLink } from "../ui/Button";
import { Select } from "../ui/Field";
import { ProjectBar } from "../ui/ProjectBar";
import { Spinner } from "../ui/Spinner";
import { Banner, EmptyState, FramePicture, StateMark } from "../ui/State";
import { Toasts, useSay } from "../ui/Toast";
import type { CellResult, ProjectBody, RunBody, RunList } from "../wire";
import {
  cellMark,
  durationOf,
  filtersOf,
  goesOn,
  inputsText,
  searchOf,
  statusMark,
  STATUSES,
  triggerName,
  TRIGGERS,
  type Filters,
} from "./runs";
import styles from "./RunsPage.module.css";

const A_PAGE = 30;
/** Milliseconds between two looks: while something goes on, and else. */
const SOON = 1_000;
const LATER = 10_000;

export interface RunsPageProps {
  readonly workspace: string;
  readonly project: string;
}

export function RunsPage(props: RunsPageProps) {
  return (
    <Toasts>
      <Log key={props.project} {...props} />
    </Toasts>
  );
}

function Log({ workspace, project }: RunsPageProps) {
  const [filters, setFilters] = useState<Filters>(() => filtersOf(location.search));
  const [chosen, setChosen] = useState(() => location.hash.slice(1));
  const about = useQuery({
    queryKey: ["project", project],
    queryFn: () => get<ProjectBody>(`/projects/${project}`),
  });
  const list = useInfiniteQuery({
    queryKey: ["runs", project, filters],
    queryFn: ({ pageParam }) =>
      get<RunList>(`/projects/${project}/runs`, {
        query: {
          limit: A_PAGE,
          offset: pageParam,
          runTriggerFilter: filters.trigger,
          statusFilter: filters.status === "ALL" ? undefined : filters.status,
        },
      }),
    initialPageParam: 0,
    getNextPageParam: (last, pages) => (last.nextPage ? pages.length * A_PAGE : undefined),
    refetchInterval: ({ state }) => (state.data?.pages.some(({ runs }) => runs.some(goesOn)) ? SOON : LATER),
  });
  const title = about.data?.title ?? "";
  useEffect(() => {
    if (title) document.title = `Runs of ${title} – Vernissage`;
  }, [title]);

  useEffect(() => {
    const follow = (): void => setChosen(location.hash.slice(1));
    window.addEventListener("hashchange", follow);
    return () => window.removeEventListener("hashchange", follow);
  }, []);

  const filter = (change: Partial<Filters>): void => {
    const next = { ...filters, ...change };
    setFilters(next);
    history.replaceState(history.state, "", `${location.pathname}${searchOf(next)}${location.hash}`);
  };
  const choose = (run: string): void => {
    setChosen(run);
    history.replaceState(history.state, "", `${location.pathname}${location.search}${run ? `#${run}` : ""}`);
  };
  const labels = new Map(about.data?.inputs.map(({ name, label }) => [name, label]));
  const runs = list.data?.pages.flatMap((page) => page.runs) ?? [];
  const filtered = filters.trigger !== "ALL" || filters.status !== "ALL";
  const published = about.data?.publishedVersion ?? null;
  return (
    <>
      <ProjectBar title={title} links={projectPages(workspace, project, "Runs", published !== null)} />
      <main className={styles.page} data-open={chosen !== "" || undefined}>
        <section className={styles.log} aria-label="Runs">
          <div className={styles.filters}>
            <Select
              label="Trigger"
              hideLabel
              small
              options={TRIGGERS}
              selected={filters.trigger}
              onSelect={(trigger) => filter({ trigger })}
            />
            <Select
              label="Status"
              hideLabel
              small
              options={STATUSES}
              selected={filters.status}
              onSelect={(status) => filter({ status })}
            />
            {list.isFetching && !list.isPending && <Spinner />}
          </div>
          {list.isError && (
            <Banner
              tone="error"
              icon="error"
              action={
                <Button small onPress={() => void list.refetch()}>
                  Try again
                </Button>
              }
            >
              {list.error.message}
            </Banner>
          )}
          {list.isPending && (
            <p className={styles.wait}>
              <Spinner /> Loading the runs
            </p>
          )}
          {list.isSuccess && runs.length === 0 && (
            <Nothing filtered={filtered} onClear={() => filter(NONE)} />
          )}
          {runs.length > 0 && (
            <ol className={styles.runs}>
              {runs.map((run) => (
                <Entry
                  key={run.runId}
                  run={run}
                  inputs={inputsText(run.inputParams, labels)}
                  chosen={run.runId === chosen}
                  onChoose={() => choose(run.runId === chosen ? "" : run.runId)}
                />
              ))}
            </ol>
          )}
          {list.hasNextPage && (
            <p className={styles.more}>
              <Button small busy={list.isFetchingNextPage} onPress={() => void list.fetchNextPage()}>
                Older runs
              </Button>
            </p>
          )}
        </section>
        {chosen && (
          <Detail
            key={chosen}
            project={project}
            run={chosen}
            labels={labels}
            canEdit={about.data?.access === "CAN_EDIT" || about.data?.access === "FULL_ACCESS"}
            onClose={() => choose("")}
          />
        )}
      </main>
    </>
  );
}

const NONE: Filters = { trigger: "ALL", status: "ALL" };

function Nothing({ filtered, onClear }: { readonly filtered: boolean; readonly onClear: () => void }) {
  return filtered ? (
    <EmptyState title="No run fits" action={<Button onPress={onClear}>Show every run</Button>}>
      <p>No run of this project has that trigger and status.</p>
    </EmptyState>
  ) : (
    <EmptyState title="No runs yet" picture={<FramePicture />}>
      <p>Previews, schedules, refreshes and programs that use the API leave their runs here.</p>
    </EmptyState>
  );
}

function Entry({
  run,
  inputs,
  chosen,
  onChoose,
}: {
  readonly run: RunBody;
  readonly inputs: string;
  readonly chosen: boolean;
  readonly onChoose: () => void;
}) {
  const mark = statusMark(run.status);
  const who = run.person?.name || run.person?.email || "";
  return (
    <li>
      <button
        type="button"
        className={styles.run}
        aria-expanded={chosen}
        data-status={run.status}
        data-trigger={run.runTrigger}
        onClick={onChoose}
      >
        <span className={styles.status}>
          <StateMark tone={mark.tone} shape={mark.shape}>
            {mark.words}
          </StateMark>
        </span>
        <span className={styles.why}>
          {triggerName(run.runTrigger)}
          {who && <span className={styles.who}> by {who}</span>}
        </span>
        <span className={styles.version}>
          {run.projectVersion === null ? "candidate" : `version ${run.projectVersion}`}
        </span>
        <span className={styles.inputs} title={inputs}>
          {inputs}
        </span>
        <span className={styles.took}>
          <Took run={run} />
        </span>
        <span className={styles.when}>
          <Ago at={run.startTime ?? run.createdAt} />
        </span>
      </button>
    </li>
  );
}

/** How long it took; counts up while it goes on. */
function Took({ run }: { readonly run: RunBody }) {
  const on = run.status === "RUNNING";
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (!on) return undefined;
    const timer = setInterval(() => setNow(Date.now()), 500);
    return () => clearInterval(timer);
  }, [on]);
  const took = durationOf(run, now);
  return took === null ? "" : secondsText(took / 1_000);
}

interface DetailProps {
  readonly project: string;
  readonly run: string;
  readonly labels: ReadonlyMap<string, string>;
  readonly canEdit: boolean;
  readonly onClose: () => void;
}

function Detail({ project, run, labels, canEdit, onClose }: DetailProps) {
  const say = useSay();
  const client = useQueryClient();
  const path = `/projects/${project}/runs/${run}`;
  const query = useQuery({
    queryKey: ["run", project, run],
    queryFn: () => get<RunBody>(path, { query: { outputs: true } }),
    refetchInterval: ({ state }) =>
      state.data && (goesOn(state.data) || state.data.notifications.some(isOnItsWay)) ? SOON : false,
  });
  const act = useMutation({
    mutationFn: async (what: "cancel" | "restore") => {
      await (what === "cancel" ? del(path) : post(`${path}/restore`));
      return what;
    },
    onSuccess: (what) =>
      say(what === "cancel" ? "The run was cancelled." : "These are the published results again."),
    onError: (error) => say(error.message),
    onSettled: () =>
      Promise.all([
        client.invalidateQueries({ queryKey: ["runs", project] }),
        client.invalidateQueries({ queryKey: ["run", project, run] }),
      ]),
  });
  const found = query.data;
  return (
    <section className={styles.detail} aria-label="Run">
      <Head run={found} onClose={onClose} />
      {query.isPending && (
        <p className={styles.wait}>
          <Spinner /> Loading the run
        </p>
      )}
      {query.isError && (
        <Banner tone="error" icon="error">
          {query.error.message}
        </Banner>
      )}
      {found && (
        <>
          <Facts run={found} inputs={inputsText(found.inputParams, labels)} />
          <div className={styles.acts}>
            {found.projectVersion !== null && (
              <ButtonLink small icon="external" target="_blank" href={new URL(found.runUrl).pathname}>
                Open as it looked
              </ButtonLink>
            )}
            {goesOn(found) && (
              <Button small icon="stop" busy={act.isPending} onPress={() => act.mutate("cancel")}>
                Cancel run
              </Button>
            )}
            {canEdit && found.restorable && (
              <Button small icon="versions" busy={act.isPending} onPress={() => act.mutate("restore")}>
                Restore as published results
              </Button>
            )}
          </div>
          {found.message && (
            <Banner tone="warn" icon="warn">
              {found.message}
            </Banner>
          )}
          <Deliveries deliveries={found.notifications} />
          <Cells cells={found.cells ?? []} expecting={goesOn(found)} />
        </>
      )}
    </section>
  );
}

function Head({ run, onClose }: { readonly run: RunBody | undefined; readonly onClose: () => void }) {
  const at = run ? new Date(run.startTime ?? run.createdAt) : null;
  const mark = run && statusMark(run.status);
  return (
    <div className={styles.head}>
      <h2>
        {at
          ? `Run of ${new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "short" }).format(at)}`
          : "Run"}
      </h2>
      {mark && (
        <StateMark tone={mark.tone} shape={mark.shape}>
          {mark.words}
        </StateMark>
      )}
      <span className={styles.grow} />
      <Button small variant="quiet" icon="close" aria-label="Close" onPress={onClose} />
    </div>
  );
}

function Facts({ run, inputs }: { readonly run: RunBody; readonly inputs: string }) {
  const facts: readonly (readonly [string, ReactNode])[] = [
    ["Trigger", triggerName(run.runTrigger)],
    ...(run.person ? ([["Started by", run.person.name || run.person.email]] as const) : []),
    ["Version", run.projectVersion === null ? "a candidate that has no number" : String(run.projectVersion)],
    ["Inputs", inputs || "the defaults"],
    ...(run.startTime === null ? [] : ([["Took", <Took key="took" run={run} />]] as const)),
  ];
  return (
    <dl className={styles.facts}>
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** The cells in notebook order: how each stands, and its part of the log: what it printed, and why it failed. */
function Cells({ cells, expecting }: { readonly cells: readonly CellResult[]; readonly expecting: boolean }) {
  if (cells.length === 0)
    return (
      <p className={styles.wait}>
        {expecting ? "Its cells come as soon as it starts." : "Nothing of its cells was kept."}
      </p>
    );
  return (
    <ol className={styles.cells} aria-label="Cells">
      {cells.map((cell) => {
        const mark = cellMark(cell.state);
        const log = cell.outputs.filter(({ output }) => output === "stream" || output === "error");
        return (
          <li key={cell.id} data-cell={cell.id} data-cell-state={cell.state}>
            <div className={styles.cell}>
              <StateMark tone={mark.tone} shape={mark.shape}>
                {cell.name}
              </StateMark>
              <span className={styles.took}>
                {cell.state === "done" || cell.state === "error"
                  ? cell.elapsed === null
                    ? ""
                    : secondsText(cell.elapsed)
                  : mark.words}
              </span>
            </div>
            {log.length > 0 && (
              <div className={styles.printed}>
                <CellOutput cell={cell.id} label="" outputs={log} queryTable={null} />
              </div>
            )}
          </li>
        );
      })}
    </ol>
  );
}
