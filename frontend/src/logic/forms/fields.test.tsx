// A form's field sends what was written when one is done with it, and says why it was refused.

import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test } from "vitest";

import { CommitField, NumberCommitField } from "./fields";

test("a value is taken by Enter or by leaving, never letter by letter", async () => {
  const taken: string[] = [];
  const user = userEvent.setup();
  render(
    <CommitField
      label="Name in code"
      value="n"
      onCommit={(value) => {
        taken.push(value);
        return "";
      }}
    />,
  );
  const field = screen.getByLabelText("Name in code");
  await user.type(field, "umber");
  expect(taken).toEqual([]);
  await user.keyboard("{Enter}");
  expect(taken).toEqual(["number"]);
});

test("a refusal stands below the field and what was written stays in it", async () => {
  const user = userEvent.setup();
  render(
    <CommitField
      label="Name in code"
      value="n"
      onCommit={() => "There is an input named 'class' already."}
    />,
  );
  const field = screen.getByLabelText<HTMLInputElement>("Name in code");
  await user.clear(field);
  await user.type(field, "class{Enter}");
  expect(await screen.findByText("There is an input named 'class' already.")).toBeTruthy();
  expect(field.value).toBe("class");
  await user.type(field, "{Escape}");
  expect(field.value).toBe("n");
});

test("a number field takes numbers only, with a comma or a point", async () => {
  const taken: (number | null)[] = [];
  const user = userEvent.setup();
  render(
    <NumberCommitField
      label="Step"
      value={1}
      onCommit={async (value) => {
        taken.push(value);
        return "";
      }}
    />,
  );
  const field = screen.getByLabelText("Step");
  await user.clear(field);
  await user.type(field, "many{Enter}");
  expect(await screen.findByText("Write a number, such as 10 or 0.5.")).toBeTruthy();
  await user.clear(field);
  await user.type(field, "0,5{Enter}");
  expect(taken).toEqual([0.5]);
});
