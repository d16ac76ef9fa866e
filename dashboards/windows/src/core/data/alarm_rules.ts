/** Which alarm rings how, what a flood is, and how a flood is told: by cause, first-out on top. Pure. */
import type { Incident } from "@core/api/types";
import { isEmergencySeverity, isShelved, needsPerson, openedMs, unacknowledged } from "@core/data/judgement";
import type { Tone } from "@core/sound/tones";

/** ISA-18.2: an operator should get one alarm in ten minutes; more than ten is a flood. */
export const WINDOW_MS = 600_000;
export const FLOOD = 10;

export const isActive = (one: Incident, now: number): boolean => needsPerson(one) && unacknowledged(one) && !isShelved(one, now);
export const gradeOf = (one: Incident): number => Math.min(one.severity, one.severity_proposed ?? 5);

export function toneOf(one: Incident): Tone {
  if (gradeOf(one) <= 2) return "severe";
  return isEmergencySeverity(gradeOf(one)) || one.urgency === "emergency" ? "critical" : "notice";
}
/** Ⅰ, Ⅱ and an unsigned 特急 sound again until somebody acknowledges them. */
export const repeats = (one: Incident): boolean => gradeOf(one) <= 2 || one.urgency === "emergency";

const RANK: Tone[] = ["notice", "order", "critical", "severe"];
export const gravestTone = (items: Incident[]): Tone =>
  items.map(toneOf).reduce((worst, tone) => (RANK.indexOf(tone) > RANK.indexOf(worst) ? tone : worst), "notice" as Tone);

export interface AlarmGroup {
  key: string;
  first: Incident;
  items: Incident[];
}
const codeOf = (value: Incident["category"]): string => (typeof value === "string" ? value : (value?.code ?? ""));
/** One cause: the same kind of matter in the same town. */
const causeOf = (one: Incident): string => `${codeOf(one.category)}/${one.area?.path?.[1] ?? one.area?.code ?? ""}`;

/** Each a group of its own, in the given order. */
export const standAlone = (items: Incident[]): AlarmGroup[] => items.map((one) => ({ key: String(one.number), first: one, items: [one] }));

/** In a flood the alarms of one cause are one line, led by the first-out; otherwise each stands alone, gravest first. */
export function groupAlarms(items: Incident[], isFlood: boolean): AlarmGroup[] {
  if (!isFlood) {
    const alone = items.toSorted((a, b) => gradeOf(a) - gradeOf(b) || openedMs(b) - openedMs(a));
    return alone.map((one) => ({ key: String(one.number), first: one, items: [one] }));
  }
  const groups = new Map<string, Incident[]>();
  for (const one of items.toSorted((a, b) => openedMs(a) - openedMs(b))) groups.set(causeOf(one), [...(groups.get(causeOf(one)) ?? []), one]);
  const made = [...groups].map(([key, found]) => ({ key, first: found[0] as Incident, items: found }));
  return made.toSorted((a, b) => openedMs(a.first) - openedMs(b.first));
}
