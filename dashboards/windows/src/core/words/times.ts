/** Times in the city's zone, whatever the zone of the machine that shows them. */

export type TimeShape = "minute" | "second" | "day_minute" | "date" | "full" | "hour";

const shapes: Record<TimeShape, Intl.DateTimeFormatOptions> = {
  minute: { hour: "2-digit", minute: "2-digit" },
  second: { hour: "2-digit", minute: "2-digit", second: "2-digit" },
  hour: { hour: "2-digit" },
  day_minute: { month: "numeric", day: "numeric", hour: "2-digit", minute: "2-digit" },
  date: { year: "numeric", month: "long", day: "numeric", weekday: "short" },
  full: { year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit" },
};
const kept = new Map<string, Intl.DateTimeFormat>();

function formatOf(shape: TimeShape, locale: string, timeZone: string): Intl.DateTimeFormat {
  const key = `${shape}/${locale}/${timeZone}`;
  const held = kept.get(key);
  if (held) return held;
  const made = new Intl.DateTimeFormat(locale === "en" ? "en-GB" : "zh-CN", { ...shapes[shape], timeZone, hourCycle: "h23" });
  kept.set(key, made);
  return made;
}

/** The words of the last moments: a list says the same minute many times, and the browser's formatting is dear. */
const said = new Map<string, string>();
const SAID_MAX = 2000;
const SECOND_MS = 1000;

export function timeWords(at: string | number | Date | null | undefined, shape: TimeShape, locale: string, zone: string): string {
  if (at === null || at === undefined || at === "") return "";
  const moment = new Date(at).getTime();
  if (Number.isNaN(moment)) return "";
  const step = shape === "second" || shape === "full" ? SECOND_MS : 60 * SECOND_MS;
  const key = `${Math.floor(moment / step)}/${shape}/${locale}/${zone}`;
  let words = said.get(key);
  if (words === undefined) {
    if (said.size >= SAID_MAX) said.clear();
    said.set(key, (words = formatOf(shape, locale, zone).format(moment)));
  }
  return words;
}

/** Midnight of the city's day that `now` falls in. */
export function startOfDay(now: number, zone: string): Date {
  const parts = new Intl.DateTimeFormat("en-GB", { timeZone: zone, hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
  const [hours = 0, minutes = 0, seconds = 0] = parts.format(now).split(":").map(Number);
  return new Date(Math.floor(now / 1000) * 1000 - ((hours * 60 + minutes) * 60 + seconds) * 1000);
}

/** As a `datetime-local` field speaks, in the city's zone. */
export const fieldTime = (at: number, zone: string): string =>
  new Intl.DateTimeFormat("sv-SE", { timeZone: zone, dateStyle: "short", timeStyle: "medium" }).format(at).replace(" ", "T");
