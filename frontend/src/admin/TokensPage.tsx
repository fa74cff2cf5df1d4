// Tokens, for programs: one's own, and for admins those of the workspace. A secret is shown once.

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { del, post } from "../net/api";
import { sentenceOf } from "../share/sharing";
import { Ago } from "../ui/Ago";
import { Button } from "../ui/Button";
import { Select, TextField, type Option } from "../ui/Field";
import { Banner } from "../ui/State";
import { useSay } from "../ui/Toast";
import type { NewWorkspaceToken, TokenBody } from "../wire";
import styles from "./admin.module.css";
import { Items, useListed } from "./list";
import { ROLES } from "./PeoplePage";
import { Secret } from "./Secret";
import type { PageProps } from "./tabs";

type Lives = "30" | "90" | "365" | "ever";

const LIVES: readonly Option<Lives>[] = [
  { id: "30", name: "30 days" },
  { id: "90", name: "90 days" },
  { id: "365", name: "One year" },
  { id: "ever", name: "Until revoked" },
];

export function TokensPage({ person }: PageProps) {
  return (
    <>
      <div className={styles.head}>
        <h1 className={styles.title}>Tokens</h1>
        <p className={styles.lead}>A program that sends your token may do what you may.</p>
      </div>
      <Tokens kind="personal" />
      {person.role === "admin" && (
        <>
          <div className={styles.head}>
            <h2 className={styles.second}>Workspace tokens</h2>
            <p className={styles.lead}>
              They are nobody&rsquo;s: they stay when people leave, and may do what is shared with them by
              name.
            </p>
          </div>
          <Tokens kind="workspace" />
        </>
      )}
    </>
  );
}

function Tokens({ kind }: { readonly kind: "personal" | "workspace" }) {
  const workspace = kind === "workspace";
  const path = workspace ? "/workspace-tokens" : "/tokens";
  const key = ["tokens", kind];
  const client = useQueryClient();
  const say = useSay();
  const list = useListed<TokenBody>(key, path);
  const [name, setName] = useState("");
  const [lives, setLives] = useState<Lives>("90");
  const [role, setRole] = useState<TokenBody["role"] & string>("editor");
  const [made, setMade] = useState<TokenBody | null>(null);
  const [trouble, setTrouble] = useState("");
  const create = useMutation({
    mutationFn: () => {
      const days = lives === "ever" ? null : Number(lives);
      const body = workspace ? ({ name, days, role } satisfies NewWorkspaceToken) : { name, days };
      return post<TokenBody>(path, body);
    },
    onSuccess: (token) => {
      setMade(token);
      setName("");
      setTrouble("");
      void client.invalidateQueries({ queryKey: key });
    },
    onError: (error) => setTrouble(sentenceOf(error)),
  });
  const revoke = useMutation({
    mutationFn: (token: TokenBody) => del(`${path}/${token.id}`),
    onSuccess: (_, token) => {
      say(`The token ${token.name} works no more.`);
      void client.invalidateQueries({ queryKey: key });
    },
    onError: (error) => say({ text: sentenceOf(error), tone: "error" }),
  });
  return (
    <section aria-label={workspace ? "Workspace tokens" : "Your tokens"}>
      <form
        className={styles.form}
        onSubmit={(event) => {
          event.preventDefault();
          create.mutate();
        }}
      >
        <TextField
          label="Name"
          placeholder={workspace ? "Nightly runs" : "My laptop"}
          value={name}
          onChange={setName}
          className={styles.wide}
        />
        {workspace && (
          <Select label="Role" options={ROLES} selected={role} onSelect={setRole} className={styles.narrow} />
        )}
        <Select
          label="Ends after"
          options={LIVES}
          selected={lives}
          onSelect={setLives}
          className={styles.narrow}
        />
        <Button type="submit" variant="primary" busy={create.isPending} isDisabled={name.trim() === ""}>
          Make token
        </Button>
      </form>
      {trouble && (
        <Banner tone="error" icon="error">
          {trouble}
        </Banner>
      )}
      {made?.token && (
        <Secret label={`Secret of ${made.name}`} text={made.token} onDone={() => setMade(null)}>
          {`The secret of ${made.name}. It is shown this once: keep it where you keep passwords.`}
        </Secret>
      )}
      <Items list={list} label={workspace ? "Workspace tokens" : "Your tokens"} none="There is none.">
        {(token) => (
          <li key={token.id} className={styles.row}>
            <span className={styles.who}>
              <span className={styles.name}>{token.name}</span>
              <span className={styles.about}>
                {token.role && `${ROLES.find((one) => one.id === token.role)?.name} · `}
                made <Ago at={token.createdAt} /> ·{" "}
                {token.expiresAt ? `ends ${token.expiresAt.slice(0, 10)}` : "does not end by itself"}
              </span>
            </span>
            <Button
              small
              variant="danger"
              aria-label={`Revoke ${token.name}`}
              busy={revoke.isPending && revoke.variables.id === token.id}
              onPress={() => revoke.mutate(token)}
            >
              Revoke
            </Button>
          </li>
        )}
      </Items>
    </section>
  );
}
