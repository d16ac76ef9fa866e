/** Durations as people say them: 18 分钟, 2 小时 5 分, 3 天 4 小时. */

type Translate = (key: string, values: Record<string, unknown>) => string;

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

export function durationWords(ms: number, t: Translate): string {
  const length = Math.abs(ms);
  if (length < MINUTE_MS) return t("time.seconds", { s: Math.floor(length / 1000) });
  if (length < HOUR_MS) return t("time.minutes", { m: Math.floor(length / MINUTE_MS) });
  if (length < DAY_MS) {
    const [h, m] = [Math.floor(length / HOUR_MS), Math.floor((length % HOUR_MS) / MINUTE_MS)];
    return m === 0 ? t("time.hours", { h }) : t("time.hours_minutes", { h, m });
  }
  const [d, h] = [Math.floor(length / DAY_MS), Math.floor((length % DAY_MS) / HOUR_MS)];
  return h === 0 ? t("time.days", { d }) : t("time.days_hours", { d, h });
}

/** "剩余 18 分钟", or "超期 2 小时" once the time is over. */
export const leftWords = (ms: number, t: Translate): string =>
  t(ms < 0 ? "time.over" : "time.left", { duration: durationWords(ms, t) });

export const ageWords = (ms: number, t: Translate): string =>
  ms < 1000 ? t("time.now", {}) : t("time.ago", { duration: durationWords(ms, t) });
