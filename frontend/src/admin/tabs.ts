// The pages of settings, in the order of their tabs. One more is one more line here.

import { lazy, type ComponentType, type LazyExoticComponent } from "react";

import type { Person } from "../wire";

export interface PageProps {
  readonly person: Person;
}

export interface Tab {
  /** The last word of its address, `/settings/{id}`. */
  readonly id: string;
  readonly name: string;
  /** Only admins have it. */
  readonly admins: boolean;
  readonly Page: LazyExoticComponent<ComponentType<PageProps>>;
}

export const TABS: readonly Tab[] = [
  {
    id: "people",
    name: "People",
    admins: true,
    Page: lazy(() => import("./PeoplePage").then((module) => ({ default: module.PeoplePage }))),
  },
  {
    id: "groups",
    name: "Groups",
    admins: true,
    Page: lazy(() => import("./GroupsPage").then((module) => ({ default: module.GroupsPage }))),
  },
  {
    id: "projects",
    name: "Projects",
    admins: true,
    Page: lazy(() => import("./ProjectsPage").then((module) => ({ default: module.ProjectsPage }))),
  },
  {
    id: "secrets",
    name: "Secrets",
    admins: true,
    Page: lazy(() => import("./SecretsPage").then((module) => ({ default: module.SecretsPage }))),
  },
  {
    id: "embedding",
    name: "Embedding",
    admins: true,
    Page: lazy(() => import("./EmbeddingPage").then((module) => ({ default: module.EmbeddingPage }))),
  },
  {
    id: "audit",
    name: "Audit log",
    admins: true,
    Page: lazy(() => import("./AuditPage").then((module) => ({ default: module.AuditPage }))),
  },
  {
    id: "tokens",
    name: "Tokens",
    admins: false,
    Page: lazy(() => import("./TokensPage").then((module) => ({ default: module.TokensPage }))),
  },
  {
    id: "account",
    name: "Your account",
    admins: false,
    Page: lazy(() => import("./AccountPage").then((module) => ({ default: module.AccountPage }))),
  },
];

/** The tabs that somebody has. */
export function tabsOf(person: Person): readonly Tab[] {
  return TABS.filter((tab) => !tab.admins || person.role === "admin");
}
