// What a framed app shows where nobody is known: it offers to sign in, in a window of its own, and then goes on. A browser
// gives a frame of another site no cookies, so the frame cannot know who sits before it.

import { LogIn } from "lucide-react";
import { useEffect, useRef, useState, type ReactNode } from "react";

import { isRecord } from "../core/values";
import type { EmbedDoor } from "../wire";
import styles from "./Door.module.css";

const HANDOVER = "vernissage:handover";

export function Door({ boot }: { readonly boot: EmbedDoor }): ReactNode {
  const opened = useRef<Window | null>(null);
  const [waiting, setWaiting] = useState(false);
  useEffect(() => {
    const heard = (event: MessageEvent<unknown>): void => {
      if (event.origin !== location.origin || event.source !== opened.current) return;
      if (!isRecord(event.data) || event.data["type"] !== HANDOVER) return;
      location.replace(withPass(location.href, String(event.data["pass"])));
    };
    window.addEventListener("message", heard);
    return () => window.removeEventListener("message", heard);
  }, []);
  const open = (): void => {
    opened.current = window.open(boot.door, "_blank", "popup,width=480,height=640");
    setWaiting(opened.current !== null);
  };
  return (
    <main className={styles.door} data-app data-app-state="no-results">
      <p>{boot.sentence || "Sign in to see this app."}</p>
      <button type="button" className={styles.open} onClick={open}>
        <LogIn size={16} aria-hidden /> Sign in
      </button>
      {waiting && (
        <output className={styles.quiet}>
          Sign in in the window that has opened; this page then goes on by itself.
        </output>
      )}
    </main>
  );
}

/** The same address with this pass instead of an older one. */
export function withPass(address: string, pass: string): string {
  const url = new URL(address);
  const kept = url.search
    .slice(1)
    .split("&")
    .filter((pair) => pair && !pair.startsWith("pass="));
  url.search = [...kept, `pass=${encodeURIComponent(pass)}`].join("&");
  return url.href;
}

/** In the window: hands the pass to the frame that opened it, and closes. */
export function handOver(pass: string): void {
  const opener = window.opener as Window | null;
  opener?.postMessage({ type: HANDOVER, pass }, location.origin);
  window.close();
}

/** Where the window could not close, or the frame is gone. */
export function HandedOver(): ReactNode {
  return (
    <main className={styles.door}>
      <p>
        You are signed in. Close this window; where the app does not go on, press Sign in there once more.
      </p>
    </main>
  );
}
