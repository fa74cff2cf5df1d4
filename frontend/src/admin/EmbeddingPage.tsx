// Whose pages may show this workspace's apps in a frame.

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { get, put } from "../net/api";
import { sentenceOf } from "../share/sharing";
import { Button } from "../ui/Button";
import { TextField } from "../ui/Field";
import { Icon } from "../ui/Icon";
import { Spinner } from "../ui/Spinner";
import { Banner } from "../ui/State";
import type { EmbeddingBody } from "../wire";
import styles from "./admin.module.css";

const EMBEDDING = ["embedding"] as const;

export function EmbeddingPage() {
  const client = useQueryClient();
  const known = useQuery({ queryKey: EMBEDDING, queryFn: () => get<EmbeddingBody>("/embedding") });
  const [typed, setTyped] = useState("");
  const save = useMutation({
    mutationFn: (origins: readonly string[]) => put<EmbeddingBody>("/embedding", { origins }),
    onSuccess: (kept) => client.setQueryData(EMBEDDING, kept),
  });
  const trouble = save.error ?? known.error;
  const origins = known.data?.origins;
  return (
    <>
      <div className={styles.head}>
        <h1 className={styles.title}>Embedding</h1>
        <p className={styles.lead}>
          Pages of these sites may show apps in a frame: add <code>?embed=true</code> to an app&rsquo;s
          address. Whoever looks still needs access to it and signs in from the frame, unless your server made
          them a signed embed.
        </p>
      </div>
      <form
        className={styles.form}
        onSubmit={(event) => {
          event.preventDefault();
          save.mutate([...(origins ?? []), typed], { onSuccess: () => setTyped("") });
        }}
      >
        <TextField
          label="Site"
          placeholder="https://intranet.example.com"
          value={typed}
          onChange={setTyped}
          className={styles.wide}
        />
        <Button
          type="submit"
          variant="primary"
          busy={save.isPending}
          isDisabled={!origins || typed.trim() === ""}
        >
          Allow site
        </Button>
      </form>
      {trouble && (
        <Banner tone="error" icon="error">
          {sentenceOf(trouble)}
        </Banner>
      )}
      {known.isPending && <Spinner />}
      {origins?.length === 0 && <p className={styles.muted}>No site may show apps yet.</p>}
      {origins && origins.length > 0 && (
        <ul className={styles.list} aria-label="Sites">
          {origins.map((origin) => (
            <li key={origin} className={styles.row}>
              <span className={styles.icon}>
                <Icon name="link" />
              </span>
              <span className={styles.who}>
                <span className={styles.name}>{origin}</span>
              </span>
              <Button
                small
                variant="quiet"
                aria-label={`Remove ${origin}`}
                isDisabled={save.isPending}
                onPress={() => save.mutate(origins.filter((one) => one !== origin))}
              >
                Remove
              </Button>
            </li>
          ))}
        </ul>
      )}
    </>
  );
}
