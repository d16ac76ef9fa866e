/** A journal entry as a sentence: "来龙镇 网格员 已签收 井盖移位". The time stands beside it. */
import type { Entry, Incident, Text, TimelineItem } from "../api/types";

export interface Speech {
  t: (key: string, values?: Record<string, unknown>) => string;
  has: (key: string) => boolean;
  text: (value: Text | null | undefined) => string;
  word: (group: string, code: string | null | undefined) => string;
  named: (value: { name: string; name_en?: string | null } | string | null | undefined) => string;
  title: (incident: Titled) => string;
  mark: (of: { drill?: boolean | null; replay?: boolean | null }) => string;
}

export type Titled = Pick<Incident, "title" | "title_en"> & { drill?: boolean | null; replay?: boolean | null };
/** How the server marks the title of a drill or a replay; the words of the language stand in its place. */
export const MARKED = /^【(?:演练|回放)】/u;

type Told = Pick<Entry, "kind" | "actor" | "data"> & { state_after?: Entry["state_after"]; text?: TimelineItem["text"] };

/** Who acted, by post, not by name: names stand in the record, not on a wall. */
function whoOf(told: Told, { t, word }: Speech): string {
  const kind = told.actor?.kind ?? "system";
  if (kind === "person") return told.actor?.role ? word("role", told.actor.role) : t("sentence.who_person");
  return kind === "device" ? t("sentence.who_device") : t("sentence.who_system");
}

function whatOf(told: Told, speech: Speech): string {
  const { data, state_after: after } = told;
  return (after ? speech.title({ ...after, drill: false, replay: false }) : "") || data?.title || speech.text(data?.category_name);
}

/** One kind may tell of two things: the sentence that fits what the entry says. */
function kindOf({ kind, data }: Told): string {
  if (kind === "urged" && data?.["by_hand"]) return "urged_by_hand";
  if (kind === "urged" && data?.stage === "answer") return "urged_answer";
  if (kind === "verified" && data?.["is_true"] === false) return "verified_not";
  if (kind === "checked" && data?.["passed"] === false) return "checked_not";
  if (kind === "escalated" && data?.["is_down"]) return "sent_down";
  if (kind === "closed" && data?.["is_forced"]) return "force_closed";
  if (kind === "audited" && data?.["passed"] === false) return "audited_not";
  if (kind === "closed" && data?.["is_self_closed"]) return "self_closed";
  if (kind === "answered" && data?.["is_reply"]) return "replied";
  return kind;
}

const count = (value: unknown): string => (typeof value === "number" ? String(value) : "0");

export function sentenceOf(told: Told, speech: Speech): string {
  const { data, state_after: after } = told;
  const kind = `sentence.${kindOf(told)}`;
  const area = speech.named(after?.area) || speech.text(data?.area_name);
  const what = whatOf(told, speech);
  const values = {
    who: whoOf(told, speech),
    // Titles often begin with the place: it stands once.
    what: area && what.startsWith(area) ? what.slice(area.length).trim() || what : what,
    area,
    holder: speech.text(data?.holder_name) || "",
    worker: data?.worker_name ?? "",
    order: speech.word("order", data?.order_kind),
    stage: speech.word("stage", data?.stage),
    percent: typeof data?.ratio === "number" ? `${Math.round(data.ratio * 100)}%` : "",
    reason: speech.text(data?.reason),
    to: speech.text(data?.["to_name"] as Text | undefined),
    shift: speech.word("shift", data?.["on_shift"] === false ? "off" : "on"),
    added: count(data?.["added"]),
    ended: count(data?.["ended"]),
    members: count(data?.["members"]),
    kind: told.kind,
  };
  const mark = speech.mark({ drill: after?.drill || data?.["drill"] === true, replay: after?.replay || data?.["replay"] === true });
  return mark + tidy(speech.t(speech.has(kind) ? kind : "sentence.other", values));
}

/** Values that an entry did not carry leave holes: no double blank, no colon that introduces nothing. */
export const tidy = (sentence: string): string =>
  sentence
    .replace(/\s+/g, " ")
    .replace(/ ([,:;：，；])/g, "$1")
    .replace(/[\s:：,，;；→]+$/u, "")
    .replace(/^[\s:：]+/u, "")
    .trim();
