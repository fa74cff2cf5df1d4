// A list of many options that is searched while it is open. Loaded where an input has more than a dozen.

import { ChevronDown, Search } from "lucide-react";
import { useMemo, type ReactNode } from "react";
import { Autocomplete, useFilter } from "react-aria-components/Autocomplete";
import { Button } from "react-aria-components/Button";
import { Input, Label } from "react-aria-components/TextField";
import { ListBox, ListBoxItem } from "react-aria-components/ListBox";
import { ListLayout, Virtualizer } from "react-aria-components/Virtualizer";
import { Popover } from "react-aria-components/Popover";
import { SearchField } from "react-aria-components/SearchField";
import { Select, SelectValue } from "react-aria-components/Select";

import { optionLabel } from "../core/inputs";
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
