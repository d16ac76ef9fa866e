/** A refusal of the server (RFC 9457), or no answer at all, as one value with a sentence a person can act on. */

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
    return (this.body.type ?? "").split(/[/:#]/).pop() ?? "";
  }

  /** No answer, or one that says "later": the same call may succeed. */
  get passing(): boolean {
    return this.status === 0 || this.status === 408 || this.status === 429 || this.status >= 500;
  }
}

export const offline = (): Problem => new Problem(0, { type: "no-answer" });

type Translate = (key: string, values?: Record<string, unknown>) => string;

/** The server's own detail first; where it gives none, what the status means and what to do. */
export function problemSentence(fault: unknown, t: Translate, has: (key: string) => boolean): string {
  if (!(fault instanceof Problem)) return t("problem.ours");
  const fields = (fault.body.errors ?? [])
    .map((one) => [one.field ?? one.loc?.join("."), one.reason ?? one.detail ?? one.msg].filter(Boolean).join(": "))
    .filter((line) => line !== "");
  const known = `problem.status_${fault.status}`;
  const said = fault.body.detail ?? (has(known) ? t(known) : fault.body.title) ?? t("problem.other", { status: fault.status });
  return fields.length > 0 ? `${said} ${fields.join(" ")}` : said;
}
