/**
 * One function through which every page speaks with the server: session cookie, CSRF token, Idempotency-Key.
 * Who listens to `onLoggedOut` learns that the session has ended.
 */
import { offline, Problem, type ProblemBody } from "./problem";

export type Query = Record<string, string | number | boolean | null | undefined>;
export interface Request_ {
  query?: Query;
  body?: unknown;
  /** Given by callers that may repeat the call (the phone's outbox); otherwise a new one for each POST. */
  key?: string;
  headers?: Record<string, string>;
  signal?: AbortSignal;
  /** What is expected: an object, or bytes such as a picture. */
  as?: "json" | "blob";
}

/** A line that died without a word must not hold up what waits behind it: it counts as no answer, the same key is sent again. */
export const PATIENCE_MS = 30_000;
/** A picture's part on a poor line takes its time. */
const FILE_PATIENCE_MS = 120_000;

const session = { csrf: "", language: "zh-CN" };
const loggedOut = new Set<() => void>();

export const setCsrfToken = (token: string): void => void (session.csrf = token);
export const setRequestLanguage = (language: string): void => void (session.language = language);
export function onLoggedOut(listener: () => void): () => void {
  loggedOut.add(listener);
  return () => loggedOut.delete(listener);
}

/** A random id that also works on plain-HTTP pages, where crypto.randomUUID does not exist. */
export function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

export function addressOf(path: string, query: Query = {}): string {
  const given = Object.entries(query).filter(([, value]) => value !== null && value !== undefined && value !== "");
  const text = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
  return `/api/v1${path}${text ? `?${text}` : ""}`;
}

async function refused(answer: Response): Promise<Problem> {
  const body = (await answer.json().catch(() => ({}))) as ProblemBody;
  return new Problem(answer.status, body);
}

function headersOf(method: string, given: Request_): Record<string, string> {
  const headers: Record<string, string> = { Accept: "application/json", "Accept-Language": session.language };
  if (method !== "GET" && session.csrf) headers["X-CSRF-Token"] = session.csrf;
  if (method === "POST") headers["Idempotency-Key"] = given.key ?? newId();
  if (given.body !== undefined && !(given.body instanceof Blob)) headers["Content-Type"] = "application/json";
  return { ...headers, ...given.headers };
}

export async function call<T>(method: string, path: string, given: Request_ = {}): Promise<T> {
  const body = given.body instanceof Blob ? given.body : given.body === undefined ? null : JSON.stringify(given.body);
  const answer = await fetch(addressOf(path, given.query), {
    method,
    headers: headersOf(method, given),
    body,
    credentials: "same-origin",
    cache: "no-store",
    signal: given.signal ?? (method === "GET" ? null : AbortSignal.timeout(body instanceof Blob ? FILE_PATIENCE_MS : PATIENCE_MS)),
  }).catch((fault: unknown) => {
    if (given.signal?.aborted) throw fault;
    throw offline();
  });
  if (!answer.ok) {
    const problem = await refused(answer);
    if (problem.status === 401 && path !== "/session") loggedOut.forEach((listener) => listener());
    throw problem;
  }
  if (given.as === "blob") return (await answer.blob()) as T;
  return (answer.status === 204 ? undefined : await answer.json().catch(() => undefined)) as T;
}

export const get = <T>(path: string, query?: Query, signal?: AbortSignal): Promise<T> =>
  call<T>("GET", path, { ...(query ? { query } : {}), ...(signal ? { signal } : {}) });
export const post = <T>(path: string, body: unknown = {}, key?: string): Promise<T> =>
  call<T>("POST", path, { body, ...(key ? { key } : {}) });
