import { useState } from "react";

import { Button, ButtonLink } from "../ui/Button";
import { EmptyState, FramePicture } from "../ui/State";
import { reloadOnce } from "./reload";

/** A page that failed by itself: says so, loses nothing, offers the way on. */
export function BrokenPage({ error }: { readonly error: unknown }) {
  // Code of an older release that is gone: the new one is a reload away, and nobody needs to read about it.
  const [reloading] = useState(() => reloadOnce(error, sessionStorage, Date.now(), () => location.reload()));
  if (reloading) return null;
  return (
    <main>
      <EmptyState
        title="This page stopped working"
        picture={<FramePicture />}
        action={
          <>
            <ButtonLink href="/">All projects</ButtonLink>
            <Button variant="primary" onPress={() => location.reload()}>
              Load again
            </Button>
          </>
        }
      >
        <p>What you changed is kept on the server. Load the page again to go on.</p>
        <details>
          <summary>What happened</summary>
          <code>{error instanceof Error ? error.message : String(error)}</code>
        </details>
      </EmptyState>
    </main>
  );
}
