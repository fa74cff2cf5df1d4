// One's own account: who one is here, and one's password.

import { useMutation } from "@tanstack/react-query";
import { useState } from "react";

import { ApiError, put } from "../net/api";
import { sentenceOf } from "../share/sharing";
import { Button } from "../ui/Button";
import { TextField } from "../ui/Field";
import { Banner } from "../ui/State";
import type { NewPassword } from "../wire";
import styles from "./admin.module.css";
import { ROLES } from "./PeoplePage";
import type { PageProps } from "./tabs";

export function AccountPage({ person }: PageProps) {
  const [current, setCurrent] = useState("");
  const [next, setNext] = useState("");
  const change = useMutation({
    mutationFn: () => put("/password", { new: next, current } satisfies NewPassword),
    onSuccess: () => {
      setCurrent("");
      setNext("");
    },
  });
  const field = change.error instanceof ApiError ? change.error.field : null;
  const trouble = change.error ? sentenceOf(change.error) : "";
  return (
    <>
      <div className={styles.head}>
        <h1 className={styles.title}>Your account</h1>
        <p className={styles.lead}>
          {person.name} · {person.email} · {ROLES.find((role) => role.id === person.role)?.name}
        </p>
      </div>
      <form
        className={styles.column}
        onSubmit={(event) => {
          event.preventDefault();
          change.mutate();
        }}
      >
        <h2 className={styles.second}>Password</h2>
        <TextField
          label="Present password"
          hint="Leave it empty if you have none yet."
          type="password"
          autoComplete="current-password"
          value={current}
          onChange={setCurrent}
          error={field === "current" ? trouble : ""}
        />
        <TextField
          label="New password"
          hint="At least 8 characters. Your other browsers are signed out."
          type="password"
          autoComplete="new-password"
          value={next}
          onChange={setNext}
          error={field === "password" ? trouble : ""}
        />
        {trouble && !field && (
          <Banner tone="error" icon="error">
            {trouble}
          </Banner>
        )}
        {change.isSuccess && (
          <Banner tone="ok" icon="check">
            Your password is changed.
          </Banner>
        )}
        <Button type="submit" variant="primary" busy={change.isPending} isDisabled={next === ""}>
          Change password
        </Button>
      </form>
    </>
  );
}
