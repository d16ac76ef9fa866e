/** Frames come by the fifty a second: who looks is told of a lone change at once, of many together a moment apart. */
export const TELL_APART_MS = 500;

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
    const wait = toldAt + apartMs - Date.now();
    // A clock that was set back must not hold the news up.
    if (wait <= 0 || wait > apartMs) return now();
    waiting ??= setTimeout(now, wait);
  }
  return Object.assign(soon, { now });
}
