/** Packages as they are written, one a line (or between commas where no version stands), none twice. Pure. */
export function packagesOf(text: string): readonly string[] {
  const names = text
    .split(/\n|,(?=\s*[A-Za-z])/)
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"));
  return [...new Set(names)];
}
