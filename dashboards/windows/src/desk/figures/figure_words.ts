/** How a figure is said: a rate as per cent, a mean as a duration, a count as it is; none as a dash. */
import type { Figure } from "@core/api/office_calls";

export const isRate = (name: string): boolean => /_(rate|accuracy|share)$/.test(name);
export const isMean = (name: string): boolean => name.startsWith("mean_") && name.endsWith("_s");

export function figureText(name: string, figure: Pick<Figure, "value"> | undefined, duration: (ms: number) => string): string {
  const value = figure?.value;
  if (value === null || value === undefined) return "–";
  if (isRate(name)) return `${(value * 100).toFixed(1)}%`;
  return isMean(name) ? duration(value * 1000) : String(value);
}

export type Period = "today" | "week" | "month" | "this_month" | "last_month";
const DAY_MS = 86_400_000;

/** Beginning and end of a period in the city's days; `midnight` is the beginning of today there. */
export function periodOf(period: Period, now: number, midnight: number): { from: string; to: string } {
  const iso = (ms: number): string => new Date(ms).toISOString();
  if (period === "today") return { from: iso(midnight), to: iso(now) };
  if (period === "week") return { from: iso(midnight - 6 * DAY_MS), to: iso(now) };
  if (period === "month") return { from: iso(midnight - 29 * DAY_MS), to: iso(now) };
  const { first, before } = monthsAround(midnight);
  return period === "this_month" ? { from: iso(first), to: iso(now) } : { from: iso(before), to: iso(first) };
}

/** The beginning of this month and of the one before; the city's zone is without summer time or near enough. */
export function monthsAround(midnight: number): { first: number; before: number } {
  const noon = new Date(midnight + DAY_MS / 2);
  const first = midnight - (noon.getUTCDate() - 1) * DAY_MS;
  const lastOfBefore = new Date(first - DAY_MS / 2);
  return { first, before: first - lastOfBefore.getUTCDate() * DAY_MS };
}
