/** The time of the server, as this page knows it: every age and countdown is reckoned with it. */
import { defineStore } from "pinia";
import { ref } from "vue";
import { TELL_APART_MS, untilBeat } from "./paced";

export const useClock = defineStore("clock", () => {
  const offsetMs = ref(0);
  const now = ref(Date.now());
  let ticking: ReturnType<typeof setTimeout> | null = null;
  let isLed = false;

  function tick(): void {
    if (!isLed) now.value = Date.now() + offsetMs.value;
  }
  let isDim = false;
  function beat(): void {
    isDim = !isDim;
    document.documentElement.classList.toggle("dim", isDim);
    if (!isDim) tick();
    ticking = setTimeout(beat, untilBeat(TELL_APART_MS));
  }
  /** From now on the time is told, as in playback; null lets it run again. */
  function lead(atMs: number | null): void {
    isLed = atMs !== null;
    if (atMs !== null) now.value = atMs;
    else tick();
  }
  /** One beat a second for all countdowns of the page; between two beats, what blinks is dim. */
  function start(): void {
    ticking ??= setTimeout(beat, untilBeat(TELL_APART_MS));
    tick();
  }
  /** Heartbeats arrive late, never early: the largest difference is the truest, but a set clock must be followed. */
  function hear(serverAt: string): void {
    if (isLed) return;
    const difference = Date.parse(serverAt) - Date.now();
    if (Number.isNaN(difference)) return;
    offsetMs.value = Math.abs(difference - offsetMs.value) > 2000 ? difference : Math.max(offsetMs.value, difference);
    tick();
  }
  return { offsetMs, now, start, hear, lead };
});
