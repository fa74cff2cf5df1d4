// Buttons: something happens here. One filled (`primary`) button per view; the others are edged or quiet.

import type { ReactNode } from "react";
import { Button as AriaButton, type ButtonProps as AriaButtonProps } from "react-aria-components/Button";
import { Link as AriaLink, type LinkProps as AriaLinkProps } from "react-aria-components/Link";

import styles from "./Button.module.css";
import { Icon, type IconName } from "./Icon";
import { Spinner } from "./Spinner";
import { Tooltip } from "./Tooltip";

interface Look {
  /** `primary`: the one thing to do here. `quiet`: no edge. `danger`: something goes away. */
  readonly variant?: "plain" | "primary" | "quiet" | "danger";
  readonly small?: boolean;
  readonly icon?: IconName;
  /** Held down, as a chosen view is. */
  readonly chosen?: boolean;
}

export interface ButtonProps extends Omit<AriaButtonProps, "children" | "className" | "style">, Look {
  readonly children?: ReactNode;
  readonly className?: string | undefined;
  /** Shows a spinner and takes no press; the word stays. */
  readonly busy?: boolean;
}

export function lookOf({ variant = "plain", small, chosen }: Look, more?: string): string {
  return [styles.button, styles[variant], small && styles.small, chosen && styles.chosen, more]
    .filter(Boolean)
    .join(" ");
}

export function Button({
  variant,
  small,
  icon,
  chosen,
  busy,
  children,
  className,
  isDisabled,
  ...rest
}: ButtonProps) {
  return (
    <AriaButton
      {...rest}
      isDisabled={Boolean(isDisabled) || Boolean(busy)}
      className={lookOf({ variant, small, chosen } as Look, className)}
    >
      {busy ? <Spinner /> : icon && <Icon name={icon} small={small ?? false} />}
      {children}
    </AriaButton>
  );
}

/** A button that is only a pictogram; its label is its accessible name and its tooltip. */
export function IconButton({
  label,
  icon,
  className,
  ...rest
}: ButtonProps & { readonly label: string; readonly icon: IconName }) {
  return (
    <Tooltip text={label}>
      <Button
        {...rest}
        variant={rest.variant ?? "quiet"}
        aria-label={label}
        className={`${styles.only} ${className ?? ""}`}
      >
        <Icon name={icon} />
      </Button>
    </Tooltip>
  );
}

/** A link that looks like a button: it leads to another page. */
export function ButtonLink({
  variant,
  small,
  icon,
  chosen,
  children,
  className,
  ...rest
}: Omit<AriaLinkProps, "children" | "className" | "style"> &
  Look & { readonly children?: ReactNode; readonly className?: string }) {
  return (
    <AriaLink {...rest} className={lookOf({ variant, small, chosen } as Look, className)}>
      {icon && <Icon name={icon} small={small ?? false} />}
      {children}
    </AriaLink>
  );
}

/** Two buttons that are one: the act, and an arrow with other ways to do it. */
export function SplitButton({ children }: { readonly children: ReactNode }) {
  return <span className={styles.split}>{children}</span>;
}
