import { act, fireEvent, render, screen, within } from "@testing-library/react";
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

test("a number with a format is read with it and edited without", async () => {
  const { sent } = mount(
    { kind: "number", ...common, min: null, max: null, step: null, format: "percent", optional: false },
    0.5,
  );
  const field = screen.getByRole("spinbutton", { name: "My label" });
  expect(field).toHaveProperty("value", "50\u202F%");
  const user = userEvent.setup();
  await user.click(field);
  expect(field).toHaveProperty("value", "0.5");
  await user.clear(field);
  await user.paste("12.5%");
  expect(sent).toEqual([0.125]);
  await user.tab();
  expect(field).toHaveProperty("value", "12.5\u202F%");
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
  const { sent } = mount({ ...date, time: false, relative: true }, "0 days ago");
  const field = screen.getByRole("textbox", { name: "My label" });
  await userEvent.clear(field);
  await userEvent.type(field, "7 days ago{Enter}");
  expect(sent).toEqual(["7 days ago"]);
});

test("a relative date shows the day that it means, and changes to a day of the calendar and back", async () => {
  const date = { kind: "date", ...common, timezone: "", range: false, optional: false } as const;
  const { sent } = mount({ ...date, time: false, relative: true }, "0 days ago");
  const today = new Date().toISOString().slice(0, 10);
  const field = screen.getByRole("textbox", { name: "My label" });
  expect(field).toHaveProperty("value", "today");
  const hint = document.getElementById(field.getAttribute("aria-describedby") ?? "");
  expect(hint?.textContent).toContain(today.slice(0, 4));
  const quick = screen.getByRole("combobox", { name: "My label: day or relative date" });
  await userEvent.selectOptions(quick, "7 days ago");
  await userEvent.selectOptions(quick, "A day of the calendar");
  await userEvent.selectOptions(quick, "Yesterday");
  const week = new Date(Date.now() - 7 * 86_400_000).toISOString().slice(0, 10);
  expect(sent).toEqual(["7 days ago", week, "1 day ago"]);
});

test("words that mean nothing are said so and not sent", async () => {
  const date = { kind: "date", ...common, timezone: "", range: false, optional: false } as const;
  const { sent } = mount({ ...date, time: false, relative: true }, "7 days ago");
  const field = screen.getByRole("textbox", { name: "My label" });
  await userEvent.clear(field);
  await userEvent.type(field, "last summer{Enter}");
  expect(sent).toEqual([]);
  expect(screen.getByRole("alert").textContent).toContain("7 days ago");
});

const FILE: Input = {
  kind: "file",
  ...common,
  default: "stores.csv",
  accept: [".csv", ".parquet"],
  max_bytes: 1_000,
};

test("a file is sent with progress and becomes the value; the published one comes back", async () => {
  const stored = { name: "new.csv", hash: "f".repeat(64), size: 3 };
  let share: (share: number) => void = () => undefined;
  let arrived: (body: typeof stored) => void = () => undefined;
  const { sent } = mount(FILE, null, {
    upload: (_file, progress) => {
      share = progress;
      return new Promise((resolve) => {
        arrived = resolve;
      });
    },
  });
  expect(screen.getByText("stores.csv")).toBeTruthy();
  expect(screen.getByText("Drop a .csv or .parquet file, up to 1 kB.")).toBeTruthy();
  await userEvent.upload(screen.getByLabelText("My label"), new File(["a,b"], "new.csv"));
  act(() => share(0.5));
  expect(screen.getByRole("progressbar", { name: "Sending new.csv" })).toHaveProperty("value", 0.5);
  await act(async () => {
    arrived(stored);
    await Promise.resolve();
  });
  expect(sent).toEqual([stored]);
  await userEvent.click(screen.getByRole("button", { name: "Back to stores.csv" }));
  expect(sent).toEqual([stored, null]);
});

test("a file of another kind or too large is refused before it is sent; the server's sentence is shown", async () => {
  const asked: string[] = [];
  mount(FILE, null, {
    upload: (file) => {
      asked.push(file.name);
      return Promise.reject(new Error("The disk is full."));
    },
  });
  const drop = (file: File): void => {
    const zone = screen.getByLabelText("My label").parentElement;
    if (zone) fireEvent.drop(zone, { dataTransfer: { files: [file] } });
  };
  drop(new File(["x"], "a.xlsx"));
  expect(screen.getByRole("alert").textContent).toBe("a.xlsx is not a .csv, .parquet file.");
  drop(new File(["x".repeat(1_500)], "a.csv"));
  expect(screen.getByRole("alert").textContent).toBe("a.csv has 1.5 kB; at most 1 kB can be sent.");
  expect(asked).toEqual([]);
  drop(new File(["x"], "a.csv"));
  expect(await screen.findByText("The disk is full.")).toBeTruthy();
});

const TABLE: Input = {
  kind: "table",
  ...common,
  columns: [
    { name: "store", type: "text" },
    { name: "goal", type: "number" },
    { name: "open", type: "checkbox" },
  ],
};

test("a table is walked and edited with the keyboard", async () => {
  const { sent } = mount(TABLE, [
    ["Oslo", 5, true],
    ["Bergen", 7, false],
  ]);
  await screen.findByRole("grid", { name: /My label/ });
  const user = userEvent.setup();
  screen.getByRole("gridcell", { name: "Oslo" }).focus();
  await user.keyboard("{ArrowRight}{ArrowDown}9{Enter}");
  expect(sent.at(-1)).toEqual([
    ["Oslo", 5, true],
    ["Bergen", 9, false],
  ]);
  await user.keyboard("x{Escape}{ArrowRight} ");
  expect(sent).toHaveLength(2);
  expect(sent.at(-1)).toEqual([
    ["Oslo", 5, true],
    ["Bergen", 9, true],
  ]);
  await user.keyboard("{ArrowLeft}many{Enter}");
  expect(screen.getByRole("alert").textContent).toBe("goal takes a number; “many” is none.");
  expect(screen.getByRole("gridcell", { name: "many" }).getAttribute("aria-invalid")).toBe("true");
  expect(sent).toHaveLength(2);
});

test("rows are pasted from a spreadsheet, added and deleted", async () => {
  const { sent } = mount(TABLE, [["Oslo", 5, true]]);
  const grid = await screen.findByRole("grid", { name: /My label/ });
  fireEvent.paste(grid, { clipboardData: { getData: () => "Bergen\t7\tfalse\nTromsø\t3\t" } });
  expect(sent.at(-1)).toEqual([
    ["Bergen", 7, false],
    ["Tromsø", 3, null],
  ]);
  await userEvent.click(screen.getByRole("button", { name: "Add row" }));
  expect(sent.at(-1)).toEqual([
    ["Bergen", 7, false],
    ["Tromsø", 3, null],
    [null, null, null],
  ]);
  await userEvent.click(screen.getByRole("button", { name: "Delete row 1" }));
  expect(sent.at(-1)).toEqual([
    ["Tromsø", 3, null],
    [null, null, null],
  ]);
});

test("of ten thousand rows only those in sight are drawn", async () => {
  mount(
    TABLE,
    Array.from({ length: 10_000 }, (_, at) => [`Store ${at}`, at, true]),
  );
  const grid = await screen.findByRole("grid", { name: /My label/ });
  expect(grid.getAttribute("aria-rowcount")).toBe("10001");
  expect(within(grid).getAllByRole("row").length).toBeLessThan(40);
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
