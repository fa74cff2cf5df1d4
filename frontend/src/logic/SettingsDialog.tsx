// The project's settings: what the app says of itself and how it behaves. They are versioned with the app.

import { useState } from "react";

import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { Select, Switch, TextField } from "../ui/Field";
import { SuggestField } from "../ui/SuggestField";
import { Banner } from "../ui/State";
import type { Document, SetSettings } from "../wire";
import { ZONES } from "./forms/zones";
import { useNotebook } from "./notebook";
import styles from "./SettingsDialog.module.css";
import { minutesOf, packagesOf } from "./settings";

const READY = Array.from({ length: 9 }, (_, count) => ({
  id: String(count),
  name: count === 0 ? "None" : String(count),
  ...(count === 0
    ? { hint: "The first change of an input runs every cell" }
    : count === 1
      ? { hint: "The first change runs only what depends on it; each holds its memory meanwhile" }
      : {}),
}));

export function SettingsDialog({
  document,
  onClose,
}: {
  readonly document: Document;
  readonly onClose: () => void;
}) {
  const notebook = useNotebook();
  const readOnly = !notebook.canEdit;
  const [description, setDescription] = useState(document.description);
  const [timezone, setTimezone] = useState(document.timezone);
  const [settings, setSettings] = useState(document.settings);
  const [packages, setPackages] = useState(document.packages.join("\n"));
  const [minutes, setMinutes] = useState(
    document.settings.refresh_after ? String(document.settings.refresh_after) : "",
  );
  const [trouble, setTrouble] = useState("");
  const [busy, setBusy] = useState(false);
  const save = async (): Promise<void> => {
    const refresh_after = minutesOf(minutes);
    if (refresh_after === null) {
      setTrouble("Minutes until results are refreshed are a whole number; leave them empty for never.");
      return;
    }
    setBusy(true);
    const operation: SetSettings = {
      do: "set_settings",
      settings: { ...settings, refresh_after },
      description: description.trim(),
      timezone: timezone || "UTC",
      packages: packagesOf(packages),
    };
    try {
      await notebook.connection.do(operation);
      onClose();
    } catch (error) {
      setTrouble(error instanceof Error ? error.message : String(error));
      setBusy(false);
    }
  };
  return (
    <Dialog
      title="Project settings"
      size="medium"
      isOpen
      onClose={onClose}
      footer={
        readOnly ? (
          <Button onPress={onClose}>Close</Button>
        ) : (
          <>
            <Button onPress={onClose}>Cancel</Button>
            <Button variant="primary" busy={busy} onPress={() => void save()}>
              Save
            </Button>
          </>
        )
      }
    >
      <div className={styles.form}>
        {trouble && (
          <Banner tone="error" icon="error">
            {trouble}
          </Banner>
        )}
        <TextField
          label="Description"
          multiline
          isReadOnly={readOnly}
          hint="Stands at the top of the app and in lists of projects."
          value={description}
          onChange={setDescription}
          maxLength={10_000}
        />
        <SuggestField
          label="Time zone"
          hint="Of schedules that name none. Inputs have zones of their own."
          suggestions={ZONES}
          isDisabled={readOnly}
          value={timezone}
          onCommit={(zone) => {
            if (zone !== "" && !ZONES.includes(zone)) return "Choose a time zone from the list.";
            setTimezone(zone || "UTC");
            return "";
          }}
        />
        <Select
          label="When somebody opens the app"
          isDisabled={readOnly}
          options={[
            {
              id: "published_results",
              name: "Show the published results",
              hint: "At once, without a kernel",
            },
            { id: "run", name: "Run from scratch", hint: "Every visit starts a kernel and runs every cell" },
          ]}
          selected={settings.on_open}
          onSelect={(on_open) => setSettings({ ...settings, on_open })}
        />
        <Select
          label="When they change an input"
          isDisabled={readOnly}
          options={[
            { id: "auto", name: "Run what depends on it" },
            { id: "manual", name: "Wait for Run", hint: "Run then runs every cell" },
          ]}
          selected={settings.on_interaction}
          onSelect={(on_interaction) => setSettings({ ...settings, on_interaction })}
        />
        <Select
          label="Kernels kept ready"
          isDisabled={readOnly}
          options={READY}
          selected={String(settings.ready_kernels)}
          onSelect={(count) => setSettings({ ...settings, ready_kernels: Number(count) })}
        />
        <Switch
          isDisabled={readOnly}
          isSelected={settings.interrupt_superseded}
          onChange={(interrupt_superseded) => setSettings({ ...settings, interrupt_superseded })}
        >
          Interrupt a running cell when its input changes
        </Switch>
        <TextField
          label="Refresh results older than (minutes)"
          isReadOnly={readOnly}
          placeholder="Never"
          hint="When somebody opens the app, in the background, for everyone."
          value={minutes}
          onChange={setMinutes}
        />
        <Switch
          isDisabled={readOnly}
          isSelected={settings.viewers_may_refresh}
          onChange={(viewers_may_refresh) => setSettings({ ...settings, viewers_may_refresh })}
        >
          Viewers may refresh the results for everyone
        </Switch>
        <TextField
          label="Packages"
          multiline
          mono
          isReadOnly={readOnly}
          placeholder="scikit-learn>=1.5"
          hint="One a line. What is missing is named before the first cell runs."
          value={packages}
          onChange={setPackages}
        />
      </div>
    </Dialog>
  );
}
