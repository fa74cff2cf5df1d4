import { ButtonLink } from "../ui/Button";
import { EmptyState, FramePicture } from "../ui/State";

/** One page for what does not exist and what is not shared: it tells nobody which. */
export function MissingPage() {
  return (
    <main>
      <EmptyState
        title="This does not exist or is not shared with you"
        picture={<FramePicture />}
        action={<ButtonLink href="/">All projects</ButtonLink>}
      >
        <p>Ask the person who sent you here for access, or look among your projects.</p>
      </EmptyState>
    </main>
  );
}
