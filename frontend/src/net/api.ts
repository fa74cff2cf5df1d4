// The HTTP API of this server, as the pages use it.
//
// Every failure is an `ApiError` whose message is a sentence for the reader: the server's own, or one that says that
// the server could not be reached. Left alone: what to do about it.

import { parseExactly } from "../core/exact";
import type { ErrorBody } from "../wire";

export class ApiError extends Error {
  /** HTTP status; 0 = the server could not be reached. */
  readonly status: number;
  /** Such as NOTHING_TO_PUBLISH. */
  readonly code: string;
  /** What to do; "" = nothing is known to help. */
  readonly hint: string;
  /** The field at fault, or null. */
  readonly field: string | null;

  constructor(status: number, code: string, message: string, hint = "", field: string | null = null) {
    super(message);
    this.name = "ApiError";
    this.status = status;
    this.code = code;
    this.hint = hint;
    this.field = field;
  }
}

let csrf = "";

/** Called once by each page, with `boot.csrf`. */
export function setToken(token: string): void {
  csrf = token;
}

let key = "";

/** Called once by a framed page, with `boot.embed.key`: cookies do not reach it. */
export function setKey(given: string): void {
  key = given;
}

/** What says who asks, in the headers of every request. */
export function credentials(): Readonly<Record<string, string>> {
  return key ? { Authorization: `Bearer ${key}` } : {};
}

/** The same, for requests that are made in another way. */
export function token(): string {
  return csrf;
}

export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

export interface RequestOptions {
  /** Sent as JSON; a string or Blob is sent as it is. */
  readonly body?: unknown;
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  readonly signal?: AbortSignal;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Calls `/api/v1{path}` and answers its JSON (`undefined` for an empty answer). Rejects with ApiError. */
export async function request<T>(method: Method, path: string, options: RequestOptions = {}): Promise<T> {
  const response = await send(method, path, options);
  const text = await response.text();
  return (text ? parseExactly(text) : undefined) as T;
}

/** The same, answering text: an exported file. */
export async function requestText(
  method: Method,
  path: string,
  options: RequestOptions = {},
): Promise<string> {
  return (await send(method, path, options)).text();
}

/** The same, answering a file. */
export async function requestBlob(method: Method, path: string, options: RequestOptions = {}): Promise<Blob> {
  const response = await send(method, path, options);
  try {
    return await response.blob();
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new ApiError(0, "CUT", "The file did not arrive as a whole: it was cut off.", "Try again.");
  }
}

export const get = <T>(path: string, options?: RequestOptions): Promise<T> =>
  request<T>("GET", path, options);
export const post = <T>(path: string, body?: unknown, options?: RequestOptions): Promise<T> =>
  request<T>("POST", path, { ...options, body });
export const put = <T>(path: string, body?: unknown): Promise<T> => request<T>("PUT", path, { body });
export const patch = <T>(path: string, body?: unknown): Promise<T> => request<T>("PATCH", path, { body });
export const del = <T = void>(path: string): Promise<T> => request<T>("DELETE", path);

async function send(method: Method, path: string, options: RequestOptions): Promise<Response> {
  const headers: Record<string, string> = {
    Accept: "application/json",
    ...credentials(),
    ...options.headers,
  };
  if (method !== "GET") headers["X-CSRF-Token"] = csrf;
  const init: RequestInit = { method, headers, credentials: "same-origin" };
  if (options.signal) init.signal = options.signal;
  if (options.body !== undefined) {
    const plain = typeof options.body === "string" || options.body instanceof Blob;
    if (!plain) headers["Content-Type"] = "application/json";
    init.body = plain ? (options.body as BodyInit) : JSON.stringify(options.body);
  }
  let response: Response;
  try {
    response = await fetch(addressOf(path, options.query), init);
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new ApiError(
      0,
      "UNREACHABLE",
      "The server could not be reached.",
      "Check the connection and try again.",
    );
  }
  if (response.ok) return response;
  throw errorFrom(response.status, await response.text());
}

function addressOf(path: string, query: RequestOptions["query"]): string {
  const parameters = new URLSearchParams();
  for (const [key, value] of Object.entries(query ?? {})) {
    if (value !== undefined) parameters.set(key, String(value));
  }
  const text = parameters.toString();
  return `/api/v1${path}${text ? `?${text}` : ""}`;
}

/** The error that an answer's text tells of. */
export function errorFrom(status: number, text: string): ApiError {
  try {
    const { error } = JSON.parse(text) as ErrorBody;
    return new ApiError(status, error.code, error.message, error.hint, error.field);
  } catch {
    // A proxy in between answers in its own words, which are not for the reader.
    return new ApiError(status, "UNKNOWN", `The server answered ${status} without saying why.`, "Try again.");
  }
}
