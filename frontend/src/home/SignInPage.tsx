// Signing in: with an OpenID provider where there is one, with e-mail and password, or by a link that an admin made.

import { useState } from "react";

import { ApiError, post } from "../net/api";
import { Button, ButtonLink } from "../ui/Button";
import { TextField } from "../ui/Field";
import { Mark } from "../ui/Icon";
import { Banner } from "../ui/State";
import type { SignIn } from "../wire";
import styles from "./SignInPage.module.css";

/** `onDone`: where to go then; a page that was asked for is simply loaded again. */
export function SignInPage({
  workspace,
  ways,
  onDone,
}: {
  readonly workspace: string;
  readonly ways: SignIn;
  readonly onDone: () => void;
}) {
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const [trouble, setTrouble] = useState(ways.trouble);
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
        {ways.provider && (
          <>
            <ButtonLink
              variant="primary"
              className={styles.wide ?? ""}
              href={`/sign-in/openid?next=${encodeURIComponent(place())}`}
            >
              Sign in with {ways.provider}
            </ButtonLink>
            <p className={styles.or}>or with a password</p>
          </>
        )}
        <TextField
          label="E-mail"
          type="email"
          autoComplete="username"
          autoFocus={!ways.provider}
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
        <Button type="submit" variant={ways.provider ? "plain" : "primary"} busy={busy}>
          Sign in
        </Button>
        <p className={styles.hint}>
          No password yet? Ask an admin for a sign-in link. The very first one is printed when the server
          starts.
        </p>
      </form>
    </main>
  );
}

/** Where they wanted to go; the sign-in page itself leads home. */
export function place(): string {
  return location.pathname.startsWith("/sign-in") ? "/" : location.pathname + location.search + location.hash;
}
