// The audit log: what was done, by whom, when, and from where. Nothing in it can be changed.

import { useState } from "react";

import { Ago } from "../ui/Ago";
import { Button } from "../ui/Button";
import { Select, TextField, type Option } from "../ui/Field";
import type { AuditBody } from "../wire";
import styles from "./admin.module.css";
import { ACTIONS, sentenceFor, type Action } from "./audit";
import { Items, useListed } from "./list";

const EVERYTHING: Option<Action | "all"> = { id: "all", name: "Everything" };
const CHOICES: readonly Option<Action | "all">[] = [
  EVERYTHING,
  ...(Object.keys(ACTIONS) as Action[]).map((id) => ({ id, name: ACTIONS[id].name })),
];

interface Filter {
  readonly action: Action | "all";
  /** An e-mail; "" = whoever. */
  readonly who: string;
  /** Days, as `YYYY-MM-DD`; "" = no bound. */
  readonly since: string;
  readonly until: string;
}

export function AuditPage() {
  const asked = new URLSearchParams(location.search);
  const [filter, setFilter] = useState<Filter>({
    action: "all",
    who: asked.get("who") ?? "",
    since: "",
    until: "",
  });
  const [typed, setTyped] = useState(filter.who);
  const set = (change: Partial<Filter>): void => setFilter((now) => ({ ...now, ...change }));
  const list = useListed<AuditBody>(["audit", filter], "/audit", {
    action: filter.action === "all" ? undefined : filter.action,
    who: filter.who.trim() || undefined,
    since: filter.since ? new Date(`${filter.since}T00:00`).toISOString() : undefined,
    until: filter.until ? dayAfter(filter.until) : undefined,
  });
  return (
    <>
      <div className={styles.head}>
        <h1 className={styles.title}>Audit log</h1>
        <p className={styles.lead}>Newest first. Entries are only added, never changed.</p>
      </div>
      <form
        className={styles.form}
        onSubmit={(event) => {
          event.preventDefault();
          set({ who: typed });
        }}
      >
        <Select
          label="What"
          options={CHOICES}
          selected={filter.action}
          onSelect={(action) => set({ action })}
          className={styles.narrow}
        />
        <TextField
          label="Who"
          placeholder="name@example.org"
          value={typed}
          onChange={setTyped}
          onBlur={() => set({ who: typed })}
          className={styles.wide}
        />
        <TextField label="From" type="date" value={filter.since} onChange={(since) => set({ since })} />
        <TextField label="To" type="date" value={filter.until} onChange={(until) => set({ until })} />
        <Button type="submit">Show</Button>
      </form>
      <Items list={list} label="Audit log" none="Nothing that fits was done.">
        {(entry) => <EntryRow key={entry.id} entry={entry} />}
      </Items>
    </>
  );
}

function EntryRow({ entry }: { readonly entry: AuditBody }) {
  const title = entry.project ? (entry.names[entry.project] ?? "a project that does not exist") : "";
  const who =
    entry.person.email || (entry.origin === "command line" ? "The command line" : "Somebody unknown");
  return (
    <li className={styles.row}>
      <span className={styles.who}>
        <span className={styles.entry}>
          <b>{who}</b> {sentenceFor(entry)}
          {title && (
            <>
              {" "}
              · <span className={styles.muted}>{title}</span>
            </>
          )}
        </span>
        <span className={styles.about}>
          <Ago at={entry.at} /> · {entry.origin}
        </span>
      </span>
    </li>
  );
}

/** The end of a day: the next one's begin, here. */
function dayAfter(day: string): string {
  const end = new Date(`${day}T00:00`);
  end.setDate(end.getDate() + 1);
  return end.toISOString();
}
