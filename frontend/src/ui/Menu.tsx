// A menu that a button opens: each row is one act.

import type { ReactElement, ReactNode } from "react";
import { Menu as AriaMenu, MenuItem as AriaMenuItem, MenuTrigger } from "react-aria-components/Menu";
import { Popover } from "react-aria-components/Popover";
import { Separator } from "react-aria-components/Separator";

import { Icon, type IconName } from "./Icon";
import { Kbd } from "./Kbd";
import styles from "./Menu.module.css";

/** `button` opens the menu; `label` names it for assistive tools. */
export function Menu({
  button,
  label,
  placement = "bottom end",
  wide = false,
  children,
}: {
  readonly button: ReactElement;
  readonly label: string;
  readonly placement?: "bottom end" | "bottom start" | "top end";
  readonly wide?: boolean;
  readonly children: ReactNode;
}) {
  return (
    <MenuTrigger>
      {button}
      <Popover className={`${styles.popover} ${wide ? styles.wide : ""}`} placement={placement} offset={4}>
        <AriaMenu className={styles.menu} aria-label={label}>
          {children}
        </AriaMenu>
      </Popover>
    </MenuTrigger>
  );
}

export interface MenuItemProps {
  readonly children: string;
  readonly icon?: IconName;
  /** A second line that says what it does. */
  readonly hint?: string;
  /** Keys that do the same. */
  readonly keys?: string;
  readonly danger?: boolean;
  readonly isDisabled?: boolean;
  /** Leads to another page. */
  readonly href?: string;
  readonly onAction?: () => void;
}

export function MenuItem({ children, icon, hint, keys, danger = false, ...rest }: MenuItemProps) {
  return (
    <AriaMenuItem {...rest} className={`${styles.item} ${danger ? styles.danger : ""}`} textValue={children}>
      {icon && <Icon name={icon} />}
      <span className={styles.words}>
        <span className={hint ? styles.named : undefined}>{children}</span>
        {hint && <span className={styles.hint}>{hint}</span>}
      </span>
      {keys && <Kbd>{keys}</Kbd>}
    </AriaMenuItem>
  );
}

export function MenuSeparator() {
  return <Separator className={styles.separator} />;
}
