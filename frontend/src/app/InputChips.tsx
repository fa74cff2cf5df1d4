// The inputs of a phone: a row of chips that say what is set, and a sheet with the controls.
//
// The sheet is the browser's own dialog: focus stays in it, Escape and a touch beside it close it.

import { SlidersHorizontal, X } from "lucide-react";
import { useRef, type ReactNode } from "react";

import { valueText } from "../core/inputs";
import styles from "./InputChips.module.css";
import type { Placed } from "./layout";

export interface InputChipsProps {
  readonly inputs: readonly Placed[];
  readonly values: Readonly<Record<string, unknown>>;
  /** The controls themselves. */
  readonly children: ReactNode;
}

export function InputChips({ inputs, values, children }: InputChipsProps): ReactNode {
  const sheet = useRef<HTMLDialogElement>(null);
  const open = (cell?: string): void => {
    sheet.current?.showModal();
    if (!cell) return;
    const part = sheet.current?.querySelector(`[data-cell="${CSS.escape(cell)}"]`);
    part?.querySelector<HTMLElement>("input, select, textarea, button")?.focus();
  };
  return (
    <>
      <div className={styles.chips}>
        <button type="button" onClick={() => open()}>
          <SlidersHorizontal size={16} aria-hidden /> Inputs
        </button>
        {inputs.map(({ cell }) => {
          if (!cell.input) return null;
          const text = valueText(cell.input, values[cell.input.name]);
          return (
            <button key={cell.id} type="button" className={styles.chip} onClick={() => open(cell.id)}>
              <span>{cell.label || cell.input.name}</span> {text}
            </button>
          );
        })}
      </div>
      {/* The keyboard closes the sheet with Escape; this is for a touch beside it. */}
      {/* oxlint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/no-noninteractive-element-interactions */}
      <dialog
        ref={sheet}
        className={styles.sheet}
        aria-label="Inputs"
        onClick={(event) => {
          if (event.target === sheet.current) sheet.current.close();
        }}
      >
        <div className={styles.inside}>
          <header>
            <h2>Inputs</h2>
            <button type="button" aria-label="Close" onClick={() => sheet.current?.close()}>
              <X size={20} aria-hidden />
            </button>
          </header>
          {children}
          <button type="button" className={styles.show} onClick={() => sheet.current?.close()}>
            Show results
          </button>
        </div>
      </dialog>
    </>
  );
}
