// A text field that knows what could stand in it: what is typed narrows a list, and anything else may be written too.

import { useEffect, useMemo, useRef, useState, type ReactNode } from "react";
import { ComboBox } from "react-aria-components/ComboBox";
import { FieldError } from "react-aria-components/FieldError";
import { Input } from "react-aria-components/Input";
import { Label } from "react-aria-components/Label";
import { ListBox, ListBoxItem } from "react-aria-components/ListBox";
import { Popover } from "react-aria-components/Popover";
import { Text } from "react-aria-components/Text";

import styles from "./Field.module.css";
import { suggested } from "./suggest";

export interface SuggestFieldProps {
  readonly label: string;
  readonly value: string;
  readonly suggestions: readonly string[];
  /** Answers what is wrong with the value, "" where it was taken. Called on a choice, on Enter, on leaving. */
  readonly onCommit: (value: string) => Promise<string> | string;
  readonly onFocus?: () => void;
  /** Told what is typed, for suggestions that come from elsewhere. */
  readonly onType?: (text: string) => void;
  readonly placeholder?: string;
  readonly hint?: ReactNode;
  readonly mono?: boolean;
  readonly isDisabled?: boolean;
}

export function SuggestField(props: SuggestFieldProps) {
  const {
    label,
    value,
    suggestions,
    onCommit,
    onFocus,
    onType,
    placeholder,
    hint,
    mono,
    isDisabled = false,
  } = props;
  const [text, setText] = useState(value);
  const [error, setError] = useState("");
  const focused = useRef(false);
  const sent = useRef(value);
  useEffect(() => {
    sent.current = value;
    if (!focused.current) setText(value);
  }, [value]);
  const items = useMemo(
    () => suggested(suggestions, text === value ? "" : text).map((name) => ({ id: name, name })),
    [suggestions, text, value],
  );
  const commit = async (next: string): Promise<void> => {
    const plain = next.trim();
    if (plain === sent.current) return;
    sent.current = plain;
    const trouble = await onCommit(plain);
    setError(trouble);
    if (trouble) sent.current = value;
  };
  return (
    <ComboBox
      allowsCustomValue
      menuTrigger="focus"
      className={styles.wrap ?? ""}
      items={items}
      inputValue={text}
      isDisabled={isDisabled}
      isInvalid={error !== ""}
      onInputChange={(next) => {
        setText(next);
        setError("");
        onType?.(next);
      }}
      onSelectionChange={(key) => {
        if (key === null) return;
        setText(String(key));
        void commit(String(key));
      }}
      onFocus={() => {
        focused.current = true;
        onFocus?.();
      }}
      onBlur={() => {
        focused.current = false;
        void commit(text);
      }}
      onKeyDown={(event) => {
        if (event.key === "Enter") void commit(text);
        event.continuePropagation();
      }}
    >
      <Label className={styles.label ?? ""}>{label}</Label>
      <Input className={`${styles.field} ${mono ? styles.mono : ""}`} placeholder={placeholder} />
      {hint && !error && (
        <Text slot="description" className={styles.hint ?? ""}>
          {hint}
        </Text>
      )}
      <FieldError className={styles.error ?? ""}>{error}</FieldError>
      <Popover className={styles.popover ?? ""} offset={4}>
        <ListBox className={styles.list ?? ""}>
          {(item: { readonly id: string; readonly name: string }) => (
            <ListBoxItem id={item.id} textValue={item.name} className={styles.option ?? ""}>
              {item.name}
            </ListBoxItem>
          )}
        </ListBox>
      </Popover>
    </ComboBox>
  );
}
