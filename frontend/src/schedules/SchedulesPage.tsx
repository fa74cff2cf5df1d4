// The schedules of a project: when the published version runs by itself, and how its last runs went. One opens as a
// page of its own, with its form for those who can edit.
//
// The address carries which one is open: `#new`, or its id.

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";

import { projectPages } from "../core/pages";
import { get, request } from "../net/api";
import { useNow } from "../ui/Ago";
import { Button } from "../ui/Button";
import { Switch } from "../ui/Field";
import { Icon } from "../ui/Icon";
import { ProjectBar } from "../ui/ProjectBar";
import { Spinner } from "../ui/Spinner";
import { Banner, EmptyState, FramePicture, StateMark } from "../ui/State";
import { Toasts, useSay } from "../ui/Toast";
import type { ProjectBody, ScheduleBody, ScheduleList } from "../wire";
import { comesIn, firingsOf, runMark, runsWhat } from "./schedule";
import { ScheduleForm } from "./ScheduleForm";
import styles from "./SchedulesPage.module.css";

/** Milliseconds between two looks. */
const LOOKS = 5_000;

export interface SchedulesPageProps {
  readonly workspace: string;
  readonly project: string;
}

export function SchedulesPage(props: SchedulesPageProps) {
  return (
    <Toasts>
      <Schedules key={props.project} {...props} />
    </Toasts>
  );
}

function Schedules({ workspace, project }: SchedulesPageProps) {
  const client = useQueryClient();
  const [open, setOpen] = useState(() => location.hash.slice(1));
  useEffect(() => {
    const follow = (): void => setOpen(location.hash.slice(1));
    window.addEventListener("hashchange", follow);
    return () => window.removeEventListener("hashchange", follow);
  }, []);
  const about = useQuery({
    queryKey: ["project", project],
    queryFn: () => get<ProjectBody>(`/projects/${project}`),
  });
  const list = useQuery({
    queryKey: ["schedules", project],
    queryFn: () => get<ScheduleList>(`/projects/${project}/schedules`),
    refetchInterval: LOOKS,
  });
  const title = about.data?.title ?? "";
  useEffect(() => {
    if (title) document.title = `Schedules of ${title} – Vernissage`;
  }, [title]);
  const canEdit = about.data?.access === "CAN_EDIT" || about.data?.access === "FULL_ACCESS";
  const found = list.data?.values ?? [];
  const chosen = found.find(({ id }) => id === open);
  const look = (): Promise<void> => client.invalidateQueries({ queryKey: ["schedules", project] });
  const show = (id: string): void => {
    location.hash = id;
  };
  const published = about.data?.publishedVersion ?? null;
  return (
    <>
      <ProjectBar title={title} links={projectPages(workspace, project, "Schedules", published !== null)} />
      <main className={styles.page}>
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
            <Spinner /> Loading the schedules
          </p>
        )}
        {list.isSuccess && about.isSuccess && (chosen || (open === "new" && canEdit)) && (
          <ScheduleForm
            key={open}
            workspace={workspace}
            project={project}
            schedule={chosen ?? null}
            about={list.data}
            canEdit={canEdit}
            onChanged={look}
            onClose={() => show("")}
            onMade={(id) => show(id)}
          />
        )}
        {list.isSuccess && !chosen && open !== "new" && (
          <>
            <div className={styles.head}>
              <div>
                <h2 className={styles.heading}>Schedules</h2>
                <p className={styles.sub}>
                  {runsWhat(list.data.publishedVersion, list.data.unpublishedChanges)}
                </p>
              </div>
              {canEdit && (
                <Button variant="primary" icon="plus" onPress={() => show("new")}>
                  New schedule
                </Button>
              )}
            </div>
            {found.length === 0 ? (
              <EmptyState title="No schedules yet" picture={<FramePicture />}>
                <p>
                  A schedule runs the published version by itself, keeps its results fresh, and can tell
                  people how it went.
                </p>
              </EmptyState>
            ) : (
              <ul className={styles.list}>
                {found.map((one) => (
                  <Line
                    key={one.id}
                    project={project}
                    schedule={one}
                    waits={list.data.publishedVersion === null}
                    canEdit={canEdit}
                    onChanged={look}
                  />
                ))}
              </ul>
            )}
          </>
        )}
      </main>
    </>
  );
}

function Line({
  project,
  schedule,
  waits,
  canEdit,
  onChanged,
}: {
  readonly project: string;
  readonly schedule: ScheduleBody;
  readonly waits: boolean;
  readonly canEdit: boolean;
  readonly onChanged: () => Promise<void>;
}) {
  const now = useNow();
  const say = useSay();
  const turn = useMutation({
    mutationFn: (enabled: boolean) =>
      request<ScheduleBody>("PATCH", `/projects/${project}/schedules/${schedule.id}`, { body: { enabled } }),
    onSuccess: onChanged,
    onError: (error) => say(error.message),
  });
  const [next] = firingsOf(schedule.nextRuns.slice(0, 1), schedule.timezone, now);
  const last = schedule.lastRuns[0];
  const mark = last && runMark(last);
  return (
    <li className={styles.line} data-schedule={schedule.id}>
      <a className={styles.link} href={`#${schedule.id}`}>
        <span className={styles.name}>{schedule.name || schedule.words}</span>
        {schedule.name && <span className={styles.words}>{schedule.words}</span>}
      </a>
      <span className={styles.next}>
        {schedule.flagged !== null ? (
          <StateMark tone="warn" shape="warn">
            Does not run: {schedule.flagged}
          </StateMark>
        ) : !next ? (
          "Paused"
        ) : waits ? (
          "Waits for a publish"
        ) : (
          <time dateTime={next.iso}>
            {next.day}, {next.time} ({comesIn(next.iso, now)})
          </time>
        )}
      </span>
      <span className={styles.last}>
        {mark && (
          <StateMark tone={mark.tone} shape={mark.shape}>
            {mark.words}
          </StateMark>
        )}
      </span>
      {canEdit ? (
        <Switch isSelected={schedule.enabled} isDisabled={turn.isPending} onChange={(on) => turn.mutate(on)}>
          <span className={styles.hidden}>{schedule.name || schedule.words}: </span>Enabled
        </Switch>
      ) : (
        <Icon name={schedule.enabled ? "check" : "dash"} />
      )}
    </li>
  );
}
