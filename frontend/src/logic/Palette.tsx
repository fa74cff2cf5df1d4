// Commands by name: what one types narrows the list, Enter does it.

import { Autocomplete, useFilter } from "react-aria-components/Autocomplete";
import { Dialog } from "react-aria-components/Dialog";
import { Input } from "react-aria-components/Input";
import { Menu, MenuItem } from "react-aria-components/Menu";
import { Modal, ModalOverlay } from "react-aria-components/Modal";
import { SearchField } from "react-aria-components/SearchField";

import { Icon, type IconName } from "../ui/Icon";
import { Kbd } from "../ui/Kbd";
import styles from "./Palette.module.css";

export interface PaletteCommand {
  readonly id: string;
  readonly name: string;
  readonly icon?: IconName;
  readonly keys?: string;
  readonly run: () => void;
}

export function Palette({
  commands,
  isOpen,
  onClose,
}: {
  readonly commands: readonly PaletteCommand[];
  readonly isOpen: boolean;
  readonly onClose: () => void;
}) {
  const { contains } = useFilter({ sensitivity: "base" });
  return (
    <ModalOverlay
      className={styles.scrim}
      isOpen={isOpen}
      isDismissable
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
    >
      <Modal className={styles.modal}>
        <Dialog className={styles.dialog} aria-label="Commands">
          <Autocomplete filter={contains}>
            <SearchField className={styles.search} aria-label="Search commands" autoFocus>
              <Icon name="search" />
              <Input className={styles.input} placeholder="Run all, add a cell, go to a cell …" />
            </SearchField>
            <Menu
              className={styles.list}
              aria-label="Commands"
              items={commands}
              renderEmptyState={() => <p className={styles.none}>No command of this name.</p>}
              onAction={(key) => {
                onClose();
                // After the dialog gave the focus back, so that a command may take it.
                setTimeout(() => commands.find((command) => command.id === key)?.run());
              }}
            >
              {(command) => (
                <MenuItem className={styles.item} textValue={command.name}>
                  {command.icon && <Icon name={command.icon} />}
                  <span className={styles.name}>{command.name}</span>
                  {command.keys && <Kbd>{command.keys}</Kbd>}
                </MenuItem>
              )}
            </Menu>
          </Autocomplete>
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}
