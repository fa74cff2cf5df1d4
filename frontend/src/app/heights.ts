// How high each part of an app was when it last showed something, so that a page that waits for results does not jump
// when they come. Kept by this browser; losing it costs nothing but a jump.

export class Heights {
  readonly #key: string;
  readonly #known: Record<string, number>;

  constructor(project: string) {
    this.#key = `vernissage:heights:${project}`;
    this.#known = read(this.#key);
  }

  /** 0 = not known. */
  of(cell: string): number {
    return this.#known[cell] ?? 0;
  }

  remember(cell: string, height: number): void {
    if (height < 1 || this.#known[cell] === height) return;
    this.#known[cell] = height;
    try {
      localStorage.setItem(this.#key, JSON.stringify(this.#known));
    } catch (error) {
      // Storage is full or forbidden: heights are kept for this page only.
      if (!(error instanceof DOMException)) throw error;
    }
  }
}

function read(key: string): Record<string, number> {
  try {
    const found: unknown = JSON.parse(localStorage.getItem(key) ?? "{}");
    if (typeof found !== "object" || found === null) return {};
    return Object.fromEntries(Object.entries(found).filter(([, height]) => typeof height === "number"));
  } catch {
    return {};
  }
}
