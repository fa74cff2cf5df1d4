// The bar above a project's pages beside the logic: home, the title, the way to the other pages, what can be done here.

import type { ReactNode } from "react";

import { Mark } from "./Icon";
import styles from "./ProjectBar.module.css";
import { NavTabs } from "./Tabs";

export interface ProjectBarProps {
  readonly title: string;
  readonly links: readonly { readonly name: string; readonly href: string; readonly at?: boolean }[];
  /** Buttons at the end. */
  readonly children?: ReactNode;
}

export function ProjectBar({ title, links, children }: ProjectBarProps) {
  return (
    <>
      <header className={styles.bar}>
        <a href="/" className={styles.home} aria-label="Home">
          <Mark />
        </a>
        <h1 className={styles.title}>{title}</h1>
        <NavTabs label="Project" className={styles.tabs} links={links} />
        <span className={styles.grow} />
        {children}
      </header>
      <NavTabs label="Project" className={styles.tabRow} links={links} />
    </>
  );
}
