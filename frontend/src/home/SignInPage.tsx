// Signing in with e-mail and password.

import { useState } from "react";

import { ApiError, post } from "../net/api";
import { Button } from "../ui/Button";
import { TextField } from "../ui/Field";
import { Mark } from "../ui/Icon";
import { Banner } from "../ui/State";
import styles from "./SignInPage.module.css";

/** `onDone`: where to go then; a page that was asked for is simply loaded again. */
export function SignInPage({
  workspace,
  onDone,
}: {
  readonly workspace: string;
  readonly onDone: () => void;
}) {
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const [trouble, setTrouble] = useState("");
  const [busy, setBusy] = useState(false);
  const signIn = async (): Promise<void> => {
    setBusy(true);
    setTrouble("");
    try {
      await post("/sign-in", { email: email.trim(), password });
      onDone();
    } catch (error) {
      setBusy(false);
      setTrouble(error instanceof ApiError ? `${error.message} ${error.hint}`.trim() : String(error));
    }
  };
  return (
    <main className={styles.page}>
      <form
        className={styles.form}
        onSubmit={(event) => {
          event.preventDefault();
          void signIn();
        }}
      >
        <Mark className={styles.mark} />
        <h1 className={styles.title}>Sign in{workspace && ` to ${workspace}`}</h1>
        {trouble && (
          <Banner tone="error" icon="error">
            {trouble}
          </Banner>
        )}
        <TextField
          label="E-mail"
          type="email"
          autoComplete="username"
          autoFocus
          isRequired
          value={email}
          onChange={setEmail}
        />
        <TextField
          label="Password"
          type="password"
          autoComplete="current-password"
          isRequired
          value={password}
          onChange={setPassword}
        />
        <Button type="submit" variant="primary" busy={busy}>
          Sign in
        </Button>
        <p className={styles.hint}>No password yet? Use the link that the server printed when it started.</p>
      </form>
    </main>
  );
}
