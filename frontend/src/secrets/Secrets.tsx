// Secrets by name: what code may read, adding one, giving one another value, removing one.
//
// A value goes to the server and never comes back: its field is empty at the start, whatever is kept, and is emptied
// with the form. One panel for a project's and for the workspace's.

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { ApiError, del, get, post } from "../net/api";
import { sentenceOf } from "../share/sharing";
import { Ago } from "../ui/Ago";
import { Button, IconButton } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { TextField } from "../ui/Field";
import { Icon } from "../ui/Icon";
import { Spinner } from "../ui/Spinner";
import type { SecretBody, SecretList } from "../wire";
import styles from "./Secrets.module.css";

export interface SecretsProps {
  /** `/projects/{id}/secrets`, or `/secrets` for the workspace's. */
  readonly at: string;
  readonly scope: SecretBody["scope"];
  /** False in a dialog, which has its own title. */
  readonly titled?: boolean;
  /** Told after a change: kernels that run know nothing of it. */
  readonly onChanged?: (name: string) => void;
}

export function Secrets({ at, scope, titled = true, onChanged }: SecretsProps) {
  const client = useQueryClient();
  const list = useQuery({ queryKey: ["secrets", at], queryFn: () => get<SecretList>(at) });
  // null: no form; "": a new one; else the name of the one that gets another value.
  const [form, setForm] = useState<string | null>(null);
  const [going, setGoing] = useState("");
  const changed = (name: string): void => {
    void client.invalidateQueries({ queryKey: ["secrets"] });
    onChanged?.(name);
  };
  const remove = useMutation({
    mutationFn: (name: string) => del(`${at}/${encodeURIComponent(name)}`),
    onSuccess: (_, name) => changed(name),
  });
  const trouble = list.error ?? remove.error;
  const secrets = list.data?.values ?? [];
  return (
    <section aria-label="Secrets" className={styles.secrets}>
      {titled && <h2 className={styles.title}>Secrets</h2>}
      {list.isPending ? (
        <p className={styles.says}>
          <Spinner /> Loading
        </p>
      ) : (
        secrets.length === 0 && (
          <p className={styles.says}>
            None yet. Code reads one by its name: <code>vernissage.secrets[&quot;DB_PASSWORD&quot;]</code>
          </p>
        )
      )}
      <ul>
        {secrets.map((secret) => (
          <li key={secret.name} className={styles.secret}>
            <Icon name="key" small />
            <span className={styles.about}>
              <code className={styles.name} title={secret.name}>
                {secret.name}
              </code>
              <span className={secret.trouble ? styles.bad : styles.by}>
                {secret.trouble ? (
                  secret.trouble
                ) : secret.scope === scope ? (
                  <>
                    {secret.setBy.name ? `${secret.setBy.name}, ` : ""}
                    <Ago at={secret.setAt} />
                  </>
                ) : (
                  "of the workspace"
                )}
              </span>
            </span>
            {secret.scope === scope && (
              <>
                <IconButton
                  label={`Replace ${secret.name}`}
                  icon="refresh"
                  small
                  className={styles.act}
                  onPress={() => setForm(secret.name)}
                />
                <IconButton
                  label={`Remove ${secret.name}`}
                  icon="trash"
                  small
                  className={styles.act}
                  onPress={() => setGoing(secret.name)}
                />
              </>
            )}
          </li>
        ))}
      </ul>
      {trouble && (
        <p className={styles.trouble} role="alert">
          {sentenceOf(trouble)}
        </p>
      )}
      {form === null ? (
        <Button small icon="plus" isDisabled={list.isPending} onPress={() => setForm("")}>
          Add a secret
        </Button>
      ) : (
        <SecretForm
          key={form}
          at={at}
          replaces={form}
          onKept={(name) => {
            setForm(null);
            changed(name);
          }}
          onClose={() => setForm(null)}
        />
      )}
      <Dialog
        title={`Remove ${going}?`}
        role="alertdialog"
        isOpen={going !== ""}
        onClose={() => setGoing("")}
        footer={
          <>
            <Button onPress={() => setGoing("")}>Keep it</Button>
            <Button
              variant="danger"
              autoFocus
              onPress={() => {
                remove.mutate(going);
                setGoing("");
              }}
            >
              Remove
            </Button>
          </>
        }
      >
        Its value cannot be brought back. Code that reads it fails in every kernel that starts from now on.
      </Dialog>
    </section>
  );
}

function SecretForm({
  at,
  replaces,
  onKept,
  onClose,
}: {
  readonly at: string;
  /** The name of the one that gets another value; "" = a new one. */
  readonly replaces: string;
  readonly onKept: (name: string) => void;
  readonly onClose: () => void;
}) {
  const [name, setName] = useState(replaces);
  const [value, setValue] = useState("");
  const keep = useMutation({
    mutationFn: () => post<SecretBody>(at, { name: name.trim(), value }),
    onSuccess: (kept) => onKept(kept.name),
  });
  const atFault = keep.error instanceof ApiError ? keep.error.field : null;
  const why = keep.error ? sentenceOf(keep.error) : "";
  return (
    <form
      className={styles.form}
      aria-label={replaces ? `Replace ${replaces}` : "Add a secret"}
      autoComplete="off"
      onSubmit={(event) => {
        event.preventDefault();
        keep.mutate();
      }}
    >
      {replaces === "" && (
        <TextField
          label="Name"
          mono
          autoFocus
          isRequired
          autoComplete="off"
          spellCheck="false"
          placeholder="DB_PASSWORD"
          value={name}
          onChange={(text) => {
            setName(text);
            keep.reset();
          }}
          error={atFault === "name" ? why : ""}
        />
      )}
      <TextField
        label={replaces ? `New value of ${replaces}` : "Value"}
        type="password"
        autoFocus={replaces !== ""}
        isRequired
        autoComplete="new-password"
        hint="Nobody is shown it again, you neither."
        value={value}
        onChange={(text) => {
          setValue(text);
          keep.reset();
        }}
        error={atFault === "value" ? why : ""}
      />
      {why && atFault !== "name" && atFault !== "value" && (
        <p className={styles.trouble} role="alert">
          {why}
        </p>
      )}
      <div className={styles.acts}>
        <Button small onPress={onClose}>
          Cancel
        </Button>
        <Button small variant="primary" type="submit" busy={keep.isPending}>
          {replaces ? "Replace" : "Add"}
        </Button>
      </div>
    </form>
  );
}
