// Sentences that come and go at the foot of the page: what was refused, what can be undone.
//
// `useSay()` gives the function; `<Toasts>` stands once around a page. A sentence with an act stays long enough to use
// it; nothing that matters is said here only.

import {
  createContext,
  useCallback,
  useContext,
  useEffect,
  useMemo,
  useRef,
  useState,
  type ReactNode,
} from "react";

import { Button, IconButton } from "./Button";
import styles from "./Toast.module.css";

export interface Saying {
  readonly text: string;
  readonly tone?: "plain" | "error";
  readonly action?: { readonly name: string; readonly run: () => void };
}

interface Shown extends Saying {
  readonly id: number;
}

const SayContext = createContext<(saying: Saying | string) => void>(() => {});

/** Says a sentence at the foot of the page. */
export function useSay(): (saying: Saying | string) => void {
  return useContext(SayContext);
}

const PLAIN_MS = 5_000;
const ACT_MS = 9_000;
const MOST = 3;

export function Toasts({ children }: { readonly children: ReactNode }) {
  const [shown, setShown] = useState<readonly Shown[]>([]);
  const next = useRef(1);
  const leave = useCallback((id: number) => setShown((all) => all.filter((one) => one.id !== id)), []);
  const say = useCallback((saying: Saying | string) => {
    const one = typeof saying === "string" ? { text: saying } : saying;
    const id = next.current++;
    // The same sentence twice is said once.
    setShown((all) => [...all.filter((other) => other.text !== one.text), { ...one, id }].slice(-MOST));
  }, []);
  const value = useMemo(() => say, [say]);
  return (
    <SayContext.Provider value={value}>
      {children}
      <section className={styles.toasts} aria-label="Notifications" aria-live="polite">
        {shown.map((one) => (
          <Toast key={one.id} saying={one} onLeave={leave} />
        ))}
      </section>
    </SayContext.Provider>
  );
}

function Toast({ saying, onLeave }: { readonly saying: Shown; readonly onLeave: (id: number) => void }) {
  const [held, setHeld] = useState(false);
  useEffect(() => {
    if (held) return;
    const timer = setTimeout(
      () => onLeave(saying.id),
      saying.action || saying.tone === "error" ? ACT_MS : PLAIN_MS,
    );
    return () => clearTimeout(timer);
  }, [held, saying, onLeave]);
  const { action } = saying;
  return (
    <div
      className={`${styles.toast} ${saying.tone === "error" ? styles.error : ""}`}
      onPointerEnter={() => setHeld(true)}
      onPointerLeave={() => setHeld(false)}
    >
      <span className={styles.text}>{saying.text}</span>
      {action && (
        <Button
          small
          onPress={() => {
            action.run();
            onLeave(saying.id);
          }}
        >
          {action.name}
        </Button>
      )}
      <IconButton label="Dismiss" icon="close" small onPress={() => onLeave(saying.id)} />
    </div>
  );
}
