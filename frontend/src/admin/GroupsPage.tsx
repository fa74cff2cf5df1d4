// Groups: some of the workspace's people, to be given access together.

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { del, patch, post, put } from "../net/api";
import { lineOf, sentenceOf, usePrincipals } from "../share/sharing";
import { Avatar } from "../ui/Avatars";
import { Button, IconButton } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { TextField } from "../ui/Field";
import { Icon } from "../ui/Icon";
import { Menu, MenuItem, MenuSeparator } from "../ui/Menu";
import { Banner } from "../ui/State";
import { SuggestField } from "../ui/SuggestField";
import { useSay } from "../ui/Toast";
import type { GroupBody, GroupName, UserBody } from "../wire";
import styles from "./admin.module.css";
import { Items, useListed } from "./list";

const GROUPS = ["groups"] as const;

export function GroupsPage() {
  const client = useQueryClient();
  const list = useListed<GroupBody>(GROUPS, "/groups");
  const [name, setName] = useState("");
  const [trouble, setTrouble] = useState("");
  const add = useMutation({
    mutationFn: () => post<GroupBody>("/groups", { name } satisfies GroupName),
    onSuccess: () => {
      setName("");
      setTrouble("");
      void client.invalidateQueries({ queryKey: GROUPS });
    },
    onError: (error) => setTrouble(sentenceOf(error)),
  });
  return (
    <>
      <div className={styles.head}>
        <h1 className={styles.title}>Groups</h1>
        <p className={styles.lead}>
          What is shared with a group reaches everybody in it, and nobody who left it.
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
          label="Name"
          placeholder="Analysts"
          value={name}
          onChange={setName}
          className={styles.wide}
        />
        <Button type="submit" variant="primary" busy={add.isPending} isDisabled={name.trim() === ""}>
          Add group
        </Button>
      </form>
      {trouble && (
        <Banner tone="error" icon="error">
          {trouble}
        </Banner>
      )}
      <Items
        list={list}
        label="Groups"
        none="There is no group yet. Make one to share with several people at once."
      >
        {(group) => <GroupRow key={group.id} group={group} />}
      </Items>
    </>
  );
}

function GroupRow({ group }: { readonly group: GroupBody }) {
  const say = useSay();
  const client = useQueryClient();
  const [open, setOpen] = useState<"" | "members" | "rename" | "remove">("");
  const [name, setName] = useState(group.name);
  const [trouble, setTrouble] = useState("");
  const changed = (): void => {
    void client.invalidateQueries({ queryKey: GROUPS });
  };
  const rename = useMutation({
    mutationFn: () => patch(`/groups/${group.id}`, { name } satisfies GroupName),
    onSuccess: () => {
      setOpen("");
      changed();
    },
    onError: (error) => setTrouble(sentenceOf(error)),
  });
  const remove = useMutation({
    mutationFn: () => del(`/groups/${group.id}`),
    onSuccess: () => {
      say(`The group ${group.name} is gone, and what it was given with it.`);
      changed();
    },
    onError: (error) => say({ text: sentenceOf(error), tone: "error" }),
  });
  const count = `${group.members} ${group.members === 1 ? "person" : "people"}`;
  return (
    <li className={styles.row}>
      <span className={styles.icon}>
        <Icon name="people" />
      </span>
      <span className={styles.who}>
        <span className={styles.name}>{group.name}</span>
        <span className={styles.about}>{count}</span>
      </span>
      <Button small aria-label={`Members of ${group.name}`} onPress={() => setOpen("members")}>
        Members
      </Button>
      <Menu
        label={`Acts for ${group.name}`}
        button={<IconButton label={`More for ${group.name}`} icon="dots" small />}
      >
        <MenuItem onAction={() => setOpen("rename")}>Rename</MenuItem>
        <MenuSeparator />
        <MenuItem icon="trash" danger onAction={() => setOpen("remove")}>
          Remove
        </MenuItem>
      </Menu>
      {open === "members" && <Members group={group} onClose={() => setOpen("")} />}
      <Dialog
        title={`Rename ${group.name}`}
        isOpen={open === "rename"}
        onClose={() => setOpen("")}
        footer={
          <Button variant="primary" busy={rename.isPending} onPress={() => rename.mutate()}>
            Rename
          </Button>
        }
      >
        <TextField label="Name" autoFocus value={name} onChange={setName} error={trouble} />
      </Dialog>
      <Dialog
        title={`Remove ${group.name}?`}
        role="alertdialog"
        isOpen={open === "remove"}
        onClose={() => setOpen("")}
        footer={
          <>
            <Button onPress={() => setOpen("")}>Keep it</Button>
            <Button
              variant="danger"
              autoFocus
              onPress={() => {
                setOpen("");
                remove.mutate();
              }}
            >
              Remove
            </Button>
          </>
        }
      >
        {`What was shared with the group is taken from its ${count}, at once. The people stay.`}
      </Dialog>
    </li>
  );
}

function Members({ group, onClose }: { readonly group: GroupBody; readonly onClose: () => void }) {
  const client = useQueryClient();
  const key = ["group", group.id];
  const list = useListed<UserBody>(key, `/groups/${group.id}/members`);
  const [typed, setTyped] = useState("");
  const [who, setWho] = useState("");
  const [added, setAdded] = useState(0);
  const [trouble, setTrouble] = useState("");
  const found = usePrincipals(typed);
  const people = [...found.values()].filter((one) => one.kind !== "group");
  const chosen = people.find((one) => lineOf(one) === who.trim());
  const id = chosen?.principal.replace("user:", "") ?? (/^\S+@\S+$/.test(who.trim()) ? who.trim() : "");
  const done = {
    onSuccess: () => {
      setTrouble("");
      void client.invalidateQueries({ queryKey: key });
      void client.invalidateQueries({ queryKey: GROUPS });
    },
    onError: (error: Error) => setTrouble(sentenceOf(error)),
  };
  const add = useMutation({
    mutationFn: () => put(`/groups/${group.id}/members/${encodeURIComponent(id)}`, {}),
    ...done,
    onSuccess: () => {
      done.onSuccess();
      setWho("");
      setTyped("");
      setAdded((count) => count + 1);
    },
  });
  const remove = useMutation({
    mutationFn: (user: string) => del(`/groups/${group.id}/members/${user}`),
    ...done,
  });
  return (
    <Dialog title={`Members of ${group.name}`} size="medium" isOpen onClose={onClose}>
      <form
        className={styles.form}
        onSubmit={(event) => {
          event.preventDefault();
          add.mutate();
        }}
      >
        <span className={styles.wide}>
          <SuggestField
            key={added}
            label="Person"
            placeholder="Name or e-mail"
            value={who}
            suggestions={people.map(lineOf)}
            onType={(text) => {
              setTyped(text);
              setWho(text);
            }}
            onCommit={(text) => {
              setWho(text);
              return "";
            }}
          />
        </span>
        <Button type="submit" variant="primary" busy={add.isPending} isDisabled={!id}>
          Add
        </Button>
      </form>
      {trouble && (
        <Banner tone="error" icon="error">
          {trouble}
        </Banner>
      )}
      <Items list={list} label="Members" none="Nobody is in this group yet.">
        {(user) => (
          <li key={user.id} className={styles.row}>
            <Avatar name={user.name || user.email} color={1} />
            <span className={styles.who}>
              <span className={styles.name}>{user.name}</span>
              <span className={styles.about}>{user.email}</span>
            </span>
            <IconButton
              label={`Take ${user.email} out`}
              icon="close"
              small
              isDisabled={remove.isPending}
              onPress={() => remove.mutate(user.id)}
            />
          </li>
        )}
      </Items>
    </Dialog>
  );
}
