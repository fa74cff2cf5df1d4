// The files that travel with the project: what is there, putting one in, taking one out.
//
// A version keeps the files that it was published with; what happens here is a change of the draft.

import { useRef, useState } from "react";

import { ApiError, del, post } from "../net/api";
import { Button, IconButton } from "../ui/Button";
import { Icon } from "../ui/Icon";
import { Spinner } from "../ui/Spinner";
import { useSay } from "../ui/Toast";
import type { FileBody, FileRef } from "../wire";
import styles from "./Files.module.css";
import { sizeText } from "./forms/accept";
import { useNotebook } from "./notebook";

export function Files({
  project,
  files,
  titled = true,
}: {
  readonly project: string;
  readonly files: readonly FileRef[];
  /** False in a dialog, which has its own title. */
  readonly titled?: boolean;
}) {
  const notebook = useNotebook();
  const say = useSay();
  const picker = useRef<HTMLInputElement>(null);
  const [coming, setComing] = useState<readonly string[]>([]);
  const [trouble, setTrouble] = useState("");
  const [over, setOver] = useState(false);
  const { canEdit } = notebook;

  const put = async (file: File): Promise<void> => {
    setComing((names) => [...names, file.name]);
    try {
      // The server puts it among the draft's files, in place of one of the same name; the room tells of it.
      await post<FileBody>(`/projects/${project}/files`, file, { query: { name: file.name } });
    } catch (error) {
      setTrouble(sentenceOf(error));
    } finally {
      setComing((names) => names.filter((name) => name !== file.name));
    }
  };
  const putAll = (list: FileList | null): void => {
    setTrouble("");
    for (const file of list ?? []) void put(file);
  };
  const remove = async (file: FileRef): Promise<void> => {
    setTrouble("");
    try {
      await del(`/projects/${project}/files?${new URLSearchParams({ name: file.name }).toString()}`);
    } catch (error) {
      setTrouble(sentenceOf(error));
      return;
    }
    say({
      text: `Took ${file.name} out of the project.`,
      action: {
        name: "Undo",
        run: () =>
          notebook.do({
            do: "set_files",
            files: [...(notebook.document?.files ?? []).filter((one) => one.name !== file.name), file],
          }),
      },
    });
  };
  return (
    // Dropping is a shortcut; the button is everybody's way.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
    <section
      aria-label="Files"
      className={styles.files}
      data-over={over || undefined}
      onDragOver={(event) => {
        if (!canEdit || !event.dataTransfer.types.includes("Files")) return;
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        if (canEdit) putAll(event.dataTransfer.files);
      }}
    >
      {titled && <h2 className={styles.title}>Files</h2>}
      {files.length === 0 && coming.length === 0 && (
        <p className={styles.none}>
          {canEdit
            ? "None yet. Code reads a file by its name: pd.read_csv(“sales.csv”)."
            : "This project has no files."}
        </p>
      )}
      <ul>
        {files.map((file) => (
          <li key={file.name} className={styles.file}>
            <Icon name="table" small />
            <span className={styles.name} title={file.name}>
              {file.name}
            </span>
            <span className={styles.size}>{sizeText(file.size)}</span>
            {canEdit && (
              <IconButton
                label={`Remove ${file.name}`}
                icon="trash"
                small
                className={styles.remove}
                onPress={() => void remove(file)}
              />
            )}
          </li>
        ))}
        {coming.map((name) => (
          <li key={`coming ${name}`} className={styles.file}>
            <Spinner />
            <span className={styles.name}>{name}</span>
          </li>
        ))}
      </ul>
      {trouble && (
        <p className={styles.trouble} role="alert">
          {trouble}
        </p>
      )}
      {canEdit && (
        <>
          <input
            ref={picker}
            type="file"
            multiple
            hidden
            onChange={(event) => {
              putAll(event.currentTarget.files);
              event.currentTarget.value = "";
            }}
          />
          <Button small icon="upload" onPress={() => picker.current?.click()}>
            Add files
          </Button>
        </>
      )}
    </section>
  );
}

function sentenceOf(error: unknown): string {
  if (error instanceof ApiError) return `${error.message} ${error.hint}`.trim();
  return error instanceof Error ? error.message : String(error);
}
