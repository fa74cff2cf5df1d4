/** Packages as they are written, one a line (or between commas where no version stands), none twice. Pure. */
export function packagesOf(text: string): readonly string[] {
  const names = text
    .split(/\n|,(?=\s*[A-Za-z])/)
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"));
  return [...new Set(names)];
}

/** Minutes as they are written; empty is 0, never. Null where it is no whole number. Pure. */
export function minutesOf(text: string): number | null {
  const written = text.trim();
  if (written === "") return 0;
  return /^\d{1,6}$/.test(written) ? Number(written) : null;
}
