// A list of many options that is searched while it is open. Loaded where an input has more than a dozen.

import { Check, ChevronDown, Search } from "lucide-react";
import { useMemo, type ReactNode } from "react";
import { Autocomplete, useFilter } from "react-aria-components/Autocomplete";
import { Button } from "react-aria-components/Button";
import { Input, Label } from "react-aria-components/TextField";
import { ListBox, ListBoxItem } from "react-aria-components/ListBox";
import { ListLayout, Virtualizer } from "react-aria-components/Virtualizer";
import { Popover } from "react-aria-components/Popover";
import { SearchField } from "react-aria-components/SearchField";
import { Select, SelectValue } from "react-aria-components/Select";

import { indexOfOption, optionLabel } from "../core/inputs";
import { groupDigits } from "../core/values";
import styles from "./SearchedSelect.module.css";

export interface SearchedSelectProps {
  readonly label: string;
  readonly options: readonly unknown[];
  /** The chosen option's place, or -1. */
  readonly chosen: number;
  readonly optional: boolean;
  readonly disabled: boolean;
  /** null = nothing is chosen. */
  readonly choose: (at: number | null) => void;
}

const NONE = "none";

export default function SearchedSelect(props: SearchedSelectProps): ReactNode {
  const { label, options, chosen, optional, disabled, choose } = props;
  const { contains } = useFilter({ sensitivity: "base" });
  const items = useMemo(() => {
    const named = options.map((option, at) => ({ id: String(at), text: optionLabel(option) }));
    return optional ? [{ id: NONE, text: "Any" }, ...named] : named;
  }, [options, optional]);
  return (
    <Select
      className={styles.select ?? ""}
      isDisabled={disabled}
      value={chosen < 0 ? (optional ? NONE : null) : String(chosen)}
      onChange={(key) => choose(key === null || key === NONE ? null : Number(key))}
    >
      <Label className={styles.label ?? ""}>{label}</Label>
      <Button className={styles.button ?? ""}>
        <SelectValue className={styles.value ?? ""} />
        <ChevronDown size={16} aria-hidden />
      </Button>
      <Popover className={styles.popover ?? ""} offset={4}>
        <Autocomplete filter={contains}>
          <SearchField aria-label="Search" autoFocus className={styles.search ?? ""}>
            <Search size={16} aria-hidden />
            <Input placeholder="Search" />
          </SearchField>
          <Virtualizer layout={ListLayout} layoutOptions={{ rowHeight: 36 }}>
            <ListBox items={items} className={styles.list ?? ""} renderEmptyState={() => "Nothing found"}>
              {(item) => (
                <ListBoxItem id={item.id} textValue={item.text} className={styles.option ?? ""}>
                  {item.text}
                </ListBoxItem>
              )}
            </ListBox>
          </Virtualizer>
        </Autocomplete>
      </Popover>
    </Select>
  );
}

export interface SearchedManyProps {
  readonly label: string;
  readonly options: readonly unknown[];
  readonly chosen: readonly unknown[];
  readonly disabled: boolean;
  /** In the options' order. */
  readonly choose: (chosen: readonly unknown[]) => void;
}

/** Several of many options: the same list, in which each is on or off. */
export function SearchedMany(props: SearchedManyProps): ReactNode {
  const { label, options, chosen, disabled, choose } = props;
  const { contains } = useFilter({ sensitivity: "base" });
  const items = useMemo(
    () => options.map((option, at) => ({ id: String(at), text: optionLabel(option) })),
    [options],
  );
  const places = useMemo(() => new Map(options.map((option, at) => [JSON.stringify(option), at])), [options]);
  const keys = useMemo(
    () =>
      chosen.flatMap((one) => {
        const at = places.get(JSON.stringify(one)) ?? indexOfOption(options, one);
        return at < 0 ? [] : [String(at)];
      }),
    [chosen, options, places],
  );
  const first = keys.slice(0, 3).map((key) => items[Number(key)]?.text ?? "");
  const text = keys.length === 0 ? "None" : `${first.join(", ")}${keys.length > 3 ? " …" : ""}`;
  return (
    <Select
      className={styles.select ?? ""}
      selectionMode="multiple"
      isDisabled={disabled}
      value={keys}
      onChange={(now) => {
        const on = new Set(now.map(Number));
        choose(options.filter((_, at) => on.has(at)));
      }}
    >
      <Label className={styles.label ?? ""}>
        {label}{" "}
        <span className={styles.count}>
          {groupDigits(String(keys.length))} of {groupDigits(String(options.length))}
        </span>
      </Label>
      <Button className={styles.button ?? ""}>
        <SelectValue className={styles.value ?? ""}>{text}</SelectValue>
        <ChevronDown size={16} aria-hidden />
      </Button>
      <Popover className={styles.popover ?? ""} offset={4}>
        <div className={styles.all}>
          <Button onPress={() => choose(options)}>All</Button>
          <Button onPress={() => choose([])}>None</Button>
        </div>
        <Autocomplete filter={contains}>
          <SearchField aria-label="Search" autoFocus className={styles.search ?? ""}>
            <Search size={16} aria-hidden />
            <Input placeholder="Search" />
          </SearchField>
          <Virtualizer layout={ListLayout} layoutOptions={{ rowHeight: 36 }}>
            <ListBox items={items} className={styles.list ?? ""} renderEmptyState={() => "Nothing found"}>
              {(item) => (
                <ListBoxItem id={item.id} textValue={item.text} className={styles.option ?? ""}>
                  <span className={styles.tick} aria-hidden>
                    {/* Shown by the style of a chosen option. */}
                    <Check size={14} />
                  </span>
                  {item.text}
                </ListBoxItem>
              )}
            </ListBox>
          </Virtualizer>
        </Autocomplete>
      </Popover>
    </Select>
  );
}
