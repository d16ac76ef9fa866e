/** The time of the server, as this page knows it: every age and countdown is reckoned with it. */
import { defineStore } from "pinia";
import { ref } from "vue";

export const useClock = defineStore("clock", () => {
  const offsetMs = ref(0);
  const now = ref(Date.now());
  let ticking: ReturnType<typeof setInterval> | null = null;

  function tick(): void {
    now.value = Date.now() + offsetMs.value;
  }
  /** One beat a second for all countdowns of the page. */
  function start(): void {
    ticking ??= setInterval(tick, 1000);
    tick();
  }
  /** Heartbeats arrive late, never early: the largest difference is the truest, but a set clock must be followed. */
  function hear(serverAt: string): void {
    const difference = Date.parse(serverAt) - Date.now();
    if (Number.isNaN(difference)) return;
    offsetMs.value = Math.abs(difference - offsetMs.value) > 2000 ? difference : Math.max(offsetMs.value, difference);
    tick();
  }
  return { offsetMs, now, start, hear };
});
