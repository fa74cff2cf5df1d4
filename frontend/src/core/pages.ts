// The pages of a project, as its navigation names them. Pure.

export type ProjectPage = "Logic" | "App" | "Runs" | "Schedules" | "Versions";

export interface PageLink {
  readonly name: ProjectPage;
  readonly href: string;
  readonly at?: boolean;
}

/** The links between a project's pages. `published`: there is an app to go to. */
export function projectPages(
  workspace: string,
  project: string,
  at: ProjectPage,
  published: boolean,
): readonly PageLink[] {
  const page = (name: string): string => `/${workspace}/project/${project}/${name}`;
  const links: readonly PageLink[] = [
    { name: "Logic", href: page("logic") },
    ...(published ? [{ name: "App", href: `/${workspace}/app/${project}/latest` } as const] : []),
    { name: "Runs", href: page("runs") },
    { name: "Schedules", href: page("schedules") },
    { name: "Versions", href: page("versions") },
  ];
  return links.map((link) => (link.name === at ? { ...link, href: "#", at: true } : link));
}
