// How the text of a cell is shown and typed: CodeMirror with the product's colours.
//
// Left alone: merging what others type (`collab`), what a run of the cell does.

import {
  autocompletion,
  closeBrackets,
  closeBracketsKeymap,
  completionKeymap,
  completionStatus,
  type Completion,
  type CompletionContext,
  type CompletionResult,
} from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { markdown } from "@codemirror/lang-markdown";
import { python } from "@codemirror/lang-python";
import { sql } from "@codemirror/lang-sql";
import {
  bracketMatching,
  HighlightStyle,
  indentOnInput,
  indentUnit,
  syntaxHighlighting,
} from "@codemirror/language";
import {
  Compartment,
  EditorState,
  StateEffect,
  StateField,
  Transaction,
  type Extension,
  type Range,
} from "@codemirror/state";
import {
  Decoration,
  drawSelection,
  EditorView,
  highlightSpecialChars,
  hoverTooltip,
  keymap,
  lineNumbers,
  MatchDecorator,
  ViewPlugin,
  WidgetType,
  type DecorationSet,
  type KeyBinding,
  type ViewUpdate,
} from "@codemirror/view";
import { tags } from "@lezer/highlight";

export type Language = "python" | "sql" | "markdown";

/** What the editor asks of the notebook around it. */
export interface CodeHooks {
  /** Something was typed here. */
  readonly onChange: () => void;
  /** The caret moved here. */
  readonly onSelect: (anchor: number, head: number) => void;
  /** Escape. */
  readonly onLeave: () => void;
  /** An arrow key at the first or last line. */
  readonly onEdge: (direction: "previous" | "next") => void;
  readonly complete: (code: string, cursor: number) => Promise<Completions | null>;
  readonly inspect: (code: string, cursor: number) => Promise<string>;
}

export interface Completions {
  readonly matches: readonly string[];
  readonly kinds: readonly string[];
  /** Unicode code points. */
  readonly start: number;
  readonly end: number;
}

const highlight = HighlightStyle.define([
  {
    tag: [tags.keyword, tags.controlKeyword, tags.operatorKeyword, tags.moduleKeyword],
    color: "var(--code-keyword)",
  },
  { tag: [tags.bool, tags.null, tags.self], color: "var(--code-keyword)" },
  { tag: [tags.string, tags.special(tags.string), tags.regexp], color: "var(--code-string)" },
  { tag: tags.number, color: "var(--code-number)" },
  {
    tag: [
      tags.function(tags.variableName),
      tags.function(tags.propertyName),
      tags.definition(tags.function(tags.variableName)),
    ],
    color: "var(--code-function)",
  },
  { tag: [tags.definition(tags.className), tags.className], color: "var(--code-function)" },
  { tag: [tags.comment, tags.meta, tags.processingInstruction], color: "var(--code-comment)" },
  { tag: tags.heading, fontWeight: "600" },
  { tag: tags.strong, fontWeight: "600" },
  { tag: tags.emphasis, fontStyle: "italic" },
  { tag: [tags.link, tags.url], color: "var(--accent-text)" },
]);

const theme = EditorView.theme({
  "&": { backgroundColor: "transparent", color: "var(--text)", font: "var(--type-code)" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": { font: "var(--type-code)", fontVariantLigatures: "none", overflowX: "auto" },
  ".cm-content": { padding: "10px 0", caretColor: "var(--text)" },
  ".cm-line": { padding: "0 12px 0 0" },
  ".cm-gutters": {
    backgroundColor: "transparent",
    border: "none",
    color: "var(--text-muted)",
    opacity: "0.8",
  },
  ".cm-lineNumbers .cm-gutterElement": { minWidth: "44px", padding: "0 12px" },
  ".cm-cursor": { borderLeftColor: "var(--text)", borderLeftWidth: "1.5px" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": {
    backgroundColor: "color-mix(in srgb, var(--accent) 22%, transparent)",
  },
  "&.cm-focused .cm-matchingBracket": {
    backgroundColor: "var(--accent-soft)",
    outline: "1px solid var(--accent-line)",
  },
  ".cm-tooltip": {
    border: "none",
    borderRadius: "var(--radius)",
    backgroundColor: "var(--surface-raised)",
    color: "var(--text)",
    boxShadow: "var(--shadow)",
    overflow: "hidden",
  },
  ".cm-tooltip.cm-tooltip-autocomplete > ul": {
    font: "var(--type-code)",
    maxHeight: "240px",
    padding: "4px",
  },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li": {
    padding: "3px 8px",
    borderRadius: "var(--radius-small)",
  },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li[aria-selected]": {
    backgroundColor: "var(--accent-soft)",
    color: "var(--text)",
  },
  ".cm-completionMatchedText": { textDecoration: "none", color: "var(--accent-text)" },
  ".cm-completionIcon": { opacity: "0.7" },
  ".cm-inspection": {
    maxWidth: "560px",
    maxHeight: "280px",
    margin: "0",
    padding: "10px 12px",
    overflow: "auto",
    font: "12px/18px var(--font-mono)",
    whiteSpace: "pre-wrap",
  },
  ".cm-atFault": { backgroundColor: "var(--error-soft)", boxShadow: "inset 2px 0 var(--error)" },
  ".cm-template": { color: "var(--code-number)" },
  ".cm-otherCaret": {
    position: "relative",
    display: "inline-block",
    width: "0",
    height: "16px",
    margin: "0 -1px",
    verticalAlign: "-3px",
    borderLeft: "2px solid var(--who)",
  },
  ".cm-otherName": {
    position: "absolute",
    left: "-2px",
    bottom: "15px",
    padding: "0 5px",
    borderRadius: "3px 3px 3px 0",
    backgroundColor: "var(--who)",
    color: "var(--on-who)",
    font: "600 10px/14px var(--font-sans)",
    whiteSpace: "nowrap",
    pointerEvents: "none",
    zIndex: "2",
  },
  ".cm-other1": { "--who": "var(--who-1)" },
  ".cm-other2": { "--who": "var(--who-2)" },
  ".cm-other3": { "--who": "var(--who-3)" },
  ".cm-other4": { "--who": "var(--who-4)" },
  ".cm-otherSelection": {
    backgroundColor: "color-mix(in srgb, var(--who) 18%, transparent)",
    borderRadius: "2px",
  },
});

/** Lines that do not wrap are all of one height, also before the editor has come into the window and is measured. */
const evenLines = EditorView.theme({
  ".cm-lineNumbers .cm-gutterElement:not(:first-child)": { height: "20px !important" },
});

const languageOf = new Compartment();
const editableOf = new Compartment();

function languageExtension(language: Language): Extension {
  switch (language) {
    case "python":
      return [python(), indentUnit.of("    "), evenLines];
    case "sql":
      return [sql(), templates, evenLines];
    case "markdown":
      return [markdown(), EditorView.lineWrapping, templates];
  }
}

/** Jinja's `{{ name }}` and `{% if %}` stand out in SQL and Markdown. */
const templateMatches = new MatchDecorator({
  regexp: /\{\{[^{}]*\}\}|\{%[^{}]*%\}/g,
  decoration: Decoration.mark({ class: "cm-template" }),
});

const templates = ViewPlugin.fromClass(
  class {
    decorations: DecorationSet;
    constructor(view: EditorView) {
      this.decorations = templateMatches.createDeco(view);
    }
    update(update: ViewUpdate): void {
      this.decorations = templateMatches.updateDeco(update, this.decorations);
    }
  },
  { decorations: (plugin) => plugin.decorations },
);

// --- what others do here ------------------------------------------------------------------------------

export interface OtherCursor {
  readonly name: string;
  /** 1…4. */
  readonly color: number;
  readonly anchor: number;
  readonly head: number;
}

class CaretWidget extends WidgetType {
  readonly name: string;
  readonly color: number;
  constructor(name: string, color: number) {
    super();
    this.name = name;
    this.color = color;
  }
  override eq(other: CaretWidget): boolean {
    return other.name === this.name && other.color === this.color;
  }
  override toDOM(): HTMLElement {
    const caret = document.createElement("span");
    caret.className = `cm-otherCaret cm-other${this.color}`;
    const name = document.createElement("span");
    name.className = "cm-otherName";
    name.textContent = this.name;
    caret.append(name);
    return caret;
  }
  override ignoreEvent(): boolean {
    return true;
  }
}

/** Where the others' carets are now. */
export const setOthers = StateEffect.define<readonly OtherCursor[]>();

const others = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(marks, transaction) {
    let next = marks.map(transaction.changes);
    for (const effect of transaction.effects) {
      if (effect.is(setOthers)) next = cursorMarks(effect.value, transaction.newDoc.length);
    }
    return next;
  },
  provide: (field) => EditorView.decorations.from(field),
});

function cursorMarks(cursors: readonly OtherCursor[], length: number): DecorationSet {
  const marks: Range<Decoration>[] = [];
  for (const { name, color, anchor, head } of cursors) {
    const [from, to] = [Math.min(anchor, head, length), Math.min(Math.max(anchor, head), length)];
    if (from < to)
      marks.push(Decoration.mark({ class: `cm-otherSelection cm-other${color}` }).range(from, to));
    const side = head >= anchor ? 1 : -1;
    marks.push(
      Decoration.widget({ widget: new CaretWidget(name, color), side }).range(Math.min(head, length)),
    );
  }
  return Decoration.set(marks, true);
}

/** The line that an error came from, from 1; 0 = none. Gone with the next change of the text. */
export const setFault = StateEffect.define<number>();

const fault = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(marks, transaction) {
    let next = transaction.docChanged ? Decoration.none : marks;
    for (const effect of transaction.effects) {
      if (!effect.is(setFault)) continue;
      const { doc } = transaction.state;
      next =
        effect.value >= 1 && effect.value <= doc.lines
          ? Decoration.set([Decoration.line({ class: "cm-atFault" }).range(doc.line(effect.value).from)])
          : Decoration.none;
    }
    return next;
  },
  provide: (field) => EditorView.decorations.from(field),
});

// --- the whole ----------------------------------------------------------------------------------------

export function codeExtensions(
  language: Language,
  label: string,
  editable: boolean,
  hooks: CodeHooks,
): Extension {
  return [
    EditorView.cspNonce.of(nonce()),
    lineNumbers(),
    highlightSpecialChars(),
    history(),
    drawSelection(),
    indentOnInput(),
    bracketMatching(),
    closeBrackets(),
    syntaxHighlighting(highlight),
    theme,
    others,
    fault,
    languageOf.of(languageExtension(language)),
    editableOf.of(editableExtension(editable)),
    EditorView.contentAttributes.of({ "aria-label": label, spellcheck: "false" }),
    // Its keys stand below, where Escape can be told apart: the list's own come first of all otherwise, and take an
    // Escape also while the list is only on its way.
    autocompletion({
      override: [(context) => completionsFor(context, hooks)],
      icons: true,
      defaultKeymap: false,
    }),
    hoverTooltip((view, at) => inspectionAt(view, at, hooks), { hoverTime: 500 }),
    keymap.of([
      // Escape leaves the text, but for a list of completions, which it closes first.
      {
        key: "Escape",
        run: ({ state }) => {
          if (completionStatus(state) === "active") return false;
          hooks.onLeave();
          return true;
        },
      },
      ...closeBracketsKeymap,
      ...completionKeymap,
      ...edges(hooks),
      ...defaultKeymap.filter((binding) => binding.key !== "Mod-Enter" && binding.key !== "Shift-Mod-k"),
      ...historyKeymap,
      indentWithTab,
    ]),
    EditorView.updateListener.of((update) => {
      // What came from others needs no telling: it came from where this would tell it.
      if (update.transactions.some((one) => one.docChanged && one.annotation(Transaction.remote) !== true)) {
        hooks.onChange();
      }
      if (update.view.hasFocus && (update.selectionSet || update.docChanged || update.focusChanged)) {
        const { anchor, head } = update.state.selection.main;
        hooks.onSelect(anchor, head);
      }
    }),
  ];
}

export const setLanguage = (language: Language): StateEffect<unknown> =>
  languageOf.reconfigure(languageExtension(language));

export const setEditable = (editable: boolean): StateEffect<unknown> =>
  editableOf.reconfigure(editableExtension(editable));

function editableExtension(editable: boolean): Extension {
  return editable ? [] : [EditorState.readOnly.of(true), EditorView.editable.of(false)];
}

function edges(hooks: CodeHooks): KeyBinding[] {
  return [
    {
      key: "ArrowUp",
      run: ({ state }) => {
        const { main } = state.selection;
        if (!main.empty || state.doc.lineAt(main.head).number > 1) return false;
        hooks.onEdge("previous");
        return true;
      },
    },
    {
      key: "ArrowDown",
      run: ({ state }) => {
        const { main } = state.selection;
        if (!main.empty || state.doc.lineAt(main.head).number < state.doc.lines) return false;
        hooks.onEdge("next");
        return true;
      },
    },
  ];
}

// --- asking the kernel --------------------------------------------------------------------------------

const KINDS: Readonly<Record<string, string>> = {
  function: "function",
  method: "method",
  class: "class",
  module: "namespace",
  instance: "variable",
  statement: "variable",
  keyword: "keyword",
  param: "property",
  property: "property",
  path: "text",
};

async function completionsFor(
  context: CompletionContext,
  hooks: CodeHooks,
): Promise<CompletionResult | null> {
  const before = context.matchBefore(/[\w.]+/);
  if (!before && !context.explicit) return null;
  const code = context.state.doc.toString();
  const answer = await hooks.complete(code, codePoints(code, context.pos));
  if (!answer || context.aborted || answer.matches.length === 0) return null;
  const from = codeUnits(code, answer.start);
  const options = answer.matches.map((label, i): Completion => {
    const type = KINDS[answer.kinds[i] ?? ""];
    return type ? { label, type } : { label };
  });
  return { from, to: codeUnits(code, answer.end), options, validFor: /^\w*$/ };
}

async function inspectionAt(
  view: EditorView,
  at: number,
  hooks: CodeHooks,
): Promise<{ pos: number; above: boolean; create: () => { dom: HTMLElement } } | null> {
  if (!view.state.wordAt(at)) return null;
  const code = view.state.doc.toString();
  const text = await hooks.inspect(code, codePoints(code, at));
  if (!text) return null;
  return {
    pos: at,
    above: true,
    create: () => {
      const dom = document.createElement("pre");
      dom.className = "cm-inspection";
      dom.textContent = text;
      return { dom };
    },
  };
}

/** UTF-16 units → Unicode code points, which kernels count in. */
export function codePoints(text: string, units: number): number {
  return Array.from(text.slice(0, units)).length;
}

/** Unicode code points → UTF-16 units. */
export function codeUnits(text: string, points: number): number {
  return Array.from(text).slice(0, points).join("").length;
}

function nonce(): string {
  return document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? "";
}
