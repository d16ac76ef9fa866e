/** A refusal of the server (RFC 9457), or no answer at all, as one value with a sentence a person can act on. */

import type { Text } from "./types";

export interface ProblemBody {
  type?: string;
  title?: string;
  status?: number;
  detail?: string;
  errors?: { field?: string; loc?: (string | number)[]; reason?: string; detail?: string; msg?: string }[];
  [more: string]: unknown;
}

export class Problem extends Error {
  readonly status: number;
  readonly body: ProblemBody;

  constructor(status: number, body: ProblemBody) {
    super(body.detail ?? body.title ?? `HTTP ${status}`);
    this.name = "Problem";
    this.status = status;
    this.body = body;
  }

  /** The last part of the type's address: "version-conflict". */
  get slug(): string {
    return (this.body.type ?? "").split(/[/:#]/).pop() || "";
  }

  /** No answer, or one that says "later": the same call may succeed. */
  get passing(): boolean {
    return this.status === 0 || this.status === 408 || this.status === 429 || this.status >= 500;
  }
}

export const offline = (): Problem => new Problem(0, { type: "no-answer" });

interface Speech {
  t: (key: string, values?: Record<string, unknown>) => string;
  has: (key: string) => boolean;
  /** The keys of a group of words. */
  under: (group: string) => string[];
  text: (value: Text | null | undefined) => string;
  word: (group: string, code: string | null | undefined) => string;
  time: (at: string | null | undefined) => string;
}
interface Winner {
  actor?: string | { name?: string; role?: string | null } | null;
  action?: string;
  at?: string;
}

/** A word of the server for a fault ("must have at most 20 items") as a key of the page's words, and its number. */
const slugOf = (detail: string): string => detail.toLowerCase().replace(/\d+(\.\d+)?/g, " n ").replace(/[^a-z]+/g, "_").replace(/^_|_$/g, "");
function faultWords(detail: string, { t, has, under }: Speech): string {
  // A code may stand before the words ("dept-water is at work on this case already").
  const parts = [detail, ...detail.split(/[:(]/), detail.replace(/^\S+ /, "")].map((part) => `forms.fault.${slugOf(part)}`);
  const known = parts.find((key) => has(key)) ?? faultWithin(`_${slugOf(detail)}_`, under("faults"));
  return known ? t(known, { n: /\d+(\.\d+)?/.exec(detail)?.[0] ?? "" }) : t("forms.not_right", { detail });
}
/** The longest of the known words that stand within a fault, which may begin or end with a name or a figure. */
function faultWithin(said: string, known: string[]): string | undefined {
  const [longest] = known.filter((key) => said.includes(`_${key}_`)).sort((a, b) => b.length - a.length);
  return longest ? `faults.${longest}` : undefined;
}
/** A field of the interface by the name that stands on the page. */
function fieldWords(field: string, { t, has }: Speech): string {
  const known = [`forms.field.${field.replaceAll(".", "_")}`, `forms.field.${field.split(".").at(-1)}`].find((key) => has(key));
  return known ? t(known) : "";
}
/** What the server found wrong, by field, in the page's language: it stands beside the field. */
export function faultsByField(fault: unknown, speech: Speech): Record<string, string> {
  if (!(fault instanceof Problem)) return {};
  const named = (fault.body.errors ?? []).flatMap((one) => {
    const field = one.field ?? one.loc?.join(".");
    return field ? [[field, faultWords(one.reason ?? one.detail ?? one.msg ?? "", speech)] as const] : [];
  });
  return Object.fromEntries(named);
}

/** What kind of refusal it is in the page's language; then what the server knows more exactly, but for the fields `beside` which it stands. */
export function problemSentence(fault: unknown, speech: Speech, beside: ReadonlySet<string> = new Set()): string {
  if (!(fault instanceof Problem)) return speech.t("problem.ours");
  const { body, status } = fault;
  const known = [`problem.${fault.slug}`, `problem.status_${status}`].find(speech.has);
  const kind = known ? speech.t(known) : (body.detail ?? body.title ?? speech.t("problem.other", { status }));
  return [kind, ruleSentence(body, speech), winnerSentence(body, speech), fieldSentences(body, speech, beside)].filter(Boolean).join(" ");
}

/** The rule that forbids it, in the page's language. */
function ruleSentence(body: ProblemBody, { text }: Speech): string {
  const rule = text(body["rule_text"] as Text | undefined);
  return rule ? `${rule}${/[.。]$/u.test(rule) ? "" : /[\u4e00-\u9fff]/u.test(rule) ? "。" : "."}` : "";
}

/** Who was first, and how things stand now. */
function winnerSentence(body: ProblemBody, { t, word, time }: Speech): string {
  const winner = body["winner"] as Winner | undefined;
  const state = word("state", body["state"] as string | undefined);
  if (winner) {
    const act = word("action", winner.action);
    const { actor } = winner;
    const who = actor && typeof actor === "object" ? [word("role", actor.role), actor.name].filter(Boolean).join(" ") : (actor ?? "");
    return t("problem.winner", { who, at: time(winner.at), act, state });
  }
  return state ? t("problem.now", { state }) : "";
}

const fieldSentences = (body: ProblemBody, speech: Speech, beside: ReadonlySet<string>): string =>
  (body.errors ?? [])
    .filter((one) => !beside.has(one.field ?? ""))
    .map((one) => [fieldWords(one.field ?? one.loc?.join(".") ?? "", speech), faultWords(one.reason ?? one.detail ?? one.msg ?? "", speech)].filter(Boolean).join(speech.t("forms.colon")))
    .filter((line) => line !== "")
    .join("; ");
