// The OpenAPI document as the page of the API reads it. Pure.

export interface Schema {
  readonly type?: string | readonly string[];
  readonly title?: string;
  readonly description?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly format?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly default?: unknown;
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: Schema | boolean;
  readonly oneOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly $ref?: string;
}

export interface Media {
  readonly schema?: Schema;
  readonly example?: unknown;
}

export interface Parameter {
  readonly name: string;
  readonly in: "path" | "query" | "header" | "cookie";
  readonly required?: boolean;
  readonly description?: string;
  readonly schema?: Schema;
}

export interface Answer {
  readonly description: string;
  readonly content?: Readonly<Record<string, Media>>;
}

export interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly description: string;
  readonly tags: readonly string[];
  readonly security: readonly unknown[];
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly required?: boolean; readonly content: Readonly<Record<string, Media>> };
  readonly responses: Readonly<Record<string, Answer>>;
}

export interface OpenApi {
  readonly info: { readonly title: string; readonly version: string; readonly description: string };
  readonly tags: readonly { readonly name: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

export interface Call {
  readonly method: string;
  readonly path: string;
  readonly operation: Operation;
}

/** The operations under their headings, in the document's order; those that fit `search` only. */
export function chapters(document: OpenApi, search = ""): readonly (readonly [string, readonly Call[]])[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  const calls = Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })),
  );
  const fits = ({ method, path, operation }: Call): boolean => {
    const text = `${method} ${path} ${operation.summary} ${operation.operationId}`.toLowerCase();
    return words.every((word) => text.includes(word));
  };
  return document.tags
    .map(({ name }) => [name, calls.filter((call) => call.operation.tags[0] === name && fits(call))] as const)
    .filter(([, found]) => found.length > 0);
}

/** What the description of an operation says beyond its summary; "" = nothing. */
export function beyondSummary({ summary, description }: Operation): string {
  const whole = description.replaceAll("\n", " ");
  return whole.startsWith(summary) ? description.slice(summary.length).replace(/^[.:;]\s*/, "") : description;
}

/** A schema's name where it is one of the document's own. */
export function nameOf({ $ref }: Schema): string {
  return $ref?.split("/").at(-1) ?? "";
}

/** What a schema takes, in a few words: "string", "integer 1…100", "RunBody", "RunBody[]", "text or null". */
export function typeText(schema: Schema | undefined): string {
  if (!schema) return "anything";
  if (schema.$ref) return nameOf(schema);
  const several = schema.oneOf ?? schema.anyOf;
  if (several) return several.map(typeText).join(" or ");
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(" · ");
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  const types = typeof schema.type === "string" ? [schema.type] : (schema.type ?? ["anything"]);
  const range =
    schema.minimum !== undefined || schema.maximum !== undefined
      ? ` ${schema.minimum ?? ""}…${schema.maximum ?? ""}`
      : "";
  return types
    .map((type) => {
      if (type === "array") return `${typeText(schema.items)}[]`;
      if (type === "object" && typeof schema.additionalProperties === "object")
        return `object of ${typeText(schema.additionalProperties)}`;
      return schema.format && schema.format !== "binary" ? `${type} (${schema.format})` : `${type}${range}`;
    })
    .join(" or ");
}

/** The names of schemas that a schema mentions directly. */
export function mentioned(schema: Schema | undefined): readonly string[] {
  if (!schema) return [];
  const inside = [
    schema.items,
    ...(schema.oneOf ?? schema.anyOf ?? []),
    typeof schema.additionalProperties === "object" ? schema.additionalProperties : undefined,
  ];
  return [nameOf(schema), ...inside.flatMap(mentioned)].filter(Boolean);
}

/** How the call is made from a shell. */
export function curlText({ method, path, operation }: Call, origin: string): string {
  const lines = [`curl ${method === "GET" ? "" : `-X ${method} `}${origin}${path}`];
  if (operation.security.length > 0) lines.push('-H "Authorization: Bearer $VERNISSAGE_TOKEN"');
  const json = operation.requestBody?.content["application/json"];
  if (json) lines.push(`--json '${JSON.stringify(json.example ?? {})}'`);
  else if (operation.requestBody) lines.push("--data-binary @file");
  return lines.join(" \\\n  ");
}
