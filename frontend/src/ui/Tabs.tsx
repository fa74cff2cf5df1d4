// Tabs: views of one thing, one at a time. For links between pages see `NavTabs`.

import type { ReactNode } from "react";
import {
  Tab as AriaTab,
  TabList as AriaTabList,
  TabPanel as AriaTabPanel,
  Tabs as AriaTabs,
} from "react-aria-components/Tabs";

import styles from "./Tabs.module.css";

export interface TabsProps {
  readonly label: string;
  /** Id and name of each tab, and a count beside it where there is one. */
  readonly tabs: readonly { readonly id: string; readonly name: string; readonly count?: number }[];
  readonly selected: string;
  readonly onSelect: (id: string) => void;
  /** The views stay as they are while another one is shown, rather than begin anew. */
  readonly keep?: boolean;
  readonly children: (id: string) => ReactNode;
}

export function Tabs({ label, tabs, selected, onSelect, keep = false, children }: TabsProps) {
  return (
    <AriaTabs
      className={styles.tabs}
      selectedKey={selected}
      onSelectionChange={(key) => onSelect(String(key))}
    >
      <AriaTabList className={styles.list} aria-label={label}>
        {tabs.map((tab) => (
          <AriaTab key={tab.id} id={tab.id} className={styles.tab}>
            {tab.name}
            {tab.count !== undefined && <span className={styles.count}>{tab.count}</span>}
          </AriaTab>
        ))}
      </AriaTabList>
      {tabs.map((tab) => (
        <AriaTabPanel key={tab.id} id={tab.id} className={styles.panel} shouldForceMount={keep}>
          {children(tab.id)}
        </AriaTabPanel>
      ))}
    </AriaTabs>
  );
}

/** The same look for links between pages; `at` marks the page that is open. */
export function NavTabs({
  label,
  links,
  className,
}: {
  readonly label: string;
  readonly links: readonly { readonly name: string; readonly href: string; readonly at?: boolean }[];
  readonly className?: string | undefined;
}) {
  return (
    <nav className={[styles.links, className].filter(Boolean).join(" ")} aria-label={label}>
      {links.map((link) => (
        <a
          key={link.name}
          href={link.href}
          className={styles.tab}
          aria-current={link.at ? "page" : undefined}
        >
          {link.name}
        </a>
      ))}
    </nav>
  );
}
