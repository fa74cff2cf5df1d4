// Settings: of the workspace for admins, of one's own account for everybody. Each tab is a page of its own.

import { Suspense } from "react";

import { MissingPage } from "../home/MissingPage";
import { TopBar } from "../home/TopBar";
import { Spinner } from "../ui/Spinner";
import { NavTabs } from "../ui/Tabs";
import { Toasts } from "../ui/Toast";
import type { EditorBoot, Person } from "../wire";
import styles from "./admin.module.css";
import { tabsOf } from "./tabs";

export function SettingsPage({
  boot,
  person,
  page,
}: {
  readonly boot: EditorBoot;
  readonly person: Person;
  readonly page: string;
}) {
  const tabs = tabsOf(person);
  const tab = tabs.find((one) => one.id === page);
  if (!tab) return <MissingPage />;
  return (
    <Toasts>
      <TopBar boot={boot} person={person} />
      <div className={styles.tabs}>
        <NavTabs
          label="Settings"
          links={tabs.map(({ id, name }) => ({ name, href: `/settings/${id}`, at: id === page }))}
        />
      </div>
      <main className={styles.page}>
        <Suspense fallback={<Spinner />}>
          <tab.Page person={person} />
        </Suspense>
      </main>
    </Toasts>
  );
}
