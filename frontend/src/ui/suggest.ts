// What a field with suggestions lists for what was typed. Pure.

/** As many as one looks through. */
const MOST = 60;

/** Those that hold every typed word, those that begin so first; "new york" finds America/New_York. */
export function suggested(names: readonly string[], typed: string): readonly string[] {
  const words = plain(typed).split(" ").filter(Boolean);
  const found = names.filter((name) => {
    const text = plain(name);
    return words.every((word) => text.includes(word));
  });
  const first = words[0];
  if (!first) return found.slice(0, MOST);
  const begins = (name: string): boolean =>
    plain(name).startsWith(first) || plain(name).includes(` ${first}`);
  return [...found.filter(begins), ...found.filter((name) => !begins(name))].slice(0, MOST);
}

function plain(text: string): string {
  return text
    .toLowerCase()
    .replace(/[_/\s]+/g, " ")
    .trim();
}
