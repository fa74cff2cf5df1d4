// Who may see and do what: people, everyone in the workspace, anyone with the link. Each change is saved at once.

import { useState } from "react";

import { Button, IconButton } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { Select, TextField, type Option } from "../ui/Field";
import { Icon, type IconName } from "../ui/Icon";
import { Spinner } from "../ui/Spinner";
import { Avatar } from "../ui/Avatars";
import { Banner } from "../ui/State";
import type { GrantBody } from "../wire";
import { ACCESS_HINTS, ACCESS_NAMES, accessOf, useSharing, withAccess, type Access } from "./sharing";
import styles from "./ShareDialog.module.css";

type Level = Access | "NONE";

const LEVELS: readonly Access[] = ["APP_ONLY", "CAN_VIEW", "CAN_EDIT", "FULL_ACCESS"];
const PERSON_LEVELS = options(LEVELS);
const WORKSPACE_LEVELS: readonly Option<Level>[] = [{ id: "NONE", name: "No access" }, ...PERSON_LEVELS];
/** The web never gets more than Can view. */
const WEB_LEVELS: readonly Option<Level>[] = [
  { id: "NONE", name: "No access" },
  ...options(["APP_ONLY", "CAN_VIEW"]),
];

function options(levels: readonly Access[]): readonly Option<Access>[] {
  return levels.map((id) => ({ id, name: ACCESS_NAMES[id], hint: ACCESS_HINTS[id] }));
}

export function ShareDialog({
  project,
  appUrl,
  published,
  onClose,
}: {
  readonly project: string;
  readonly appUrl: string;
  /** null = there is no app yet, so no link to it. */
  readonly published: number | null;
  readonly onClose: () => void;
}) {
  const { grants, error, save } = useSharing(project);
  const [email, setEmail] = useState("");
  const [level, setLevel] = useState<Access>("CAN_EDIT");
  const [copied, setCopied] = useState(false);
  const [busy, setBusy] = useState(false);
  const people =
    grants?.filter((grant) => grant.principal.startsWith("user:") || grant.principal.startsWith("group:")) ??
    [];
  const set = (principal: string, access: Level): void => {
    if (grants) void save(withAccess(grants, principal, access === "NONE" ? null : access));
  };
  const invite = async (): Promise<void> => {
    if (!grants || email.trim() === "") return;
    setBusy(true);
    if (await save(withAccess(grants, `user:${email.trim().toLowerCase()}`, level))) setEmail("");
    setBusy(false);
  };
  return (
    <Dialog
      title="Share"
      size="medium"
      isOpen
      onClose={onClose}
      footer={
        published === null ? (
          <span className={styles.note}>There is no app yet. Publish to have a link to share.</span>
        ) : (
          <>
            <span className={styles.note}>The link itself gives nobody access.</span>
            <Button
              icon={copied ? "check" : "link"}
              onPress={() => {
                navigator.clipboard.writeText(new URL(appUrl, location.href).href).then(
                  () => setCopied(true),
                  () => setCopied(false),
                );
              }}
            >
              {copied ? "Copied" : "Copy link"}
            </Button>
          </>
        )
      }
    >
      {error && (
        <div className={styles.error}>
          <Banner tone="error" icon="error">
            {error}
          </Banner>
        </div>
      )}
      <form
        className={styles.invite}
        onSubmit={(event) => {
          event.preventDefault();
          void invite();
        }}
      >
        <TextField
          label="E-mail"
          type="email"
          placeholder="name@example.org"
          value={email}
          onChange={setEmail}
          className={styles.email}
        />
        <Select
          label="Access"
          options={PERSON_LEVELS}
          selected={level}
          onSelect={setLevel}
          className={styles.level}
        />
        <Button type="submit" variant="primary" busy={busy} isDisabled={email.trim() === "" || !grants}>
          Add
        </Button>
      </form>
      {grants ? (
        <ul className={styles.list}>
          {people.map((grant, index) => (
            <Row
              key={grant.principal}
              {...readable(grant)}
              face={index + 1}
              levels={PERSON_LEVELS}
              level={grant.access}
              onSelect={(next) => set(grant.principal, next)}
              onRemove={() => set(grant.principal, "NONE")}
            />
          ))}
          <Row
            name="Everyone in the workspace"
            icon="people"
            levels={WORKSPACE_LEVELS}
            level={accessOf(grants, "workspace") ?? "NONE"}
            onSelect={(next) => set("workspace", next)}
          />
          <Row
            name="Anyone with the link"
            about="Without signing in"
            icon="link"
            levels={WEB_LEVELS}
            level={accessOf(grants, "web") ?? "NONE"}
            onSelect={(next) => set("web", next)}
          />
        </ul>
      ) : (
        !error && (
          <p className={styles.note}>
            <Spinner /> Looking up who has access
          </p>
        )
      )}
    </Dialog>
  );
}

function Row({
  name,
  about = "",
  face = 1,
  icon,
  levels,
  level,
  onSelect,
  onRemove,
}: {
  readonly name: string;
  readonly about?: string;
  readonly face?: number;
  readonly icon?: IconName;
  readonly levels: readonly Option<Level>[];
  readonly level: Level;
  readonly onSelect: (level: Level) => void;
  readonly onRemove?: () => void;
}) {
  return (
    <li className={styles.row}>
      {icon ? (
        <span className={styles.icon}>
          <Icon name={icon} />
        </span>
      ) : (
        <Avatar name={name} color={face} />
      )}
      <span className={styles.who}>
        <span className={styles.name}>{name}</span>
        {about && <span className={styles.about}>{about}</span>}
      </span>
      <Select
        label={`Access of ${name}`}
        hideLabel
        small
        options={levels}
        selected={level}
        onSelect={onSelect}
        className={styles.level}
      />
      {onRemove ? (
        <IconButton label={`Take access from ${name}`} icon="close" small onPress={onRemove} />
      ) : (
        <span className={styles.gap} />
      )}
    </li>
  );
}

/** A grant as people read it: the name, and the e-mail where one is known. */
function readable({ name, principal }: GrantBody): { readonly name: string; readonly about: string } {
  const plain = principal.replace(/^\w+:/, "");
  const [, called, email] = /^(.*\S) \((\S+@\S+)\)$/.exec(name) ?? [];
  if (called && email) return { name: called, about: email };
  return { name: name || plain, about: name && plain.includes("@") ? plain : "" };
}
