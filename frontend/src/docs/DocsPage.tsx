// The API for people to read: operations under their headings, each with its parameters, bodies, answers and a call to
// copy. What it shows is the document that programs read, so it says nothing of its own.

import { useEffect, useMemo, useState, type ReactNode } from "react";

import { Markdown } from "../cells/outputs/Markdown";
import { Mark } from "../ui/Icon";
import styles from "./DocsPage.module.css";
import {
  chapters,
  beyondSummary,
  curlText,
  mentioned,
  typeText,
  type Call,
  type Media,
  type OpenApi,
  type Schema,
} from "./openapi";

export function DocsPage(): ReactNode {
  const [document, setDocument] = useState<OpenApi | null>(null);
  const [problem, setProblem] = useState("");
  const [search, setSearch] = useState("");
  useEffect(() => {
    const load = async (): Promise<void> => {
      try {
        const answer = await fetch("/api/openapi.json");
        setDocument((await answer.json()) as OpenApi);
      } catch {
        setProblem("The description of the API could not be loaded. Reload the page.");
      }
    };
    void load();
  }, []);
  // An address that names an operation was read before there was one.
  useEffect(() => {
    const id = location.hash.slice(1);
    if (document && id) globalThis.document.getElementById(id)?.scrollIntoView();
  }, [document]);
  const found = useMemo(() => (document ? chapters(document, search) : []), [document, search]);
  return (
    <div className={styles.page}>
      <nav className={styles.contents} aria-label="Operations">
        <a href="/" className={styles.home}>
          <Mark /> Vernissage API
        </a>
        <input
          type="search"
          className={styles.search}
          aria-label="Find an operation"
          placeholder="Find an operation"
          value={search}
          onChange={(event) => setSearch(event.currentTarget.value)}
        />
        <div className={styles.list}>
          {found.map(([name, calls]) => (
            <section key={name}>
              <h2>{name}</h2>
              {calls.map((call) => (
                <a key={call.operation.operationId} href={`#${call.operation.operationId}`}>
                  {call.operation.summary}
                </a>
              ))}
            </section>
          ))}
        </div>
      </nav>
      <main className={styles.main}>
        {problem && <p role="alert">{problem}</p>}
        {!document && !problem && <p className={styles.wait}>Loading the description of the API</p>}
        {document && (
          <>
            <header className={styles.intro}>
              <h1>The API of this server</h1>
              <Markdown text={document.info.description} />
              <p>
                Version {document.info.version} · <a href="/api/openapi.json">openapi.json</a>, OpenAPI 3.1
              </p>
            </header>
            {found.length === 0 && <p className={styles.wait}>No operation has these words.</p>}
            {found.map(([name, calls]) => (
              <section key={name} aria-label={name} className={styles.chapter}>
                <h2>{name}</h2>
                {calls.map((call) => (
                  <One key={call.operation.operationId} call={call} schemas={document.components.schemas} />
                ))}
              </section>
            ))}
          </>
        )}
      </main>
    </div>
  );
}

type Schemas = Readonly<Record<string, Schema>>;

function One({ call, schemas }: { readonly call: Call; readonly schemas: Schemas }): ReactNode {
  const { method, path, operation } = call;
  const [good, bad] = [true, false].map((wanted) =>
    Object.entries(operation.responses).filter(([status]) => status.startsWith("2") === wanted),
  );
  return (
    <article id={operation.operationId} className={styles.one} aria-label={operation.summary}>
      <h3>
        <a href={`#${operation.operationId}`}>{operation.summary}</a>
      </h3>
      <p className={styles.address}>
        <span className={styles.method} data-method={method}>
          {method}
        </span>
        <code>{path}</code>
      </p>
      {beyondSummary(operation) && <Markdown text={beyondSummary(operation)} />}
      <p className={styles.wait}>
        {operation.security.length > 0 ? "Needs a bearer token." : "Needs no token."}
      </p>
      {operation.parameters && operation.parameters.length > 0 && (
        <Fields
          name="Parameters"
          rows={operation.parameters.map((one) => ({
            name: one.name,
            type: typeText(one.schema),
            needed: one.required ?? false,
            where: one.in,
            text: one.description ?? one.schema?.description ?? "",
          }))}
        />
      )}
      {operation.requestBody && (
        <Body name="Body" content={operation.requestBody.content} schemas={schemas} />
      )}
      {good?.map(([status, answer]) => (
        <Body
          key={status}
          name={`Answer ${status}`}
          content={answer.content ?? {}}
          schemas={schemas}
          none="Nothing is said."
        />
      ))}
      <details>
        <summary>Call it from a shell</summary>
        <pre>{curlText(call, location.origin)}</pre>
      </details>
      {bad && bad.length > 0 && (
        <details>
          <summary>Refusals: {bad.map(([status]) => status).join(", ")}</summary>
          <dl className={styles.refusals}>
            {bad.map(([status, { description }]) => (
              <div key={status}>
                <dt>{status}</dt>
                <dd>{description}</dd>
              </div>
            ))}
          </dl>
        </details>
      )}
    </article>
  );
}

function Body(props: {
  readonly name: string;
  readonly content: Readonly<Record<string, Media>>;
  readonly schemas: Schemas;
  readonly none?: string;
}): ReactNode {
  const { name, content, schemas, none = "" } = props;
  const kinds = Object.entries(content);
  const json = content["application/json"];
  if (!json)
    return (
      <p className={styles.kind}>
        <strong>{name}</strong> {kinds.length > 0 ? kinds.map(([kind]) => kind).join(" or ") : none}
      </p>
    );
  return (
    <div>
      <p className={styles.kind}>
        <strong>{name}</strong> {typeText(json.schema)}
      </p>
      {mentioned(json.schema).map((one) => (
        <Shape key={one} name={one} schemas={schemas} />
      ))}
      {json.example !== undefined && (
        <details>
          <summary>Example</summary>
          <pre>{JSON.stringify(json.example, null, 2)}</pre>
        </details>
      )}
    </div>
  );
}

/** The fields of a schema of the document, those of others behind their names. */
function Shape({ name, schemas, depth = 0 }: { name: string; schemas: Schemas; depth?: number }): ReactNode {
  const schema = schemas[name];
  const fields = Object.entries(schema?.properties ?? {});
  const [open, setOpen] = useState(false);
  if (fields.length === 0) return null;
  const inner = [...new Set(fields.flatMap(([, field]) => mentioned(field)))].filter((one) => one !== name);
  return (
    <details onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{depth === 0 ? `Fields of ${name}` : name}</summary>
      {open && (
        <>
          <Fields
            name=""
            rows={fields.map(([field, one]) => ({
              name: field,
              type: typeText(one),
              needed: schema?.required?.includes(field) ?? false,
              where: "",
              text: one.description ?? "",
            }))}
          />
          {inner.map((one) => (
            <Shape key={one} name={one} schemas={schemas} depth={depth + 1} />
          ))}
        </>
      )}
    </details>
  );
}

interface Row {
  readonly name: string;
  readonly type: string;
  readonly needed: boolean;
  readonly where: string;
  readonly text: string;
}

function Fields({ name, rows }: { readonly name: string; readonly rows: readonly Row[] }): ReactNode {
  return (
    <div>
      {name && (
        <p className={styles.kind}>
          <strong>{name}</strong>
        </p>
      )}
      <dl className={styles.fields}>
        {rows.map((row) => (
          <div key={`${row.where} ${row.name}`}>
            <dt>
              <code>{row.name}</code>
              {row.needed && <span className={styles.needed}>needed</span>}
            </dt>
            <dd>
              <span className={styles.type}>
                {row.type}
                {row.where && ` · ${row.where}`}
              </span>
              {row.text && <span>{row.text}</span>}
            </dd>
          </div>
        ))}
      </dl>
    </div>
  );
}
