// The Share menu: three links to this app, each with what it gives to whoever opens it. On a phone it is a sheet.

import { Link2, Radio, SlidersHorizontal } from "lucide-react";
import { useEffect, useId, useMemo, useState, type ReactNode } from "react";

import { valuesToCarry, type Values } from "../core/carry";
import { valueText } from "../core/inputs";
import type { Room } from "../core/room";
import { ApiError } from "../net/api";
import type { LinkBody } from "../wire";
import styles from "./Bar.module.css";
import { usePanel } from "./hooks";
import type { Sharing } from "./sharing";

export interface ShareProps {
  readonly sharing: Sharing;
  readonly room: Room;
  /** This person may end a live session for everybody. */
  readonly mayEnd: boolean;
  /** A session can be made live or linked to: the page is connected. */
  readonly connected: boolean;
}

type Which = "published" | "inputs" | "live";

/** The button and what it opens; in a live session a mark that says so opens it too. */
export function Share(props: ShareProps): ReactNode {
  const { room } = props;
  const { open, id, place, toggle } = usePanel(`.${styles.copy ?? ""}`);
  return (
    <div ref={place} className={styles.share} data-live={room.live ? true : undefined}>
      {room.live && (
        <button {...toggle} className={styles.live} title={`${room.live.name} shares this session`}>
          <Radio size={14} aria-hidden /> Live
        </button>
      )}
      <button {...toggle} className={styles.button}>
        Share
      </button>
      {open && (
        <section id={id} className={styles.menu} aria-label="Share">
          <Links {...props} />
        </section>
      )}
    </div>
  );
}

function Links({ sharing, room, mayEnd, connected }: ShareProps): ReactNode {
  const [copied, setCopied] = useState<Which | "">("");
  const [byHand, setByHand] = useState("");
  const [trouble, setTrouble] = useState("");
  const [busy, setBusy] = useState(false);
  const [asking, setAsking] = useState(false);
  const values = useMemo(
    () => valuesToCarry({ app: room.app, inputs: room.inputs }),
    [room.app, room.inputs],
  );
  const inputs = useInputsLink(sharing, values);
  const personal = room.app?.personal ?? false;
  const question = useId();
  const shown = useMemo(() => summary(room), [room]);
  const copy = (which: Which, link: string | Promise<string>) => async (): Promise<void> => {
    setTrouble("");
    setByHand("");
    try {
      const text = await link;
      if (await toClipboard(text)) setCopied(which);
      else setByHand(text);
    } catch (error) {
      setTrouble(sentence(error));
    }
  };
  const goLive = async (): Promise<void> => {
    if (!sharing.goLive) return;
    setAsking(false);
    setBusy(true);
    await copy("live", sharing.goLive())();
    setBusy(false);
  };
  const endForAll = async (): Promise<void> => {
    try {
      await sharing.endForAll();
    } catch (error) {
      setTrouble(sentence(error));
    }
  };
  const word = (which: Which, usual: string): string => (copied === which ? "Copied" : usual);
  return (
    <>
      <h2 className={styles.heading}>Share</h2>
      <div className={styles.item}>
        <Link2 size={16} aria-hidden />
        <div>
          <p className={styles.name}>Published app</p>
          <p className={styles.about}>Everyone starts from the defaults.</p>
        </div>
        <button
          type="button"
          className={styles.copy}
          aria-label={word("published", "Copy link to the published app")}
          onClick={() => void copy("published", sharing.url)()}
        >
          {word("published", "Copy link")}
        </button>
      </div>
      <div className={styles.item}>
        <SlidersHorizontal size={16} aria-hidden />
        <div>
          <p className={styles.name}>Current inputs</p>
          {inputs.trouble ? (
            <p className={styles.trouble} role="alert">
              {inputs.trouble}
              {inputs.tooLong && " Share a live session instead."}
            </p>
          ) : (
            <p className={styles.about}>Starts a new session with what you see{shown && `: ${shown}`}.</p>
          )}
          {inputs.link && inputs.link.notCarried.length > 0 && (
            <p className={styles.about}>Not in the link: {inputs.link.notCarried.join(", ")}.</p>
          )}
        </div>
        <button
          type="button"
          className={styles.copy}
          aria-label={word("inputs", "Copy link with current inputs")}
          disabled={!inputs.link}
          onClick={() => void copy("inputs", new URL(inputs.link?.url ?? "", location.href).href)()}
        >
          {word("inputs", "Copy link")}
        </button>
      </div>
      <div className={styles.item}>
        <Radio size={16} aria-hidden />
        <div>
          <p className={styles.name}>Live session</p>
          <p className={styles.about}>{liveText(room, sharing)}</p>
        </div>
        {room.live ? (
          <button
            type="button"
            className={styles.copy}
            aria-label={word("live", "Copy link to the live session")}
            onClick={() => void copy("live", sharing.liveUrl(room.session))()}
          >
            {word("live", "Copy link")}
          </button>
        ) : (
          sharing.goLive && (
            <button
              type="button"
              className={styles.copy}
              disabled={!connected || busy}
              aria-expanded={personal ? asking : undefined}
              onClick={() => (personal ? setAsking(true) : void goLive())}
            >
              Go live &amp; copy
            </button>
          )
        )}
      </div>
      {asking && !room.live && (
        <div className={styles.end} role="alertdialog" aria-labelledby={question} aria-modal="false">
          <span>
            <strong id={question}>Others will see what you see.</strong> This app computes it for you alone.
          </span>
          <button type="button" className={styles.copy} onClick={() => setAsking(false)}>
            Not now
          </button>
          <button
            type="button"
            className={styles.copy}
            // The question is answered where it is asked.
            ref={(button) => button?.focus()}
            onClick={() => void goLive()}
          >
            Go live
          </button>
        </div>
      )}
      {room.live && mayEnd && (
        <div className={styles.end}>
          <span>Everyone keeps the page and a session of their own.</span>
          <button type="button" className={styles.copy} onClick={() => void endForAll()}>
            End for all
          </button>
        </div>
      )}
      <output className={styles.said}>
        {copied && <span className={styles.heard}>Link copied</span>}
        {trouble}
      </output>
      {byHand && (
        <input
          className={styles.byHand}
          aria-label="Link to copy"
          readOnly
          value={byHand}
          // The clipboard is closed to this page: the text is ready to be copied by hand.
          ref={(field) => field?.select()}
        />
      )}
    </>
  );
}

function liveText(room: Room, sharing: Sharing): string {
  if (room.live) return `${room.live.name} shares this session. Who opens the link joins it.`;
  return sharing.goLive
    ? "Work in the same session, together. Others see what you see and can change it."
    : "Work in the same session, together. Sign in to start one.";
}

interface InputsLink {
  readonly link: LinkBody | null;
  readonly trouble: string;
  readonly tooLong: boolean;
}

const UNMADE: InputsLink = { link: null, trouble: "", tooLong: false };

/** The link for the values on the page, made anew when they change: ready when it is asked for. */
function useInputsLink(sharing: Sharing, values: Values): InputsLink {
  const [made, setMade] = useState(UNMADE);
  useEffect(() => {
    let wanted = true;
    const timer = setTimeout(() => {
      sharing.currentInputs(values).then(
        (link) => wanted && setMade({ link, trouble: "", tooLong: false }),
        (error: unknown) =>
          wanted &&
          setMade({
            link: null,
            trouble: sentence(error),
            // The server's own hint says it too where it has one.
            tooLong: error instanceof ApiError && error.code === "TOO_LONG" && !/live/i.test(sentence(error)),
          }),
      );
    }, 50);
    return () => {
      wanted = false;
      clearTimeout(timer);
    };
  }, [sharing, values]);
  return made;
}

function summary(room: Room): string {
  const words = (room.app?.cells ?? []).flatMap(({ input, label }) => {
    if (!input || input.kind === "button" || input.kind === "file" || input.kind === "table") return [];
    const text = valueText(input, room.inputs[input.name]);
    return text ? [`${label || input.name} ${text}`] : [];
  });
  const most = 4;
  return words.length > most
    ? `${words.slice(0, most).join(", ")} and ${words.length - most} more`
    : words.join(", ");
}

function sentence(error: unknown): string {
  if (error instanceof ApiError) return [error.message, error.hint].filter(Boolean).join(" ");
  return error instanceof Error ? error.message : String(error);
}

/** False where the browser gives no clipboard (a page over plain HTTP). */
async function toClipboard(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}
