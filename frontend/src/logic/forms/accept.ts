// File endings and sizes as people write them. Pure.

/** ".csv, parquet" → [".csv", ".parquet"]. */
export function readEndings(text: string): readonly string[] {
  const endings = text
    .split(/[\s,;]+/)
    .filter(Boolean)
    .map((one) => one.replace(/^\*/, "").toLowerCase())
    .map((ending) => (ending.startsWith(".") ? ending : `.${ending}`));
  return [...new Set(endings)];
}

const MB = 1_000_000;

/** Bytes as megabytes for a field. */
export function megabytes(bytes: number): number {
  return bytes / MB;
}

export function bytes(size: number): number {
  return Math.max(1, Math.round(size * MB));
}

/** "12 kB", "3.4 MB". */
export function sizeText(size: number): string {
  if (size < 1_000) return `${size} B`;
  const [unit, name] = size < MB ? [1_000, "kB"] : size < 1_000 * MB ? [MB, "MB"] : [1_000 * MB, "GB"];
  const figure = size / unit;
  return `${figure < 10 ? figure.toFixed(1).replace(/\.0$/, "") : Math.round(figure)} ${name}`;
}
