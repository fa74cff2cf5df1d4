// A file input: dropped on it or chosen, sent with progress, and put back to the published file.

import { FileUp, RotateCcw, X } from "lucide-react";
import { useEffect, useRef, useState, type DragEvent, type ReactNode } from "react";

import { isRecord } from "../core/values";
import type { FileBody, FileInput } from "../wire";
import styles from "./FileField.module.css";
import type { ControlProps } from "./InputControl";

export type Upload = (
  file: File,
  progress: (share: number) => void,
  signal: AbortSignal,
) => Promise<FileBody>;

export function FileField(
  props: ControlProps<FileInput> & { readonly upload: Upload | undefined },
): ReactNode {
  const { id, input, name, value, disabled, describedBy, change, say, upload } = props;
  const [sending, setSending] = useState<{ readonly name: string; readonly share: number } | null>(null);
  const [over, setOver] = useState(false);
  const flight = useRef<AbortController | null>(null);
  useEffect(() => () => flight.current?.abort(), []);
  const own = isRecord(value) && typeof value["name"] === "string" ? value : null;
  const usual = typeof input.default === "string" ? input.default : "";
  const closed = disabled || !upload;

  const send = async (file: File | undefined): Promise<void> => {
    if (!file || !upload) return;
    const trouble = unfit(input, file);
    say(trouble);
    if (trouble) return;
    flight.current?.abort();
    const control = new AbortController();
    flight.current = control;
    setSending({ name: file.name, share: 0 });
    try {
      const {
        name: stored,
        hash,
        size,
      } = await upload(file, (share) => setSending({ name: file.name, share }), control.signal);
      if (!control.signal.aborted) change({ name: stored, hash, size });
    } catch (error) {
      if (!control.signal.aborted) say(error instanceof Error ? error.message : String(error));
    } finally {
      if (flight.current === control) setSending(null);
    }
  };
  const drag = {
    onDragOver: (event: DragEvent) => {
      event.preventDefault();
      setOver(!closed);
    },
    onDragLeave: () => setOver(false),
    onDrop: (event: DragEvent) => {
      event.preventDefault();
      setOver(false);
      if (!closed) void send(event.dataTransfer.files[0]);
    },
  };
  return (
    <>
      <label className={styles.label} htmlFor={id}>
        {name}
      </label>
      <div className={styles.drop} data-over={over || undefined} data-closed={closed || undefined} {...drag}>
        <FileUp size={16} aria-hidden />
        <span className={styles.file}>
          {sending ? (
            <>
              <span>{sending.name}</span>
              <progress aria-label={`Sending ${sending.name}`} value={sending.share} max={1} />
            </>
          ) : own ? (
            <span>
              {String(own["name"])}{" "}
              <small>{typeof own["size"] === "number" ? sizeText(own["size"]) : ""}</small>
            </span>
          ) : (
            <span>
              {usual || "No file"} {usual && <small>published</small>}
            </span>
          )}
        </span>
        {sending ? (
          <button type="button" aria-label="Cancel the upload" onClick={() => flight.current?.abort()}>
            <X size={16} aria-hidden />
          </button>
        ) : (
          own && (
            <button
              type="button"
              disabled={disabled}
              aria-label={usual ? `Back to ${usual}` : `Take ${String(own["name"])} away`}
              title={usual ? `Back to ${usual}` : "Take the file away"}
              onClick={() => {
                say("");
                change(null);
              }}
            >
              <RotateCcw size={16} aria-hidden />
            </button>
          )
        )}
        <input
          id={id}
          type="file"
          className={styles.choose}
          accept={input.accept.join(",") || undefined}
          disabled={closed || sending !== null}
          aria-describedby={[`${id}-takes`, describedBy].filter(Boolean).join(" ")}
          onChange={(event) => {
            const file = event.target.files?.[0];
            // The same file again is a choice too.
            void send(file);
            event.target.value = "";
          }}
        />
        <span className={styles.button} aria-hidden>
          Choose
        </span>
      </div>
      <p id={`${id}-takes`} className={styles.hint}>
        {upload ? takes(input) : "The published file is used here."}
      </p>
    </>
  );
}

/** "Drop a .csv or .parquet file, up to 50 MB." */
function takes(input: FileInput): string {
  const endings = input.accept;
  const last = endings.at(-1) ?? "";
  const kinds = endings.length > 1 ? `${endings.slice(0, -1).join(", ")} or ${last}` : last;
  return `Drop a ${kinds ? `${kinds} ` : ""}file, up to ${sizeText(input.max_bytes)}.`;
}

/** Why a file need not be sent at all, or "". */
function unfit(input: FileInput, file: File): string {
  const ending = file.name.toLowerCase();
  if (input.accept.length > 0 && !input.accept.some((one) => ending.endsWith(one.toLowerCase())))
    return `${file.name} is not a ${input.accept.join(", ")} file.`;
  if (file.size > input.max_bytes)
    return `${file.name} has ${sizeText(file.size)}; at most ${sizeText(input.max_bytes)} can be sent.`;
  return "";
}

export function sizeText(bytes: number): string {
  if (bytes < 1_000) return `${bytes} bytes`;
  for (const [unit, size] of [
    ["GB", 1e9],
    ["MB", 1e6],
    ["kB", 1e3],
  ] as const) {
    if (bytes >= size) {
      const count = bytes / size;
      return `${count < 10 && !Number.isInteger(count) ? count.toFixed(1) : Math.round(count)} ${unit}`;
    }
  }
  return `${bytes} bytes`;
}
