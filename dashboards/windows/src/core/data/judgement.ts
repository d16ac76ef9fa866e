/** What the marks and lists ask of an incident: open, overdue, due soon, needs a person; and in which order. */
import type { Clock, Incident, Order } from "../api/types";

const ENDED = new Set(["closed", "archived", "rejected", "void", "merged"]);
const DUE_SOON_MS = 30 * 60_000;
const DUE_SOON_RATIO = 0.2;

/** Whether the board of a domain sees it: its own cases, and those that it has a part in. */
export const concerns = (incident: Incident, domain: string): boolean => incident.domain === domain || (incident.domains ?? []).some((one) => one === domain);
export const isOpen = (incident: Incident): boolean => !ENDED.has(incident.state);
export const isEmergencySeverity = (severity: number | null | undefined): boolean =>
  severity !== null && severity !== undefined && severity >= 1 && severity <= 4;

/** Daily matters are a stream; these call a person. */
export const needsPerson = (incident: Incident): boolean =>
  isOpen(incident) &&
  (incident.urgency === "emergency" || isEmergencySeverity(incident.severity) ||
    isEmergencySeverity(incident.severity_proposed) || incident.sensitive);

/** Whether somebody put its alarm away for a while; who, why and until when stand in ``alarm``. */
export const isShelved = (incident: Incident, now: number): boolean =>
  Boolean(incident.alarm?.shelved_until) && Date.parse(incident.alarm?.shelved_until ?? "") > now;

/** Acknowledged at a seat, or taken up: accepted, signed. */
export const unacknowledged = (incident: Incident): boolean =>
  !incident.alarm?.acknowledged_at && isUntaken(incident);
const isUntaken = (incident: Incident): boolean =>
  incident.state === "reported" || incident.state === "verifying" || incident.state === "dispatched";

/** Answers about one state of an incident, kept with it: ten thousand are asked again at every change of a list. */
const kept = new WeakMap<Incident, { opened: number; next?: Clock | undefined; hasNext: boolean }>();
function keptOf(incident: Incident) {
  let found = kept.get(incident);
  if (!found) kept.set(incident, (found = { opened: Date.parse(incident.opened_at), hasNext: false }));
  return found;
}
export const openedMs = (incident: Incident): number => keptOf(incident).opened;

/** All running clocks, the incident's and its orders', soonest first. */
export function runningClocks(incident: Incident): Clock[] {
  const finished = new Set(["done", "cancelled", "returned", "cannot_handle"]);
  const ofOrders = (incident.orders ?? []).filter((order) => !finished.has(order.state)).flatMap((order) => order.clocks ?? []);
  const seen = new Set<string>();
  return [...(incident.clocks ?? []), ...ofOrders]
    .filter((clock) => clock.due_at && !clock.paused)
    .filter((clock) => !seen.has(clock.stage + clock.due_at) && seen.add(clock.stage + clock.due_at))
    .sort((a, b) => Date.parse(a.due_at) - Date.parse(b.due_at));
}
/** The clocks of one order; before it has any, those of the incident that belong to no order. */
export function clocksOfOrder(incident: Incident, order: Order): Clock[] {
  const ofNone = incident.clocks.filter((clock) => clock.order === null || clock.order === undefined);
  const own = (order.clocks ?? []).filter((clock) => clock.due_at);
  return (own.length > 0 ? own : ofNone).toSorted((a, b) => Date.parse(a.due_at) - Date.parse(b.due_at));
}
export function nextClock(incident: Incident): Clock | undefined {
  const held = keptOf(incident);
  if (!held.hasNext) Object.assign(held, { hasNext: true, next: isOpen(incident) ? runningClocks(incident)[0] : undefined });
  return held.next;
}

export const clockLeftMs = (clock: Clock, now: number): number => Date.parse(clock.due_at) - now;

export function clockState(clock: Clock | undefined, now: number): "none" | "running" | "due_soon" | "overdue" {
  if (!clock) return "none";
  const left = clockLeftMs(clock, now);
  if (left < 0) return "overdue";
  const soon = clock.limit_s ? clock.limit_s * 1000 * DUE_SOON_RATIO : DUE_SOON_MS;
  return left < soon ? "due_soon" : "running";
}
export const isOverdue = (incident: Incident, now: number): boolean => dueMs(incident) < now;
export const isDueSoon = (incident: Incident, now: number): boolean => clockState(nextClock(incident), now) === "due_soon";

const urgencyRank = { emergency: 0, urgent: 1, normal: 2 } as const;

/** Gravest first: severity, 特急, sensitive; within a rank the newest on top. */
export function byGravity(a: Incident, b: Incident): number {
  return (
    a.severity - b.severity ||
    (urgencyRank[a.urgency] ?? 3) - (urgencyRank[b.urgency] ?? 3) ||
    Number(b.sensitive) - Number(a.sensitive) ||
    openedMs(b) - openedMs(a)
  );
}

const dues = new WeakMap<Clock, number>();
/** When its next clock falls due; never, as a very large number. */
export function dueMs(incident: Incident): number {
  const clock = nextClock(incident);
  if (!clock) return Number.MAX_SAFE_INTEGER;
  let at = dues.get(clock);
  if (at === undefined) dues.set(clock, (at = Date.parse(clock.due_at)));
  return at;
}
/** What is due next on top; what has no clock last. */
export function byDue(a: Incident, b: Incident): number {
  return dueMs(a) - dueMs(b) || b.number - a.number;
}

const EARTH_RADIUS_M = 6_371_008.8;
/** Great-circle distance, for "nearest": degrees in, metres out. */
export function distanceM(a: { lon: number; lat: number }, b: { lon: number; lat: number }): number {
  const rad = Math.PI / 180;
  const x = Math.sin(((b.lat - a.lat) * rad) / 2) ** 2;
  const y = Math.cos(a.lat * rad) * Math.cos(b.lat * rad) * Math.sin(((b.lon - a.lon) * rad) / 2) ** 2;
  return 2 * EARTH_RADIUS_M * Math.asin(Math.sqrt(x + y));
}
