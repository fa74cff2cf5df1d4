// What the controls promise beyond what React Aria does for them.

import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { expect, test } from "vitest";

import { Button } from "./Button";
import { Dialog } from "./Dialog";
import { Toasts, useSay } from "./Toast";

test("a dialog closes by Escape also when the button that had the focus is gone", async () => {
  function Page() {
    const [open, setOpen] = useState(true);
    const [there, setThere] = useState(true);
    return (
      <Dialog title="Publish" isOpen={open} onClose={() => setOpen(false)}>
        {there && <Button onPress={() => setThere(false)}>Gone</Button>}
      </Dialog>
    );
  }
  const user = userEvent.setup();
  render(<Page />);
  await user.click(screen.getByRole("button", { name: "Gone" }));
  (document.activeElement as HTMLElement | null)?.blur();
  await user.keyboard("{Escape}");
  expect(screen.queryByRole("dialog")).toBeNull();
});

test("a sentence with an act does it once and leaves", async () => {
  const undone: string[] = [];
  function Page() {
    const say = useSay();
    return (
      <Button
        onPress={() =>
          say({ text: "Deleted Forecast.", action: { name: "Undo", run: () => undone.push("Forecast") } })
        }
      >
        Delete
      </Button>
    );
  }
  const user = userEvent.setup();
  render(
    <Toasts>
      <Page />
    </Toasts>,
  );
  await user.click(screen.getByRole("button", { name: "Delete" }));
  expect(screen.getByText("Deleted Forecast.")).toBeTruthy();
  await user.click(screen.getByRole("button", { name: "Undo" }));
  expect(undone).toEqual(["Forecast"]);
  expect(screen.queryByText("Deleted Forecast.")).toBeNull();
});

test("the same sentence twice is said once", async () => {
  function Page() {
    const say = useSay();
    return <Button onPress={() => say("Refused.")}>Try</Button>;
  }
  const user = userEvent.setup();
  render(
    <Toasts>
      <Page />
    </Toasts>,
  );
  await user.click(screen.getByRole("button", { name: "Try" }));
  await user.click(screen.getByRole("button", { name: "Try" }));
  expect(screen.getAllByText("Refused.")).toHaveLength(1);
});
