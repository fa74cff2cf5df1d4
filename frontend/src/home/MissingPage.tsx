import { useState } from "react";

import { ApiError, post } from "../net/api";
import { Button, ButtonLink } from "../ui/Button";
import { Banner, EmptyState, FramePicture } from "../ui/State";
import type { AskForAccess } from "../wire";
import styles from "./MissingPage.module.css";

/** One page for what does not exist and what is not shared: it tells nobody which, and takes a request for either. */
export function MissingPage() {
  const project = projectIn(location.pathname);
  const [state, setState] = useState<"" | "asking" | "asked">("");
  const [trouble, setTrouble] = useState("");
  const ask = async (): Promise<void> => {
    setState("asking");
    setTrouble("");
    try {
      await post("/access-requests", { project } satisfies AskForAccess);
      setState("asked");
    } catch (error) {
      setState("");
      setTrouble(error instanceof ApiError ? `${error.message} ${error.hint}`.trim() : String(error));
    }
  };
  return (
    <main>
      <EmptyState
        title="This does not exist or is not shared with you"
        picture={<FramePicture />}
        action={
          <span className={styles.acts}>
            {project && state !== "asked" && (
              <Button variant="primary" busy={state === "asking"} onPress={() => void ask()}>
                Request access
              </Button>
            )}
            <ButtonLink href="/">All projects</ButtonLink>
          </span>
        }
      >
        {state === "asked" ? (
          <Banner tone="ok" icon="check">
            Your request is on its way to whoever can share this, if it is there. Once it is accepted, you
            find it among your projects.
          </Banner>
        ) : (
          <p>Ask the person who sent you here for access, or look among your projects.</p>
        )}
        {trouble && (
          <Banner tone="error" icon="error">
            {trouble}
          </Banner>
        )}
      </EmptyState>
    </main>
  );
}

/** What an address names as its project; "" where it is none of a project. */
export function projectIn(path: string): string {
  return (
    /^\/[^/]+\/(?:app|project)\/([^/]*[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?:\/|$)/i.exec(
      path,
    )?.[1] ?? ""
  );
}

/** The address of an app that is not published now, for those who may know of it. */
export function UnpublishedPage() {
  return (
    <main>
      <EmptyState
        title="This app is not published"
        picture={<FramePicture />}
        action={<ButtonLink href="/">All projects</ButtonLink>}
      >
        <p>Its authors unpublished it, or have not published it yet. When they do, it is at this address.</p>
      </EmptyState>
    </main>
  );
}
