import type { ReactNode } from "react";

import styles from "./Kbd.module.css";

/** Keys to press, as the reader's keyboard shows them. */
export function Kbd({ children }: { readonly children: ReactNode }) {
  return <kbd className={styles.kbd}>{children}</kbd>;
}

const mac = typeof navigator !== "undefined" && /Mac|iP(hone|ad)/.test(navigator.platform);

/** "Ctrl" or "⌘", as this machine says it. */
export const MOD = mac ? "⌘" : "Ctrl ";
