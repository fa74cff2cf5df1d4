// A page that is open while the server gets new files asks for code that is gone. It is loaded anew, once.

const KEY = "vernissage:reloaded";
/** Within this time a second failure is no new release but a fault, and is shown. */
const ONCE_IN = 60_000;

/** Whether an error says that a part of the page could not be fetched. */
export function isMissingChunk(error: unknown): boolean {
  const text = error instanceof Error ? error.message : String(error);
  return /dynamically imported module|importing a module script failed|unable to preload css|error loading dynamically/i.test(
    text,
  );
}

/** Reloads where that may help; false where it was tried a moment ago, or nothing remembers that. */
export function reloadOnce(
  error: unknown,
  store: Pick<Storage, "getItem" | "setItem">,
  now: number,
  reload: () => void,
): boolean {
  if (!isMissingChunk(error)) return false;
  try {
    if (now - Number(store.getItem(KEY) ?? 0) < ONCE_IN) return false;
    store.setItem(KEY, String(now));
  } catch {
    // Without a memory a reload could go on for ever.
    return false;
  }
  reload();
  return true;
}
