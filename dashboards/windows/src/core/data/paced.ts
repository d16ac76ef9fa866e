/**
 * Frames come by the fifty a second: who looks is told of a lone change at once, of many together at the next beat.
 * The beats of a page fall together (lists, stream, clock, map): one picture is drawn for all, not one for each.
 */
export const TELL_APART_MS = 500;

/** How long until the next beat of those that are so far apart; never 0. */
export const untilBeat = (apartMs: number, nowMs = Date.now()): number => apartMs - (nowMs % apartMs);

export function paced(tell: () => void, apartMs = TELL_APART_MS): { (): void; now(): void } {
  let toldAt = 0;
  let waiting: ReturnType<typeof setTimeout> | null = null;
  function now(): void {
    if (waiting) clearTimeout(waiting);
    waiting = null;
    toldAt = Date.now();
    tell();
  }
  function soon(): void {
    const past = Date.now() - toldAt;
    // A clock that was set back must not hold the news up.
    if (past >= apartMs || past < 0) return now();
    waiting ??= setTimeout(now, untilBeat(apartMs));
  }
  return Object.assign(soon, { now });
}
