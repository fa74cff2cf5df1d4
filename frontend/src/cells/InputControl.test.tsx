import { fireEvent, render, screen, within } from "@testing-library/react";
import { userEvent } from "@testing-library/user-event";
import { useState, type ReactNode } from "react";
import { expect, test } from "vitest";

import { InputControl, type InputControlProps } from "./InputControl";
import type { Input } from "../wire";

const common = { name: "n", default: null, settable: false, in_links: true } as const;

/** A control whose value is kept as a room keeps it; answers what was sent. */
function mount(
  input: Input,
  value: unknown,
  more: Partial<InputControlProps> = {},
): { sent: unknown[]; pressed: string[] } {
  const sent: unknown[] = [];
  const pressed: string[] = [];
  function Kept(): ReactNode {
    const [now, setNow] = useState(value);
    return (
      <InputControl
        input={input}
        label="My label"
        value={now}
        onChange={(_name, next) => {
          sent.push(next);
          setNow(next);
        }}
        onPress={(name) => pressed.push(name)}
        {...more}
      />
    );
  }
  render(<Kept />);
  return { sent, pressed };
}

test("every control stands in its mark and is named by its label", () => {
  mount({ kind: "text", ...common, multiline: false, placeholder: "" }, "a");
  const mark = document.querySelector<HTMLElement>('[data-input="n"]');
  expect(mark && within(mark).getByLabelText("My label")).toBe(
    screen.getByRole("textbox", { name: "My label" }),
  );
});

test("text is sent as it is typed", async () => {
  const { sent } = mount({ kind: "text", ...common, multiline: false, placeholder: "" }, "");
  await userEvent.type(screen.getByRole("textbox"), "ab");
  expect(sent).toEqual(["a", "ab"]);
});

test("a number is sent while it is one; half a number stays on the page with a hint", async () => {
  const { sent } = mount(
    { kind: "number", ...common, min: 1, max: 50, step: 0.5, format: "plain", optional: false },
    2,
  );
  const field = screen.getByRole("spinbutton", { name: "My label" });
  const user = userEvent.setup();
  await user.clear(field);
  expect(screen.getByRole("alert").textContent).toBe("This needs a number.");
  await user.type(field, "60");
  expect(sent).toEqual([6]);
  expect(screen.getByRole("alert").textContent).toBe("At most 50.");
  await user.tab();
  expect(screen.queryByRole("alert")).toBeNull();
  expect(field).toHaveProperty("value", "6");
  await user.type(field, "{ArrowUp}");
  expect(sent).toEqual([6, 6.5]);
});

test("a slider moves in its steps and shows its value", () => {
  const { sent } = mount({ kind: "slider", ...common, min: 0, max: 2000, step: 10 }, 20);
  const slider = screen.getByRole("slider", { name: "My label" });
  fireEvent.change(slider, { target: { value: "1500" } });
  expect(sent).toEqual([1500]);
  expect(screen.getByRole("status").textContent).toBe("1\u202F500");
});

test("a checkbox and a toggle are on or off", async () => {
  const { sent } = mount({ kind: "checkbox", ...common, style: "toggle" }, false);
  await userEvent.click(screen.getByRole("switch", { name: "My label" }));
  expect(sent).toEqual([true]);
});

test("a run button is pressed, by its own words or its label, and says when its press waits", async () => {
  const { pressed } = mount({ kind: "button", ...common, text: "Run forecast", color: "neutral" }, false, {
    waiting: true,
  });
  const button = screen.getByRole("button", { name: "My label Run forecast" });
  await userEvent.click(button);
  expect(pressed).toEqual(["n"]);
  expect(button.getAttribute("aria-busy")).toBe("true");
});

test("a dropdown keeps the type of its options; an optional one may be empty", async () => {
  const { sent } = mount(
    { kind: "dropdown", ...common, options: ["42", 42, true], options_from: "", optional: true },
    "42",
  );
  const select = screen.getByRole("combobox", { name: "My label" });
  const options = within(select).getAllByRole("option");
  expect(options.map((option) => option.textContent)).toEqual(["Any", "42", "42", "true"]);
  for (const at of [2, 3, 0]) await userEvent.selectOptions(select, options[at] ?? "");
  expect(sent).toEqual([42, true, null]);
});

test("a dropdown without options says so", () => {
  mount({ kind: "dropdown", ...common, options: [], options_from: "df.x", optional: false }, null);
  expect(screen.getByRole("combobox", { name: "My label" })).toHaveProperty("disabled", true);
  expect(screen.getByText("no options")).toBeTruthy();
});

test("several choices keep the order of the options", async () => {
  const { sent } = mount(
    { kind: "multiselect", ...common, options: ["a", "b", "c"], options_from: "", optional: true },
    ["c"],
  );
  await userEvent.click(screen.getByRole("checkbox", { name: "a" }));
  await userEvent.click(screen.getByRole("checkbox", { name: "c" }));
  expect(sent).toEqual([["a", "c"], ["a"]]);
});

test("words for a date are sent when they are whole; a time keeps its zone", async () => {
  const date = { kind: "date", ...common, timezone: "", range: false, optional: false } as const;
  const { sent } = mount({ ...date, time: false, relative: true }, "today");
  const field = screen.getByRole("textbox", { name: "My label" });
  await userEvent.clear(field);
  await userEvent.type(field, "7 days ago{Enter}");
  expect(sent).toEqual(["7 days ago"]);
});

test("a time keeps the zone that it was written in", () => {
  const date = {
    kind: "date",
    ...common,
    time: true,
    relative: false,
    timezone: "",
    range: false,
    optional: false,
  } as const;
  const { sent } = mount(date, "2026-11-25 09:30:00 Europe/Berlin");
  const field = screen.getByLabelText("My label");
  expect(field).toHaveProperty("value", "2026-11-25T09:30");
  fireEvent.change(field, { target: { value: "2026-11-26T10:00" } });
  expect(sent).toEqual(["2026-11-26 10:00:00 Europe/Berlin"]);
});

test("what the server refused is said beside the control", () => {
  mount({ kind: "text", ...common, multiline: false, placeholder: "" }, "", { refusal: "Too long." });
  expect(screen.getByRole("textbox", { description: "Too long." }).getAttribute("aria-invalid")).toBe("true");
});
