// The people of the workspace: who they are, what role they have, whether they may come in.

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { patch, post } from "../net/api";
import { sentenceOf } from "../share/sharing";
import { Avatar } from "../ui/Avatars";
import { Button, IconButton } from "../ui/Button";
import { Select, TextField, type Option } from "../ui/Field";
import { Menu, MenuItem, MenuSeparator } from "../ui/Menu";
import { Banner, StateMark } from "../ui/State";
import { useSay } from "../ui/Toast";
import type { NewUser, SignInLink, UserBody, UserChange } from "../wire";
import styles from "./admin.module.css";
import { Items, useListed } from "./list";
import { Secret } from "./Secret";
import type { PageProps } from "./tabs";

type Role = UserBody["role"];

export const ROLES: readonly Option<Role>[] = [
  { id: "viewer", name: "Viewer", hint: "Opens apps that are shared, nothing else" },
  { id: "editor", name: "Editor", hint: "Makes projects, and has what is shared" },
  { id: "admin", name: "Admin", hint: "People, tokens and settings too" },
];

const PEOPLE = ["people"] as const;

export function PeoplePage({ person }: PageProps) {
  const client = useQueryClient();
  const list = useListed<UserBody>(PEOPLE, "/users");
  const [email, setEmail] = useState("");
  const [role, setRole] = useState<Role>("editor");
  const [link, setLink] = useState<{ readonly email: string; readonly url: string } | null>(null);
  const [trouble, setTrouble] = useState("");
  const linked = useMutation({
    mutationFn: async (user: UserBody) => ({
      email: user.email,
      url: (await post<SignInLink>(`/users/${user.id}/sign-in-link`)).url,
    }),
    onSuccess: setLink,
    onError: (error) => setTrouble(sentenceOf(error)),
  });
  const add = useMutation({
    mutationFn: () => post<UserBody>("/users", { email: email.trim(), role } satisfies Partial<NewUser>),
    onSuccess: (user) => {
      setEmail("");
      setTrouble("");
      void client.invalidateQueries({ queryKey: PEOPLE });
      linked.mutate(user);
    },
    onError: (error) => setTrouble(sentenceOf(error)),
  });
  return (
    <>
      <div className={styles.head}>
        <h1 className={styles.title}>People</h1>
        <p className={styles.lead}>
          Whoever is here can be shared with. Disabling somebody signs them out everywhere, at once.
        </p>
      </div>
      <form
        className={styles.form}
        onSubmit={(event) => {
          event.preventDefault();
          add.mutate();
        }}
      >
        <TextField
          label="E-mail"
          type="email"
          placeholder="name@example.org"
          value={email}
          onChange={setEmail}
          className={styles.wide}
        />
        <Select label="Role" options={ROLES} selected={role} onSelect={setRole} className={styles.narrow} />
        <Button type="submit" variant="primary" busy={add.isPending} isDisabled={email.trim() === ""}>
          Add person
        </Button>
      </form>
      {trouble && (
        <Banner tone="error" icon="error">
          {trouble}
        </Banner>
      )}
      {link && (
        <Secret label="Sign-in link" text={link.url} onDone={() => setLink(null)}>
          {`This link signs ${link.email} in, once, within three days. It is shown this once: hand it to them.`}
        </Secret>
      )}
      <Items list={list} label="People" none="Nobody is here yet.">
        {(user) => (
          <PersonRow
            key={user.id}
            user={user}
            me={user.id === person.id}
            onLink={() => linked.mutate(user)}
          />
        )}
      </Items>
    </>
  );
}

function PersonRow({
  user,
  me,
  onLink,
}: {
  readonly user: UserBody;
  readonly me: boolean;
  readonly onLink: () => void;
}) {
  const say = useSay();
  const client = useQueryClient();
  const done = {
    onSettled: () => client.invalidateQueries({ queryKey: PEOPLE }),
    onError: (error: Error) => say({ text: sentenceOf(error), tone: "error" as const }),
  };
  const change = useMutation({
    mutationFn: (role: Role) => patch(`/users/${user.id}`, { role } satisfies UserChange),
    ...done,
  });
  const enable = useMutation({ mutationFn: () => post(`/users/${user.id}/enable`), ...done });
  const disable = useMutation({
    mutationFn: () => post(`/users/${user.id}/disable`),
    onSuccess: () =>
      say({
        text: `${user.email} is disabled and signed out everywhere.`,
        action: { name: "Enable again", run: () => enable.mutate() },
      }),
    ...done,
  });
  return (
    <li className={styles.row}>
      <Avatar name={user.name || user.email} color={1} />
      <span className={styles.who}>
        <span className={styles.name}>
          {user.name}
          {me && <span className={styles.muted}> (you)</span>}
        </span>
        <span className={styles.about}>{user.email}</span>
      </span>
      {user.disabled && (
        <StateMark tone="muted" shape="ring-dot">
          Disabled
        </StateMark>
      )}
      <Select
        label={`Role of ${user.email}`}
        hideLabel
        small
        options={ROLES}
        selected={user.role}
        isDisabled={change.isPending || user.disabled}
        onSelect={(role) => role !== user.role && change.mutate(role)}
        className={styles.narrow}
      />
      <Menu
        label={`Acts for ${user.email}`}
        button={<IconButton label={`More for ${user.email}`} icon="dots" small />}
      >
        <MenuItem
          icon="link"
          isDisabled={user.disabled}
          hint="Works once, within three days"
          onAction={onLink}
        >
          Make a sign-in link
        </MenuItem>
        <MenuItem icon="clock" href={`/settings/audit?who=${encodeURIComponent(user.email)}`}>
          What they did
        </MenuItem>
        <MenuSeparator />
        {user.disabled ? (
          <MenuItem icon="check" onAction={() => enable.mutate()}>
            Enable again
          </MenuItem>
        ) : (
          <MenuItem icon="close" danger isDisabled={me} onAction={() => disable.mutate()}>
            Disable
          </MenuItem>
        )}
      </Menu>
    </li>
  );
}
