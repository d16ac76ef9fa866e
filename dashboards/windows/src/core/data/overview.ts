/** The figures of the boards, as the server reckons them; asked again when entries came without them. */
import { defineStore } from "pinia";
import { shallowRef } from "vue";
import { getOverview } from "../api/calls";
import type { Overview } from "../api/types";

/** A little longer than the server lets pass between two frames that bring figures along. */
const ASK_AGAIN_MS = 3500;

export const useOverview = defineStore("overview", () => {
  const overview = shallowRef<Overview | null>(null);
  let scope: { area?: string | null; domain?: string | null } = {};
  let waiting: ReturnType<typeof setTimeout> | null = null;

  const take = (next: Overview | null | undefined): void => {
    if (!next) return;
    overview.value = next;
    if (waiting) clearTimeout(waiting);
    waiting = null;
  };
  function watchOver(next: { area?: string | null; domain?: string | null }): void {
    scope = next;
  }
  async function ask(): Promise<void> {
    const asked = scope;
    const answer = await getOverview({ area: asked.area, domain: asked.domain }).catch(() => null);
    if (asked === scope) take(answer);
  }
  /** At most one question in a while, however many entries come; none where the feed brings figures by itself. */
  function askSoon(): void {
    waiting ??= setTimeout(() => {
      waiting = null;
      void ask();
    }, ASK_AGAIN_MS);
  }
  /** Figures change by the passing of time as well (overdue, midnight): a screen nobody touches asks by itself. */
  function keepAsking(everyMs: number): () => void {
    const timer = setInterval(() => void ask(), everyMs);
    return () => clearInterval(timer);
  }
  return { overview, take, watchOver, ask, askSoon, keepAsking };
});
