// That every project exists, and whose it is. What is in one, an admin sees after giving themselves access, which is recorded.

import { useMutation, useQueryClient } from "@tanstack/react-query";

import { post } from "../net/api";
import { ACCESS_NAMES, sentenceOf } from "../share/sharing";
import { Ago } from "../ui/Ago";
import { Button } from "../ui/Button";
import { useSay } from "../ui/Toast";
import type { ProjectLine, TakeAccess } from "../wire";
import styles from "./admin.module.css";
import { Items, useListed } from "./list";

const ALL = ["all-projects"] as const;

export function ProjectsPage() {
  const list = useListed<ProjectLine>(ALL, "/all-projects");
  return (
    <>
      <div className={styles.head}>
        <h1 className={styles.title}>Projects</h1>
        <p className={styles.lead}>
          Every project of the workspace. Giving yourself access to one is recorded in the audit log.
        </p>
      </div>
      <Items list={list} label="Projects" none="There is no project yet.">
        {(project) => <ProjectRow key={project.id} project={project} />}
      </Items>
    </>
  );
}

function ProjectRow({ project }: { readonly project: ProjectLine }) {
  const say = useSay();
  const client = useQueryClient();
  const take = useMutation({
    mutationFn: () =>
      post(`/projects/${project.id}/take-access`, { access: "FULL_ACCESS" } satisfies TakeAccess),
    onSuccess: () => {
      void client.invalidateQueries();
      say(`You have full access to ${project.title} now. It is recorded.`);
    },
    onError: (error) => say({ text: sentenceOf(error), tone: "error" }),
  });
  return (
    <li className={styles.row}>
      <span className={styles.who}>
        <span className={styles.name}>{project.title}</span>
        <span className={styles.about}>
          {project.owner.name || project.owner.email} ·{" "}
          {project.trashedAt ? "in the trash since " : "edited "}
          <Ago at={project.trashedAt ?? project.lastEditedAt} />
        </span>
      </span>
      <span className={styles.muted}>{project.access ? ACCESS_NAMES[project.access] : "No access"}</span>
      {project.access !== "FULL_ACCESS" && (
        <Button
          small
          aria-label={`Give me access to ${project.title}`}
          busy={take.isPending}
          onPress={() => take.mutate()}
        >
          Give me access
        </Button>
      )}
    </li>
  );
}
