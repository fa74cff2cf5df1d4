// Home: the projects that one may see, what state they are in, and the ways to a new one.

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { lazy, Suspense, useId, useRef, useState, type DragEvent, type ReactNode } from "react";

import { get, post, del, requestText } from "../net/api";
import { Ago } from "../ui/Ago";
import { Button, ButtonLink, IconButton } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { download, slug } from "../ui/download";
import { Icon } from "../ui/Icon";
import { Menu, MenuItem, MenuSeparator } from "../ui/Menu";
import { Banner, EmptyState, FramePicture, StateMark } from "../ui/State";
import { Toasts, useSay } from "../ui/Toast";
import type { EditorBoot, NewProject, Person, ProjectBody, ProjectLines, ProjectList } from "../wire";
import styles from "./HomePage.module.css";
import { Requests } from "./Requests";
import { TopBar } from "./TopBar";

const ShareDialog = lazy(() =>
  import("../share/ShareDialog").then((module) => ({ default: module.ShareDialog })),
);

const PROJECTS = ["projects"] as const;
const TRASH = ["trash"] as const;
/** What the server reads: own project files and Jupyter's notebooks. */
const ACCEPTED = ".yaml,.yml,.ipynb";

export function HomePage({ boot, person }: { readonly boot: EditorBoot; readonly person: Person }) {
  return (
    <Toasts>
      <TopBar boot={boot} person={person} />
      <Projects person={person} />
    </Toasts>
  );
}

function Projects({ person }: { readonly person: Person }) {
  const projects = useQuery({ queryKey: PROJECTS, queryFn: () => get<ProjectList>("/projects") });
  const [dropping, setDropping] = useState(false);
  const [trouble, setTrouble] = useState("");
  const file = useRef<HTMLInputElement>(null);
  const id = useId();
  const mayCreate = person.role === "admin" || person.role === "editor";
  const create = useMutation({
    mutationFn: () => post<ProjectBody>("/projects", { title: "Untitled" } satisfies NewProject),
    onSuccess: (project) => location.assign(project.logicUrl),
    onError: (error) => setTrouble(error.message),
  });
  const importing = useMutation({
    mutationFn: async (chosen: File) =>
      post<ProjectBody>("/projects/import", await chosen.text(), {
        query: { name: chosen.name },
        headers: { "Content-Type": "text/plain; charset=utf-8" },
      }),
    onSuccess: (project) => location.assign(project.logicUrl),
    onError: (error) =>
      setTrouble("hint" in error && error.hint ? `${error.message} ${String(error.hint)}` : error.message),
  });
  const take = (chosen: File | undefined): void => {
    setTrouble("");
    if (chosen) importing.mutate(chosen);
  };
  const choose = (): void => file.current?.click();
  const drop = {
    onDragOver: (event: DragEvent): void => {
      if (!mayCreate || !event.dataTransfer.types.includes("Files")) return;
      event.preventDefault();
      setDropping(true);
    },
    onDragLeave: (event: DragEvent): void => {
      if (!(event.relatedTarget instanceof Node && event.currentTarget.contains(event.relatedTarget)))
        setDropping(false);
    },
    onDrop: (event: DragEvent): void => {
      event.preventDefault();
      setDropping(false);
      take(event.dataTransfer.files[0]);
    },
  };
  const values = projects.data?.values;
  const empty = values?.length === 0;
  return (
    <main className={styles.page} data-dropping={dropping || undefined} {...drop}>
      <input
        ref={file}
        id={id}
        type="file"
        accept={ACCEPTED}
        hidden
        onChange={(event) => take(event.currentTarget.files?.[0])}
      />
      {!empty && (
        <div className={styles.head}>
          <h1 className={styles.title}>Projects</h1>
          <span className={styles.grow} />
          {mayCreate && (
            <>
              <Button icon="upload" busy={importing.isPending} onPress={choose} className={styles.import}>
                Import file
              </Button>
              <Button variant="primary" icon="plus" busy={create.isPending} onPress={() => create.mutate()}>
                New project
              </Button>
            </>
          )}
        </div>
      )}
      {trouble && (
        <div className={styles.trouble}>
          <Banner
            tone="error"
            icon="error"
            action={
              <Button small variant="quiet" onPress={() => setTrouble("")}>
                Dismiss
              </Button>
            }
          >
            {trouble}
          </Banner>
        </div>
      )}
      {projects.isError && (
        <Banner
          tone="error"
          icon="error"
          action={
            <Button small onPress={() => void projects.refetch()}>
              Try again
            </Button>
          }
        >
          {projects.error.message}
        </Banner>
      )}
      {empty && (
        <EmptyState
          title={mayCreate ? "Hang your first picture" : "Nothing is shared with you yet"}
          picture={<FramePicture />}
        >
          <p className={styles.emptyText}>
            {mayCreate
              ? "A project holds a notebook and the app made from it. Nothing is visible to others until you publish."
              : "When somebody shares an app with you, it is found here."}
          </p>
          {mayCreate && (
            <div className={styles.ways}>
              <button type="button" className={styles.way} onClick={() => create.mutate()}>
                <Icon name="plus" />
                <b>Create your first project</b>
                <span>Start with an empty notebook.</span>
              </button>
              <button type="button" className={styles.way} onClick={choose}>
                <Icon name="upload" />
                <b>Import file</b>
                <span>A project file (.vernissage.yaml) or a notebook (.ipynb). Or drop one here.</span>
              </button>
            </div>
          )}
        </EmptyState>
      )}
      <Requests />
      {values && values.length > 0 && <List projects={values} />}
      <Trash />
      {dropping && <div className={styles.dropHint}>Drop the file to import it</div>}
    </main>
  );
}

function List({ projects }: { readonly projects: readonly ProjectBody[] }) {
  return (
    <>
      <div className={styles.columns} aria-hidden="true">
        <span>Name</span>
        <span>Status</span>
        <span>Last edited</span>
        <span>Last runs</span>
        <span />
      </div>
      <ul className={styles.list} aria-label="Projects">
        {projects.map((project) => (
          <Row key={project.id} project={project} />
        ))}
      </ul>
    </>
  );
}

/** What was put into the trash within 30 days, to be opened again. */
function Trash() {
  const say = useSay();
  const client = useQueryClient();
  const trash = useQuery({ queryKey: TRASH, queryFn: () => get<ProjectLines>("/trash") });
  const restore = useMutation({
    mutationFn: (id: string) => post<ProjectBody>(`/projects/${id}/restore`),
    onSuccess: (project) => {
      void client.invalidateQueries({ queryKey: TRASH });
      void client.invalidateQueries({ queryKey: PROJECTS });
      say(`${project.title} is out of the trash.`);
    },
    onError: (error) => say({ text: error.message, tone: "error" }),
  });
  const values = trash.data?.values ?? [];
  if (values.length === 0) return null;
  return (
    <details className={styles.trash}>
      <summary>
        <Icon name="right" small className={styles.turn} />
        Trash <span className={styles.count}>{values.length}</span>
      </summary>
      <ul aria-label="Trash">
        {values.map((project) => (
          <li key={project.id} className={styles.trashed}>
            <span className={styles.name}>{project.title}</span>
            <span className={styles.by}>
              Put here <Ago at={project.trashedAt} />, kept for 30 days
            </span>
            <Button
              small
              aria-label={`Open ${project.title} again`}
              busy={restore.isPending && restore.variables === project.id}
              onPress={() => restore.mutate(project.id)}
            >
              Open again
            </Button>
          </li>
        ))}
      </ul>
    </details>
  );
}

function Row({ project }: { readonly project: ProjectBody }) {
  const say = useSay();
  const client = useQueryClient();
  const [open, setOpen] = useState<"" | "trash" | "share">("");
  const { id, title, access, appUrl, logicUrl, publishedVersion: version } = project;
  const mayView = access !== "APP_ONLY";
  const mayEdit = access === "CAN_EDIT" || access === "FULL_ACCESS";
  const trash = useMutation({
    mutationFn: () => del(`/projects/${id}`),
    onSuccess: () => {
      client.setQueryData<ProjectList>(
        PROJECTS,
        (list) => list && { ...list, values: list.values.filter((other) => other.id !== id) },
      );
      void client.invalidateQueries({ queryKey: TRASH });
      say({
        text: `Moved ${title} to the trash. It stays there for 30 days.`,
        action: { name: "Undo", run: () => restore.mutate() },
      });
    },
    onError: (error) => say({ text: error.message, tone: "error" }),
  });
  const restore = useMutation({
    mutationFn: () => post(`/projects/${id}/restore`),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: TRASH });
      void client.invalidateQueries({ queryKey: PROJECTS });
    },
    onError: (error) => say({ text: error.message, tone: "error" }),
  });
  const save = useMutation({
    mutationFn: async (format: "yaml" | "ipynb") => {
      const text = await requestText("GET", `/projects/${id}/export`, {
        query: { version: "draft", format },
        headers: { Accept: "*/*" },
      });
      download(text, format === "yaml" ? `${slug(title)}.vernissage.yaml` : `${slug(title)}.ipynb`);
    },
    onError: (error) => say({ text: error.message, tone: "error" }),
  });
  return (
    <li className={styles.row}>
      <div className={styles.name}>
        <a href={mayView ? logicUrl : appUrl} className={styles.link}>
          {title}
        </a>
        {project.description && <p className={styles.description}>{project.description}</p>}
      </div>
      <Status project={project} />
      <div className={styles.edited}>
        <Ago at={project.lastEditedAt} />
        <span className={styles.by}>{project.owner.name || project.owner.email}</span>
      </div>
      <Runs runs={project.recentRuns} />
      <div className={styles.acts}>
        {version !== null && (
          <ButtonLink small href={appUrl} className={styles.openApp ?? ""}>
            Open app
          </ButtonLink>
        )}
        <Menu
          label={`Actions for ${title}`}
          button={<IconButton label={`More for ${title}`} icon="dots" small />}
        >
          {mayView && <MenuItem href={logicUrl}>Open logic</MenuItem>}
          {mayView && <MenuItem href={logicUrl.replace(/logic$/, "versions")}>Versions</MenuItem>}
          {version !== null && <MenuItem href={appUrl}>Open app</MenuItem>}
          {mayEdit && (
            <>
              <MenuItem icon="people" onAction={() => setOpen("share")}>
                Share
              </MenuItem>
            </>
          )}
          {mayView && (
            <>
              <MenuSeparator />
              <MenuItem icon="download" onAction={() => save.mutate("yaml")}>
                Export project file
              </MenuItem>
              <MenuItem icon="download" onAction={() => save.mutate("ipynb")}>
                Export as .ipynb
              </MenuItem>
            </>
          )}
          {access === "FULL_ACCESS" && (
            <>
              <MenuSeparator />
              <MenuItem icon="trash" danger onAction={() => setOpen("trash")}>
                Move to trash
              </MenuItem>
            </>
          )}
        </Menu>
      </div>
      <Dialog
        title={`Move ${title} to the trash?`}
        role="alertdialog"
        isOpen={open === "trash"}
        onClose={() => setOpen("")}
        footer={
          <>
            <Button onPress={() => setOpen("")}>Keep it</Button>
            <Button
              variant="danger"
              autoFocus
              onPress={() => {
                setOpen("");
                trash.mutate();
              }}
            >
              Move to trash
            </Button>
          </>
        }
      >
        {version === null
          ? "It stays in the trash for 30 days."
          : "Its app can no longer be opened. It stays in the trash for 30 days."}
      </Dialog>
      {open === "share" && (
        <Suspense fallback={null}>
          <ShareDialog project={id} appUrl={appUrl} published={version} onClose={() => setOpen("")} />
        </Suspense>
      )}
    </li>
  );
}

function Status({ project }: { readonly project: ProjectBody }): ReactNode {
  const { publishedVersion: version, unpublishedChanges: changes } = project;
  if (version === null) {
    return (
      <div className={styles.status}>
        <StateMark tone="muted" shape="ring-dot">
          <b>Draft</b>
        </StateMark>
        <span className={styles.sub}>never published</span>
      </div>
    );
  }
  return (
    <div className={styles.status}>
      <StateMark tone="ok" shape="dot">
        <b>Published</b>
      </StateMark>
      <span className={styles.sub}>
        Version {version}
        {changes && <span className={styles.changes}> · unpublished changes</span>}
      </span>
    </div>
  );
}

const GOOD = new Set(["COMPLETED", "DONE", "done"]);
const BAD = new Set(["ERRORED", "KILLED", "UNABLE_TO_ALLOCATE_KERNEL", "FAILED", "errored", "cancelled"]);
const SHOWN_RUNS = 10;

/** Up to ten last runs as bars, oldest first; said in words for those who do not see them. */
function Runs({ runs }: { readonly runs: readonly string[] }) {
  if (runs.length === 0) return <div className={styles.runs}>No runs yet</div>;
  const bad = runs.filter((run) => BAD.has(run)).length;
  const words =
    bad === 0 ? `The last ${runs.length} runs ended well` : `${bad} of the last ${runs.length} runs failed`;
  return (
    <div className={styles.runs} title={words}>
      <span className={styles.spoken}>{words}</span>
      {Array.from({ length: SHOWN_RUNS }, (_, at) => {
        const run = runs[at - (SHOWN_RUNS - runs.length)];
        const kind = run === undefined ? "none" : BAD.has(run) ? "bad" : GOOD.has(run) ? "good" : "open";
        // oxlint-disable-next-line react/no-array-index-key
        return <span key={at} className={styles.run} data-run={kind} aria-hidden="true" />;
      })}
    </div>
  );
}
