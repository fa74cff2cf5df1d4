// Fields whose value is taken when one leaves them or presses Enter, so that nobody watches half a word arrive.

import { useEffect, useRef, useState } from "react";

import { TextField, type TextFieldProps } from "../../ui/Field";

/** `onCommit` answers what is wrong with the value, "" where it was taken. */
export interface CommitFieldProps extends Omit<TextFieldProps, "value" | "onChange" | "error"> {
  readonly value: string;
  readonly onCommit: (value: string) => Promise<string> | string;
}

export function CommitField({ value, onCommit, ...rest }: CommitFieldProps) {
  const [text, setText] = useState(value);
  const [error, setError] = useState("");
  const focused = useRef(false);
  // What others change shows at once, unless somebody is writing here.
  useEffect(() => {
    if (!focused.current) setText(value);
  }, [value]);
  const commit = async (): Promise<void> => {
    if (text !== value) setError(await onCommit(text));
  };
  return (
    <TextField
      {...rest}
      value={text}
      error={error}
      onChange={(next) => {
        setText(next);
        setError("");
      }}
      onFocus={() => {
        focused.current = true;
      }}
      onBlur={() => {
        focused.current = false;
        void commit();
      }}
      onKeyDown={(event) => {
        if (event.key === "Enter" && !rest.multiline && !event.shiftKey && !event.ctrlKey && !event.metaKey)
          void commit();
        else if (event.key === "Escape") {
          setText(value);
          setError("");
          event.continuePropagation();
        } else event.continuePropagation();
      }}
    />
  );
}

/** A number, or nothing where that is allowed. */
export function NumberCommitField({
  value,
  onCommit,
  optional = false,
  ...rest
}: Omit<CommitFieldProps, "value" | "onCommit"> & {
  readonly value: number | null;
  readonly onCommit: (value: number | null) => Promise<string>;
  readonly optional?: boolean;
}) {
  return (
    <CommitField
      {...rest}
      inputMode="decimal"
      value={value === null ? "" : String(value)}
      onCommit={(text) => {
        const plain = text.trim().replace(",", ".");
        if (plain === "") return optional ? onCommit(null) : "This needs a number.";
        const number = Number(plain);
        return Number.isFinite(number) ? onCommit(number) : "Write a number, such as 10 or 0.5.";
      }}
    />
  );
}
