import { Button, ButtonLink } from "../ui/Button";
import { EmptyState, FramePicture } from "../ui/State";

/** A page that failed by itself: says so, loses nothing, offers the way on. */
export function BrokenPage({ error }: { readonly error: unknown }) {
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
