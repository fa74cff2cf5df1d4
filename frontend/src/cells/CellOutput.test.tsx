import { render, screen, within } from "@testing-library/react";
import { userEvent } from "@testing-library/user-event";
import { expect, test } from "vitest";

import { CellOutput } from "./CellOutput";
import type { AnyOutput, DisplayOutput, ErrorOutput, TableAnswer, TableQuery } from "../wire";

const display = (data: DisplayOutput["data"], blobs: DisplayOutput["blobs"] = {}): DisplayOutput => ({
  output: "display",
  data,
  blobs,
  metadata: {},
  display_id: "",
  result: true,
});
const error: ErrorOutput = { output: "error", ename: "", evalue: "", traceback: [], line: 0, app_text: "" };
const show = (outputs: readonly AnyOutput[], more: Partial<Parameters<typeof CellOutput>[0]> = {}) =>
  render(<CellOutput cell="c" label="" outputs={outputs} {...more} />);

test("nothing that code made becomes part of the page: HTML is framed, SVG is an image, Markdown is escaped", () => {
  const { container } = show([
    display({}, { "text/html": { url: "/o/secret", hash: "", size: 1 } }),
    display({ "image/svg+xml": "<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>" }),
    display({
      "text/markdown":
        "One\n\n# Hi\n\n<img src=x onerror=alert(1)>\n\n[go](javascript:alert(1)) [out](https://a.example)",
    }),
    { output: "stream", name: "stdout", text: "<script>alert(1)</script>" },
  ]);
  expect(container.querySelector("script, svg script, img[onerror]")).toBeNull();
  const frame = container.querySelector("iframe");
  expect(frame?.getAttribute("sandbox")).toBe("allow-scripts allow-popups");
  expect(frame?.getAttribute("src")).toBe("/o/secret");
  expect(container.querySelector("img")?.src).toMatch(/^data:image\/svg\+xml,/);
  expect(container.querySelector("a[href^='javascript']")).toBeNull();
  expect(screen.getByRole("link", { name: "out" }).getAttribute("rel")).toContain("noopener");
  expect(screen.getByRole("heading", { name: "Hi" })).toBeTruthy();
});

test("a viewer reads a plain sentence, and the author's own words where there are any", async () => {
  let retried = 0;
  show([{ ...error, app_text: "Choose a year after 2019." }], {
    label: "Returns",
    onRetry: () => (retried += 1),
  });
  expect(screen.getByText("This part could not be computed")).toBeTruthy();
  expect(screen.getByText("Choose a year after 2019.")).toBeTruthy();
  expect(screen.getByRole("heading", { name: "Returns" })).toBeTruthy();
  await userEvent.click(screen.getByRole("button", { name: "Try again" }));
  expect(retried).toBe(1);
});

test("who may see code gets the exception, its line and the traceback", () => {
  show([
    {
      ...error,
      ename: "KeyError",
      evalue: "'mass'",
      traceback: ["\u001B[31mKeyError\u001B[0m here"],
      line: 3,
    },
  ]);
  expect(screen.getByText("KeyError", { selector: "b" })).toBeTruthy();
  expect(screen.getByText(/in line 3/)).toBeTruthy();
  expect(screen.getByText(/here/)).toBeTruthy();
});

test("printed text is shown only where it is to be; a progress bar overwrites itself", () => {
  const printed: AnyOutput = { output: "stream", name: "stdout", text: "10%\r100%\n" };
  const { container, rerender } = show([printed], { prints: false });
  expect(container.textContent).toBe("");
  rerender(<CellOutput cell="c" label="" outputs={[printed]} prints />);
  expect(container.textContent).toBe("100%\n");
});

test("a figure says what, how much and against what; good is green whichever way it goes", () => {
  const compare = { value: 5, text: "5.2%", delta: -0.4, delta_text: "−0.4 pt", good: "down" };
  const data = { value: 4.8, text: "4.8%", compare, format: "percent" };
  const { container } = show([display({ "application/vnd.vernissage.value+json": data })], {
    label: "Return rate",
  });
  expect(container.textContent).toBe("Return rate4.8%−0.4 pt vs 5.2%");
  expect(screen.getByText("−0.4 pt").dataset["tone"]).toBe("good");
});

test("a form that is not known falls back to plain text, and says so where there is none", () => {
  show([display({ "application/x-new": 1, "text/plain": "plain" }), display({ "application/x-new": 1 })]);
  expect(screen.getByText("plain")).toBeTruthy();
  expect(screen.getByText(/no form that can be shown/)).toBeTruthy();
});

test("a table sorts what it has itself and asks for the rest; an older answer never replaces a newer one's", async () => {
  const rows = Array.from({ length: 50 }, (_, i) => [`Store ${i}`, i]);
  const head = {
    table: "t1",
    columns: [
      { name: "store", type: "text" },
      { name: "orders", type: "number" },
    ],
    total: 500,
    rows,
  };
  const asked: { query: TableQuery; answer: (answer: TableAnswer) => void }[] = [];
  const queryTable = (_cell: string, _table: string, query: TableQuery): Promise<TableAnswer> =>
    new Promise((resolve) => asked.push({ query, answer: resolve }));
  show([display({ "application/vnd.vernissage.table+json": head })], { label: "Stores", queryTable });
  const table = screen.getByRole("table", { name: "Stores" });
  const user = userEvent.setup();
  await user.click(screen.getByRole("button", { name: "Next page" }));
  expect(within(table).getByText("Store 10")).toBeTruthy();
  expect(asked).toHaveLength(0);
  await user.click(within(table).getByRole("button", { name: "orders" }));
  expect(asked.at(-1)?.query).toMatchObject({ sort: "orders", descending: true, offset: 0 });
  await user.click(within(table).getByRole("button", { name: "orders" }));
  expect(asked.at(-1)?.query).toMatchObject({ sort: "orders", descending: false });
  asked[1]?.answer({ ask: "table", rows: [["Newest", 1]], total: 500 });
  asked[0]?.answer({ ask: "table", rows: [["Oldest", 2]], total: 500 });
  expect(await within(table).findByText("Newest")).toBeTruthy();
  expect(within(table).queryByText("Oldest")).toBeNull();
});

test("what stands in the output is shown from there, also where the whole is kept apart", () => {
  const mime = "application/vnd.vernissage.table+json";
  const head = { table: "t", columns: [{ name: "i", type: "number" }], total: 1, rows: [[42]] };
  show([display({ [mime]: head }, { [mime]: { url: "", hash: "a", size: 9 } })]);
  expect(within(screen.getByRole("table")).getByText("42")).toBeTruthy();
});
