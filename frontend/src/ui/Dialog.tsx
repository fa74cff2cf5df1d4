// A dialog over the dimmed page: one question or one task, closed by Escape, the cross, or a button of its own.

import { useEffect, type ReactNode } from "react";
import { Dialog as AriaDialog } from "react-aria-components/Dialog";
import { Heading } from "react-aria-components/Heading";
import { Modal, ModalOverlay } from "react-aria-components/Modal";

import { IconButton } from "./Button";
import styles from "./Dialog.module.css";

export interface DialogProps {
  readonly title: string;
  readonly isOpen: boolean;
  readonly onClose: () => void;
  /** `wide`: nearly the whole page, for a task with a view of its own. `alert`: for a question. */
  readonly size?: "small" | "medium" | "wide";
  readonly role?: "dialog" | "alertdialog";
  /** Beside the title. */
  readonly aside?: ReactNode;
  readonly footer?: ReactNode;
  readonly children: ReactNode;
}

export function Dialog({
  title,
  isOpen,
  onClose,
  size = "small",
  role = "dialog",
  aside,
  footer,
  children,
}: DialogProps) {
  useEscapeFromNowhere(isOpen, onClose);
  return (
    <ModalOverlay
      className={styles.scrim}
      isOpen={isOpen}
      isDismissable={role === "dialog"}
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
    >
      <Modal className={`${styles.modal} ${styles[size]}`}>
        <AriaDialog className={styles.dialog} role={role}>
          <header className={styles.head}>
            <Heading slot="title" level={2} className={styles.title}>
              {title}
            </Heading>
            <span className={styles.aside}>{aside}</span>
            <IconButton label="Close" icon="close" small onPress={onClose} />
          </header>
          <div className={styles.body}>{children}</div>
          {footer && <footer className={styles.foot}>{footer}</footer>}
        </AriaDialog>
      </Modal>
    </ModalOverlay>
  );
}

/** Escape closes also when the button that had the focus is gone, which leaves the focus nowhere. */
function useEscapeFromNowhere(isOpen: boolean, onClose: () => void): void {
  useEffect(() => {
    if (!isOpen) return undefined;
    const listen = (event: KeyboardEvent): void => {
      if (event.key === "Escape" && document.activeElement === document.body) onClose();
    };
    document.addEventListener("keydown", listen);
    return () => document.removeEventListener("keydown", listen);
  }, [isOpen, onClose]);
}
