// Beside the notebook: what the kernel holds, the kernel itself, and what is not published yet.

import { useEffect, useMemo, useState } from "react";

import type { RoomConnection } from "../net/socket";
import type { Room } from "../core/room";
import { Button, IconButton } from "../ui/Button";
import { Menu, MenuItem } from "../ui/Menu";
import { StateMark, type Shape, type Tone } from "../ui/State";
import { Progress } from "../ui/Spinner";
import { Ago, Clock } from "../ui/Ago";
import type { KernelStatus, VariableView } from "../wire";
import { useNotebook } from "./notebook";
import styles from "./SidePanel.module.css";

export function SidePanel({ room, onPublish }: { readonly room: Room; readonly onPublish: () => void }) {
  return (
    <>
      <Variables room={room} />
      <Kernel room={room} />
      <Unpublished room={room} onPublish={onPublish} />
    </>
  );
}

export function Variables({ room }: { readonly room: Room }) {
  const { connection } = useNotebook();
  const variables = useVariables(connection, room);
  return (
    <section aria-label="Variables">
      <h2 className={styles.title}>Variables</h2>
      {variables.length === 0 ? (
        <p className={styles.quiet}>
          {room.kernel.state === "none" ? "Run a cell to see them." : "None yet."}
        </p>
      ) : (
        <table className={styles.variables}>
          <tbody>
            {variables.map((variable) => (
              <tr key={variable.name}>
                <th scope="row" title={variable.name}>
                  {variable.name}
                </th>
                <td>{variable.type}</td>
                <td title={variable.summary}>{variable.summary}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

/** Asks after each run, and when an input changed; keeps the last answer while the kernel is busy. */
function useVariables(connection: RoomConnection, room: Room): readonly VariableView[] {
  const [variables, setVariables] = useState<readonly VariableView[]>([]);
  const { state } = room.kernel;
  // What the answer depends on, as one word: each change of it is a reason to ask.
  const { inputs } = room;
  const reason = useMemo(
    () => `${room.run?.number} ${room.run?.ended_at} ${JSON.stringify(inputs)}`,
    [room.run?.number, room.run?.ended_at, inputs],
  );
  const [asked, setAsked] = useState("");
  const gone = state === "none" || state === "dead";
  if (gone && variables.length > 0) setVariables([]);
  if (gone && asked !== "") setAsked("");
  useEffect(() => {
    if (state !== "idle" || asked === reason) return undefined;
    let wanted = true;
    void (async () => {
      try {
        const answer = await connection.ask({ ask: "variables" });
        if (!wanted) return;
        setAsked(reason);
        setVariables(answer.variables);
      } catch {
        // A kernel that went meanwhile has none; its own line says so.
      }
    })();
    return () => {
      wanted = false;
    };
  }, [connection, state, reason, asked]);
  return variables;
}

const KERNEL: Readonly<Record<KernelStatus["state"], { tone: Tone; shape: Shape; word: string }>> = {
  none: { tone: "muted", shape: "ring-dot", word: "not started" },
  queued: { tone: "muted", shape: "ring-dot", word: "waits for room on the machine" },
  starting: { tone: "accent", shape: "spinner", word: "starting" },
  idle: { tone: "ok", shape: "dot", word: "idle" },
  busy: { tone: "accent", shape: "spinner", word: "running" },
  dead: { tone: "error", shape: "error", word: "ended" },
};

function Kernel({ room }: { readonly room: Room }) {
  const notebook = useNotebook();
  const { kernel, run } = room;
  const { tone, shape, word } = KERNEL[kernel.state];
  const running = run?.status === "running";
  const python = kernel.python ? `, Python ${kernel.python.split(".").slice(0, 2).join(".")}` : "";
  return (
    <section aria-label="Kernel" className={styles.section}>
      <h2 className={styles.title}>Kernel</h2>
      <div className={styles.line}>
        <span className={styles.grow}>
          <StateMark tone={tone} shape={shape}>
            <span className={styles.word}>
              {word}
              {python}
            </span>
          </StateMark>
        </span>
        {notebook.canEdit && (
          <Menu label="Kernel" button={<IconButton label="Kernel" icon="dots" small />}>
            <MenuItem
              icon="stop"
              keys="I I"
              isDisabled={!running}
              onAction={() => notebook.do({ do: "interrupt" })}
            >
              Interrupt
            </MenuItem>
            <MenuItem
              isDisabled={kernel.state === "none"}
              onAction={() => notebook.do({ do: "stop_kernel" })}
            >
              Stop kernel
            </MenuItem>
          </Menu>
        )}
      </div>
      {running && (
        <>
          <Progress at={run.planned.length ? run.finished / run.planned.length : 0} label="Run" />
          <p className={styles.quiet}>
            {run.finished} of {run.planned.length} cells
          </p>
        </>
      )}
      {kernel.state === "queued" && kernel.position > 0 && (
        <p className={styles.quiet}>Number {kernel.position} in the queue</p>
      )}
      {kernel.sentence && (
        <p className={kernel.state === "dead" ? styles.bad : styles.quiet}>{kernel.sentence}</p>
      )}
      {!running && kernel.started_at && (
        <p className={styles.quiet}>
          started <Clock at={kernel.started_at} />
        </p>
      )}
    </section>
  );
}

function Unpublished({ room, onPublish }: { readonly room: Room; readonly onPublish: () => void }) {
  const { publishing } = room;
  const notebook = useNotebook();
  if (!publishing) return null;
  const { published, candidate, unpublished_changes: changes } = publishing;
  return (
    <section aria-label="Publishing" className={styles.section}>
      <h2 className={styles.title}>{changes ? "Not yet published" : "Published"}</h2>
      <p className={styles.says}>
        {published === null ? (
          "Nobody else can see an app yet."
        ) : changes ? (
          `There are changes since version ${published}.`
        ) : (
          <>
            Version {published}, <Ago at={publishing.published_at} />
            {publishing.published_by && ` by ${publishing.published_by}`}.
          </>
        )}
      </p>
      {changes && candidate && notebook.canEdit && (
        <Button variant="quiet" small onPress={onPublish}>
          Preview by {candidate.author}, <Ago at={candidate.created_at} />
        </Button>
      )}
    </section>
  );
}
