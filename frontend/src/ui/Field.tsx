// Fields of forms: text, a choice, a switch. Each has a label that is its accessible name, and a line below for a hint
// or for what is wrong.

import type { ReactNode } from "react";
import { Button as AriaButton } from "react-aria-components/Button";
import { FieldError } from "react-aria-components/FieldError";
import { Input } from "react-aria-components/Input";
import { Label } from "react-aria-components/Label";
import { ListBox, ListBoxItem } from "react-aria-components/ListBox";
import { Popover } from "react-aria-components/Popover";
import { Select as AriaSelect, SelectValue } from "react-aria-components/Select";
import { Switch as AriaSwitch } from "react-aria-components/Switch";
import { Text } from "react-aria-components/Text";
import { TextArea } from "react-aria-components/TextArea";
import {
  TextField as AriaTextField,
  type TextFieldProps as AriaTextFieldProps,
} from "react-aria-components/TextField";

import styles from "./Field.module.css";
import { Icon } from "./Icon";

export interface TextFieldProps extends Omit<AriaTextFieldProps, "children" | "className" | "style"> {
  readonly label: string;
  /** The label is for assistive tools only; something else says it on the page. */
  readonly hideLabel?: boolean;
  readonly hint?: ReactNode;
  /** What is wrong; "" = nothing. */
  readonly error?: string;
  readonly placeholder?: string;
  readonly multiline?: boolean;
  /** Code: the other font. */
  readonly mono?: boolean;
  readonly className?: string | undefined;
}

export function TextField({
  label,
  hideLabel = false,
  hint,
  error = "",
  placeholder,
  multiline = false,
  mono = false,
  className,
  ...rest
}: TextFieldProps) {
  const classes = `${multiline ? styles.area : styles.field} ${mono ? styles.mono : ""}`;
  return (
    <AriaTextField
      {...rest}
      {...(hideLabel ? { "aria-label": label } : {})}
      isInvalid={error !== ""}
      className={[styles.wrap, className].filter(Boolean).join(" ")}
    >
      {!hideLabel && <Label className={styles.label}>{label}</Label>}
      {multiline ? (
        <TextArea className={classes} placeholder={placeholder} rows={3} />
      ) : (
        <Input className={classes} placeholder={placeholder} />
      )}
      {hint && !error && (
        <Text slot="description" className={styles.hint}>
          {hint}
        </Text>
      )}
      <FieldError className={styles.error}>{error}</FieldError>
    </AriaTextField>
  );
}

export interface Option<Id extends string> {
  readonly id: Id;
  readonly name: string;
  readonly hint?: string;
}

/** One of a few: a button that opens a list. */
export function Select<Id extends string>({
  label,
  hideLabel = false,
  options,
  selected,
  onSelect,
  isDisabled = false,
  small = false,
  className,
}: {
  readonly label: string;
  readonly hideLabel?: boolean;
  readonly options: readonly Option<Id>[];
  readonly selected: Id;
  readonly onSelect: (id: Id) => void;
  readonly isDisabled?: boolean;
  readonly small?: boolean;
  readonly className?: string | undefined;
}) {
  return (
    <AriaSelect
      {...(hideLabel ? { "aria-label": label } : {})}
      value={selected}
      onChange={(key) => {
        const chosen = options.find((option) => option.id === key);
        if (chosen) onSelect(chosen.id);
      }}
      isDisabled={isDisabled}
      className={[styles.wrap, className].filter(Boolean).join(" ")}
    >
      {!hideLabel && <Label className={styles.label}>{label}</Label>}
      <AriaButton className={`${styles.field} ${styles.choice} ${small ? styles.small : ""}`}>
        <SelectValue className={styles.chosen}>
          {({ isPlaceholder, selectedText }) => (isPlaceholder ? "Choose" : selectedText)}
        </SelectValue>
        <Icon name="down" small />
      </AriaButton>
      <Popover className={styles.popover} offset={4}>
        <ListBox className={styles.list}>
          {options.map((option) => (
            <ListBoxItem key={option.id} id={option.id} textValue={option.name} className={styles.option}>
              <span className={styles.tick}>
                <Icon name="check" small />
              </span>
              <span>
                {option.name}
                {option.hint && <span className={styles.optionHint}>{option.hint}</span>}
              </span>
            </ListBoxItem>
          ))}
        </ListBox>
      </Popover>
    </AriaSelect>
  );
}

/** On or off, at once. */
export function Switch({
  children,
  isSelected,
  onChange,
  isDisabled = false,
}: {
  readonly children: ReactNode;
  readonly isSelected: boolean;
  readonly onChange: (on: boolean) => void;
  readonly isDisabled?: boolean;
}) {
  return (
    <AriaSwitch className={styles.switch} isSelected={isSelected} onChange={onChange} isDisabled={isDisabled}>
      <span className={styles.knob} />
      {children}
    </AriaSwitch>
  );
}
