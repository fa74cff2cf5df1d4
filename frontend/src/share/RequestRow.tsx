import { useState } from "react";

import { Avatar } from "../ui/Avatars";
import { Button } from "../ui/Button";
import { Select } from "../ui/Field";
import type { AccessRequestBody } from "../wire";
import { PERSON_LEVELS, type Access } from "./sharing";
import styles from "./ShareDialog.module.css";

/** Somebody who asks: give them an access, or decline. */
export function RequestRow({
  request,
  about = "asks for access",
  onDecide,
}: {
  readonly request: AccessRequestBody;
  readonly about?: string;
  readonly onDecide: (access: Access | null) => Promise<void>;
}) {
  const [level, setLevel] = useState<Access>(request.role === "viewer" ? "APP_ONLY" : "CAN_VIEW");
  const [busy, setBusy] = useState(false);
  const decide = (access: Access | null): void => {
    setBusy(true);
    void onDecide(access).finally(() => setBusy(false));
  };
  const name = request.person.name || request.person.email;
  return (
    <li className={styles.request} aria-label={`${name} ${about}`}>
      <Avatar name={name} color={2} />
      <span className={styles.who}>
        <span className={styles.name}>
          {name} {about}
        </span>
        <span className={styles.about}>
          {request.person.email}
          {request.role === "viewer" && " · a viewer of the workspace gets App only, whatever is given"}
        </span>
      </span>
      <span className={styles.decide}>
        <Select
          label={`Access for ${name}`}
          hideLabel
          small
          options={PERSON_LEVELS}
          selected={level}
          onSelect={setLevel}
          className={styles.level}
        />
        <Button small variant="primary" busy={busy} onPress={() => decide(level)}>
          Accept
        </Button>
        <Button small variant="quiet" isDisabled={busy} onPress={() => decide(null)}>
          Decline
        </Button>
      </span>
    </li>
  );
}
