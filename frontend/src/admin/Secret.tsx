import { useState } from "react";

import { Button } from "../ui/Button";
import { Banner } from "../ui/State";
import styles from "./admin.module.css";

/** Something that is shown this once: to be copied now. */
export function Secret({
  label,
  text,
  children,
  onDone,
}: {
  readonly label: string;
  readonly text: string;
  readonly children: string;
  readonly onDone: () => void;
}) {
  const [copied, setCopied] = useState(false);
  return (
    <Banner
      tone="ok"
      icon="check"
      action={
        <Button small variant="quiet" onPress={onDone}>
          Done
        </Button>
      }
    >
      <p>{children}</p>
      <p className={styles.secret}>
        <code aria-label={label}>{text}</code>
        <Button
          small
          icon={copied ? "check" : "copy"}
          onPress={() => {
            navigator.clipboard.writeText(text).then(
              () => setCopied(true),
              () => setCopied(false),
            );
          }}
        >
          {copied ? "Copied" : "Copy"}
        </Button>
      </p>
    </Banner>
  );
}
