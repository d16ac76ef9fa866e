/** What a seat wants to see of the queue, as data; and whether an incident fits. Pure, quick for ten thousand. */
import type { Domain, Incident, Urgency } from "@core/api/types";
import { byDue, byGravity, concerns, isOpen, isOverdue, needsPerson, openedMs } from "@core/data/judgement";

export const TRAYS = ["open", "needs", "to_accept", "handling", "to_check", "overdue", "arbitrate", "ended"] as const;
export type Tray = (typeof TRAYS)[number];
export const SORTS = ["gravity", "due", "newest", "oldest", "updated"] as const;
export type Sort = (typeof SORTS)[number];

export interface QueueFilter {
  tray: Tray;
  sort: Sort;
  text: string;
  domain: Domain | "";
  urgency: Urgency | "";
  area: string;
  state: string;
  level: string;
  category: string;
  severity: string;
  overdue: boolean;
  mine: boolean;
}
export const emptyFilter = (): QueueFilter => ({
  tray: "open", sort: "gravity", text: "", domain: "", urgency: "", area: "", state: "", level: "", category: "",
  severity: "", overdue: false, mine: false,
});
/** The narrowing ones beside tray, sort and words; how many are set stands on the button. */
export const NARROWING = ["domain", "urgency", "area", "state", "level", "category", "severity", "overdue", "mine"] as const;
export const countSet = (filter: QueueFilter): number => NARROWING.filter((name) => Boolean(filter[name])).length;

const ACCEPT = new Set(["reported", "verifying", "filed"]);
const CHECK = new Set(["disposed", "checking"]);
const inTray: Record<Tray, (one: Incident, now: number) => boolean> = {
  needs: needsPerson,
  to_accept: (one) => ACCEPT.has(one.state),
  handling: (one) => isOpen(one) && !ACCEPT.has(one.state) && !CHECK.has(one.state),
  to_check: (one) => CHECK.has(one.state),
  overdue: (one, now) => isOverdue(one, now),
  arbitrate: (one) => isOpen(one) && Boolean(one.needs_arbitration),
  open: isOpen,
  ended: (one) => !isOpen(one),
};

const said = new WeakMap<Incident, string>();
/** All words by which an incident is found, once for each of its states. */
function wordsOf(one: Incident): string {
  let words = said.get(one);
  if (words === undefined) {
    const upstream = one.upstream?.number ?? "";
    const parts = [`#${one.number}`, one.title, one.title_en, one.text, one.place_text, one.area?.name, one.area?.name_en, one.grid_name, one.holder?.name, upstream];
    said.set(one, (words = parts.filter(Boolean).join("\n").toLowerCase()));
  }
  return words;
}
const codeOf = (value: Incident["category"]): string => (typeof value === "string" ? value : (value?.code ?? ""));
const gradeOf = (one: Incident): string => String(one.severity_proposed ?? one.severity);

/** Whether the hands of this seat have it: the holder of the case or of an order, or the worker. */
export const isMine = (one: Incident, hands: ReadonlySet<string>): boolean =>
  hands.has(one.holder?.code ?? "") || one.orders.some((order) => hands.has(order.holder?.code ?? "") || hands.has(String(order.assignee?.id ?? "")));

/** Reads the wish once, then asks ten thousand. */
export function filterFor(wish: QueueFilter, now: number, hands: ReadonlySet<string>): (one: Incident) => boolean {
  const filter = { ...wish };
  const words = filter.text.trim().toLowerCase().split(/\s+/).filter(Boolean);
  return (one) => fitsAll(one, { filter, words, now, hands });
}
function fitsAll(one: Incident, { filter, words, now, hands }: { filter: QueueFilter; words: string[]; now: number; hands: ReadonlySet<string> }): boolean {
  return (
    inTray[filter.tray](one, now) &&
    (filter.domain === "" || concerns(one, filter.domain)) &&
    (filter.urgency === "" || one.urgency === filter.urgency) &&
    (filter.area === "" || one.area?.code === filter.area || Boolean(one.area?.path?.includes(filter.area))) &&
    (filter.state === "" || one.state === filter.state) &&
    (filter.level === "" || one.level === filter.level) &&
    (filter.category === "" || codeOf(one.category) === filter.category) &&
    (filter.severity === "" || gradeOf(one) === filter.severity || String(one.severity) === filter.severity) &&
    (!filter.overdue || isOverdue(one, now)) &&
    (!filter.mine || isMine(one, hands)) &&
    words.every((word) => wordsOf(one).includes(word))
  );
}

const updatedMs = new WeakMap<Incident, number>();
function updatedOf(one: Incident): number {
  let at = updatedMs.get(one);
  if (at === undefined) updatedMs.set(one, (at = Date.parse(one.updated_at)));
  return at;
}
const ORDERS: Record<Sort, (a: Incident, b: Incident) => number> = {
  gravity: byGravity,
  due: byDue,
  newest: (a, b) => openedMs(b) - openedMs(a) || b.number - a.number,
  oldest: (a, b) => openedMs(a) - openedMs(b) || a.number - b.number,
  updated: (a, b) => updatedOf(b) - updatedOf(a) || b.number - a.number,
};
export const sorted = (items: Incident[], sort: Sort): Incident[] => items.toSorted(ORDERS[sort]);

/** The same wish as a question to the server: what has ended is not in the live picture. */
export function queryOf(filter: QueueFilter): Record<string, string | boolean> {
  const ended = "closed,archived,rejected,void,merged";
  return {
    state: filter.state || ended,
    ...(filter.text.trim() ? { q: filter.text.trim().replace(/^#/, "") } : {}),
    ...Object.fromEntries((["domain", "urgency", "area", "level", "category", "severity"] as const).filter((name) => filter[name] !== "").map((name) => [name, filter[name]])),
    ...(filter.overdue ? { overdue: true } : {}),
    ...(filter.mine ? { assigned_to: "me" } : {}),
  };
}
