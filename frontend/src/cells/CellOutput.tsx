// Everything that one cell shows, of any kind, in the logic view, the app and the preview alike.
//
// Promises: the old output stays until there is a new one; nothing that code made reaches the page's own document
// (HTML is framed, SVG is an image, Markdown is escaped); a form that this page does not know shows its plain text.
// Left alone: the cell's state (dimming, marks), which the one around it shows.

import { memo, useEffect, useMemo, useState, type ReactNode } from "react";

import type { AnyOutput, BlobRef, DisplayOutput, TableAnswer, TableQuery } from "../wire";
import { isTableHead, isValueData, joinStreams, richest } from "./media";
import { CHARTS, IMAGES, OPTIONS, TABLE, VALUE } from "./mime";
import styles from "./CellOutput.module.css";
import { Chart } from "./outputs/Chart";
import { Failure } from "./outputs/Failure";
import { Figure } from "./outputs/Figure";
import { Html } from "./outputs/Html";
import { Json } from "./outputs/Json";
import { Markdown } from "./outputs/Markdown";
import { Ansi } from "./outputs/Stream";
import { Table } from "./outputs/Table";

export type DownloadTable = (cell: string, table: string, query: TableQuery, name: string) => Promise<void>;

export interface CellOutputProps {
  readonly cell: string;
  /** Heading and name of what is shown; "" = none. */
  readonly label: string;
  readonly outputs: readonly AnyOutput[];
  /** False hides printed text (not errors): an app's default. */
  readonly prints?: boolean;
  /** Asks for a page of a table that the cell shows; null where nobody can answer. */
  readonly queryTable?: ((cell: string, table: string, query: TableQuery) => Promise<TableAnswer>) | null;
  /** Saves a table that the cell shows as a file; absent where nobody can answer. */
  readonly downloadTable?: DownloadTable | undefined;
  /** Runs again; shown below a failure whose reason is not told. */
  readonly onRetry?: () => void;
  /** The height that the layout gives the whole, which a chart fills; absent or null = as high as it is. */
  readonly height?: number | null;
  /** The height that the whole had last time; 0 = not known. */
  readonly remembered?: number;
}

/** Whether there is anything to see. */
export function showsSomething(outputs: readonly AnyOutput[], prints: boolean): boolean {
  return outputs.some((output) => {
    if (output.output === "stream") return prints;
    return output.output === "error" || !(OPTIONS in output.data);
  });
}

export const CellOutput = memo(function CellOutput(props: CellOutputProps): ReactNode {
  const { outputs, prints = true } = props;
  const shown = useMemo(
    () => joinStreams(outputs).filter((output) => showsSomething([output], prints)),
    [outputs, prints],
  );
  return (
    <div className={styles.outputs}>
      {shown.map((output, at) => (
        // Outputs have no identity but their place; a rerun fills the same places.
        // oxlint-disable-next-line react/no-array-index-key
        <One key={`${at} ${formOf(output)}`} {...props} output={output} first={at === 0} />
      ))}
    </div>
  );
});

function formOf(output: AnyOutput): string {
  return output.output === "display" ? (richest(output) ?? "unknown") : output.output;
}

type OneProps = CellOutputProps & { readonly first: boolean };

function One({ output, ...props }: OneProps & { readonly output: AnyOutput }): ReactNode {
  switch (output.output) {
    case "stream":
      return (
        <div data-stream={output.name}>
          <Ansi text={output.text} quiet={output.name === "stderr"} />
        </div>
      );
    case "error":
      return <Failure error={output} label={props.first ? props.label : ""} onRetry={props.onRetry} />;
    case "display":
      return <Display {...props} output={output} />;
    default:
      return never(output);
  }
}

function Display({ output, ...props }: OneProps & { readonly output: DisplayOutput }): ReactNode {
  const mime = richest(output);
  if (mime === null) return <p className={styles.unknown}>This output has no form that can be shown here.</p>;
  const blob = output.blobs[mime];
  if (mime === "text/html" && blob) {
    return <Html url={blob.url} title={props.label || "Output"} remembered={props.remembered || 160} />;
  }
  if (IMAGES.includes(mime)) return <Picture mime={mime} output={output} label={props.label} />;
  // A long table has both: its first rows here, the whole of it kept for questions, without an address.
  if (blob && !(mime in output.data)) return <Fetched {...props} mime={mime} blob={blob} />;
  return <Shown {...props} mime={mime} data={output.data[mime]} />;
}

/** Forms whose data stand in the output, or have been fetched. */
function Shown({
  mime,
  data,
  ...props
}: OneProps & { readonly mime: string; readonly data: unknown }): ReactNode {
  const { cell, label, queryTable, downloadTable, first, height = null, remembered = 0 } = props;
  const heading = first ? label : "";
  const query = useMemo(
    () => (queryTable ? (table: string, query: TableQuery) => queryTable(cell, table, query) : null),
    [queryTable, cell],
  );
  const download = useMemo(
    () =>
      downloadTable
        ? (table: string, query: TableQuery) => downloadTable(cell, table, query, label)
        : undefined,
    [downloadTable, cell, label],
  );
  if (mime === TABLE && isTableHead(data)) {
    return <Table head={data} title={heading} queryTable={query} download={download} />;
  }
  if (mime === VALUE && isValueData(data)) return <Figure label={heading} data={data} />;
  if (CHARTS.includes(mime) && typeof data === "object" && data !== null) {
    return (
      <Chart
        spec={data as Readonly<Record<string, unknown>>}
        label={heading}
        height={height}
        remembered={remembered}
      />
    );
  }
  if (mime === "text/markdown") return <Markdown text={textOf(data)} />;
  if (mime === "text/latex") return <pre className={styles.latex}>{textOf(data)}</pre>;
  if (mime === "application/json") return <Json value={data} />;
  return <Ansi text={textOf(data)} />;
}

function textOf(data: unknown): string {
  if (Array.isArray(data)) return data.join("");
  return typeof data === "string" ? data : JSON.stringify(data, null, 2);
}

/** Data that are too big for the output stand at an address of their own. */
function Fetched({
  mime,
  blob,
  ...props
}: OneProps & { readonly mime: string; readonly blob: BlobRef }): ReactNode {
  const [loaded, setLoaded] = useState<{ url: string; data: unknown } | { url: string; failed: true } | null>(
    null,
  );
  const [last, setLast] = useState<unknown>(undefined);
  useEffect(() => {
    let current = true;
    void (async () => {
      try {
        const response = await fetch(blob.url, { credentials: "same-origin" });
        if (!response.ok) throw new Error(String(response.status));
        const data: unknown = mime.endsWith("json") ? await response.json() : await response.text();
        if (!current) return;
        setLoaded({ url: blob.url, data });
        setLast(data);
      } catch {
        if (current) setLoaded({ url: blob.url, failed: true });
      }
    })();
    return () => {
      current = false;
    };
  }, [blob.url, mime]);
  if (loaded && "failed" in loaded && loaded.url === blob.url) {
    return <p className={styles.unknown}>This output could not be loaded. Reload the page to try again.</p>;
  }
  if (last === undefined)
    return <div className={styles.loading} style={{ height: props.remembered || 120 }} />;
  return <Shown {...props} mime={mime} data={last} />;
}

function Picture(props: {
  readonly mime: string;
  readonly output: DisplayOutput;
  readonly label: string;
}): ReactNode {
  const { mime, output, label } = props;
  const blob = output.blobs[mime];
  const data = output.data[mime];
  const source = useMemo(() => {
    if (blob) return blob.url;
    const text = textOf(data);
    // Inside <img> an SVG runs no script and loads nothing.
    return mime === "image/svg+xml"
      ? `data:${mime},${encodeURIComponent(text)}`
      : `data:${mime};base64,${text.replaceAll("\n", "")}`;
  }, [blob, data, mime]);
  const size = sizeOf(output.metadata, mime);
  const plain = output.data["text/plain"];
  const alternative = label || (typeof plain === "string" && !plain.startsWith("<") ? plain : "Picture");
  return <img className={styles.picture} src={source} alt={alternative} decoding="sync" {...size} />;
}

function sizeOf(metadata: DisplayOutput["metadata"], mime: string): { width?: number; height?: number } {
  const own = metadata[mime];
  if (typeof own !== "object" || own === null) return {};
  const size: { width?: number; height?: number } = {};
  if ("width" in own && typeof own.width === "number") size.width = own.width;
  if ("height" in own && typeof own.height === "number") size.height = own.height;
  return size;
}

function never(value: never): never {
  throw new Error(`An output of an unknown kind: ${JSON.stringify(value)}`);
}
