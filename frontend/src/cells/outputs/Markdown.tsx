// Markdown as the author wrote it, with no HTML of its own: markdown-it escapes it, DOMPurify looks once more.

import DOMPurify from "dompurify";
import MarkdownIt from "markdown-it";
import { useMemo, type ReactNode } from "react";

import styles from "./Markdown.module.css";

const markdown = new MarkdownIt({ html: false, linkify: true, typographer: true });

/** Safe HTML for Markdown. Links leave the page in a new tab and tell the other side nothing. */
export function renderMarkdown(text: string): string {
  const fragment = DOMPurify.sanitize(markdown.render(text), {
    RETURN_DOM_FRAGMENT: true,
    FORBID_TAGS: ["style", "form"],
  });
  for (const link of fragment.querySelectorAll("a[href]")) {
    if (link.getAttribute("href")?.startsWith("#")) continue;
    link.setAttribute("target", "_blank");
    link.setAttribute("rel", "noopener noreferrer");
  }
  const holder = document.createElement("div");
  holder.append(fragment);
  return holder.innerHTML;
}

export function Markdown({ text }: { readonly text: string }): ReactNode {
  const html = useMemo(() => renderMarkdown(text), [text]);
  return <div className={styles.markdown} dangerouslySetInnerHTML={{ __html: html }} />;
}
