// The settings of cells that are built by form: SQL's result, charts, tables, single values.

import { Select } from "../../ui/Field";
import { SuggestField } from "../../ui/SuggestField";
import type { ChartCell, SqlCell, TableCell, ValueCell } from "../../wire";
import { useNotebook } from "../notebook";
import { channelOf, withChannel, type Channel, type ChannelName } from "./channels";
import { useSuggestions } from "./columns";
import { CommitField } from "./fields";
import styles from "./forms.module.css";

export function SqlForm({ cell }: { readonly cell: SqlCell }) {
  const notebook = useNotebook();
  return (
    <div className={styles.form} data-form>
      <CommitField
        label="Result"
        mono
        placeholder="result"
        hint="The data frame that the cells below can use."
        value={cell.result}
        onCommit={(result) => notebook.configure({ ...cell, result: result.trim() })}
      />
      <CommitField
        label="Runs on"
        hint="dataframes, or the name of a data connection."
        value={cell.connection}
        onCommit={(connection) =>
          notebook.configure({ ...cell, connection: connection.trim() || "dataframes" })
        }
      />
    </div>
  );
}

export function TableForm({ cell }: { readonly cell: TableCell }) {
  const notebook = useNotebook();
  const { frames, look } = useSuggestions(cell.dataframe);
  return (
    <div className={styles.form} data-form>
      <SuggestField
        label="Data frame"
        mono
        placeholder="df"
        value={cell.dataframe}
        onCommit={(dataframe) => notebook.configure({ ...cell, dataframe: dataframe.trim() })}
        suggestions={frames}
        onFocus={look}
      />
    </div>
  );
}

export function ValueForm({ cell }: { readonly cell: ValueCell }) {
  const notebook = useNotebook();
  return (
    <div className={styles.form} data-form>
      <CommitField
        label="Value"
        mono
        placeholder="len(df)"
        hint="A Python expression."
        value={cell.value}
        onCommit={(value) => notebook.configure({ ...cell, value: value.trim() })}
      />
      <CommitField
        label="Compared with"
        mono
        placeholder="nothing"
        value={cell.compare}
        onCommit={(compare) => notebook.configure({ ...cell, compare: compare.trim() })}
      />
      <Select
        label="Format"
        options={[
          { id: "plain", name: "Plain" },
          { id: "percent", name: "Percent" },
          { id: "currency", name: "Currency" },
        ]}
        selected={cell.format}
        onSelect={(format) => void notebook.configure({ ...cell, format })}
      />
    </div>
  );
}

const MARKS = [
  { id: "bar", name: "Bars" },
  { id: "line", name: "Lines" },
  { id: "area", name: "Areas" },
  { id: "scatter", name: "Scatter" },
  { id: "histogram", name: "Histogram" },
  { id: "pie", name: "Pie" },
] as const;

const AGGREGATES = [
  { id: "none", name: "As it is" },
  { id: "sum", name: "Sum" },
  { id: "mean", name: "Mean" },
  { id: "median", name: "Median" },
  { id: "min", name: "Least" },
  { id: "max", name: "Most" },
  { id: "count", name: "Count of rows" },
] as const;

const TIME_UNITS = [
  { id: "none", name: "As it is" },
  { id: "year", name: "By year" },
  { id: "yearquarter", name: "By quarter" },
  { id: "yearmonth", name: "By month" },
  { id: "yearweek", name: "By week" },
  { id: "yearmonthdate", name: "By day" },
] as const;

export function ChartForm({ cell }: { readonly cell: ChartCell }) {
  const notebook = useNotebook();
  const { spec } = cell;
  const { frames, columns, look } = useSuggestions(cell.dataframe);
  const configure = (change: Readonly<Record<string, unknown>>): Promise<string> =>
    notebook.configure({ ...cell, spec: { ...spec, ...change } });
  const setChannel = (name: ChannelName, change: Partial<Channel>): Promise<string> =>
    notebook.configure({ ...cell, spec: withChannel(spec, name, change) });
  const mark =
    MARKS.find((known) => known.id === (spec["mark"] === "point" ? "scatter" : spec["mark"]))?.id ?? "bar";
  const x = channelOf(spec, "x");
  const y = channelOf(spec, "y");
  return (
    <div className={styles.form} data-form>
      <SuggestField
        label="Data frame"
        mono
        placeholder="df"
        value={cell.dataframe}
        onCommit={(dataframe) => notebook.configure({ ...cell, dataframe: dataframe.trim() })}
        suggestions={frames}
        onFocus={look}
      />
      <Select
        label="Chart"
        options={MARKS}
        selected={mark}
        onSelect={(next) => void configure({ mark: next })}
      />
      <SuggestField
        label={mark === "pie" ? "Slices by" : "Across (x)"}
        mono
        placeholder="column"
        value={x.field}
        onCommit={(field) => setChannel("x", { field: field.trim() })}
        suggestions={columns}
        onFocus={look}
      />
      <Select
        label="Time across"
        options={TIME_UNITS}
        selected={TIME_UNITS.find((unit) => unit.id === x.timeUnit)?.id ?? "none"}
        onSelect={(unit) => void setChannel("x", { timeUnit: unit === "none" ? "" : unit })}
      />
      <SuggestField
        label={mark === "pie" ? "Size" : "Up (y)"}
        mono
        placeholder="column"
        isDisabled={mark === "histogram"}
        value={y.field}
        onCommit={(field) => setChannel("y", { field: field.trim() })}
        suggestions={columns}
        onFocus={look}
      />
      <Select
        label="Taken together as"
        options={AGGREGATES}
        selected={AGGREGATES.find((aggregate) => aggregate.id === y.aggregate)?.id ?? "none"}
        isDisabled={mark === "histogram" || mark === "scatter"}
        onSelect={(aggregate) => void setChannel("y", { aggregate: aggregate === "none" ? "" : aggregate })}
      />
      <SuggestField
        label="Colour by"
        mono
        placeholder="none"
        value={channelOf(spec, "color").field}
        onCommit={(field) => setChannel("color", { field: field.trim() })}
        suggestions={columns}
        onFocus={look}
      />
      <SuggestField
        label="One chart for each"
        mono
        placeholder="none"
        value={channelOf(spec, "facet").field}
        onCommit={(field) => setChannel("facet", { field: field.trim() })}
        suggestions={columns}
        onFocus={look}
      />
      <CommitField
        label="Title"
        value={typeof spec["title"] === "string" ? spec["title"] : ""}
        onCommit={(title) => configure({ title: title.trim() })}
      />
    </div>
  );
}
