// The bar of the pages that are about no single project: where one is, and who.

import { useMutation } from "@tanstack/react-query";

import { post } from "../net/api";
import { Avatar } from "../ui/Avatars";
import { Button } from "../ui/Button";
import { Mark } from "../ui/Icon";
import { Menu, MenuItem, MenuSeparator } from "../ui/Menu";
import { useSay } from "../ui/Toast";
import type { EditorBoot, Person } from "../wire";
import styles from "./HomePage.module.css";

export function TopBar({ boot, person }: { readonly boot: EditorBoot; readonly person: Person }) {
  const say = useSay();
  const signOut = useMutation({
    mutationFn: () => post("/sign-out"),
    onSuccess: () => location.assign("/"),
    onError: (error) => say({ text: error.message, tone: "error" }),
  });
  return (
    <header className={styles.bar}>
      <a href="/" className={styles.home} aria-label="All projects">
        <Mark />
        <span className={styles.workspace}>{boot.workspace_name || "Vernissage"}</span>
      </a>
      <span className={styles.grow} />
      <Menu
        label="You"
        button={
          <Button
            variant="quiet"
            aria-label={`Signed in as ${person.name || person.email}`}
            className={styles.you}
          >
            <Avatar name={person.name || person.email} color={1} />
          </Button>
        }
      >
        <MenuItem isDisabled hint={person.email}>
          {person.name || person.email}
        </MenuItem>
        <MenuSeparator />
        <MenuItem icon="settings" href={person.role === "admin" ? "/settings/people" : "/settings/account"}>
          Settings
        </MenuItem>
        {/* A proxy in front has signed them in: it alone can sign them out. */}
        {!boot.sign_in.by_proxy && <MenuItem onAction={() => signOut.mutate()}>Sign out</MenuItem>}
      </Menu>
    </header>
  );
}
