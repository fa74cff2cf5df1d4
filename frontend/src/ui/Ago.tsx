import { useSyncExternalStore } from "react";

import { ago, clock } from "./time";

const EVERY = 30_000;

function subscribe(listener: () => void): () => void {
  const timer = setInterval(listener, EVERY);
  return () => clearInterval(timer);
}

/** Now, to the half minute: what is said of times moves on by itself. */
export function useNow(): number {
  return useSyncExternalStore(subscribe, () => Math.floor(Date.now() / EVERY) * EVERY + EVERY);
}

/** "5 min ago"; the exact time is its title. */
export function Ago({ at }: { readonly at: string | null }) {
  const now = useNow();
  if (!at) return null;
  return (
    <time dateTime={at} title={new Date(at).toLocaleString()}>
      {ago(at, now)}
    </time>
  );
}

/** "14:02", or the day where it is not today's. */
export function Clock({ at }: { readonly at: string }) {
  const now = useNow();
  return (
    <time dateTime={at} title={new Date(at).toLocaleString()}>
      {clock(at, now)}
    </time>
  );
}
