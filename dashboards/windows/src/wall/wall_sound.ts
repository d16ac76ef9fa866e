/** The wall's sound: what calls a person rings by its rank, Ⅰ, Ⅱ and an unsigned 特急 until somebody has acknowledged. */
import { computed, onMounted, onUnmounted, ref, type Ref } from "vue";
import type { Incident } from "@core/api/types";
import { gravestTone, isActive, repeats } from "@core/data/alarm_rules";
import { useClock } from "@core/data/clock";
import { useLive } from "@core/data/live";
import { isAwake, ring, setMuted, wakeSpeaker } from "@core/sound/tones";

const KEPT = "citybrain.wall.muted";
const AGAIN_MS = 15_000;

export function useWallSound(needing: Ref<Incident[]>) {
  const live = useLive();
  const clock = useClock();
  const muted = ref(localStorage.getItem(KEPT) === "yes");
  const awake = ref(isAwake());
  const known = new Set<number>();
  setMuted(muted.value);

  function toggle(): void {
    wake();
    muted.value = !muted.value;
    setMuted(muted.value);
    localStorage.setItem(KEPT, muted.value ? "yes" : "no");
  }
  /** Browsers let a page sound only after a hand or a key, unless the terminal allows it: the wall says so. */
  function wake(): void {
    void wakeSpeaker().then(() => (awake.value = isAwake()));
  }
  const stop = live.onEntries(({ entries }) => {
    const fresh = entries.flatMap(({ state_after: one }) => (one && isActive(one, clock.now) && !known.has(one.number) ? [one] : []));
    for (const one of fresh) known.add(one.number);
    if (fresh.length > 0) ring(gravestTone(fresh));
  });
  const again = setInterval(() => {
    const waiting = needing.value.filter((one) => isActive(one, clock.now) && repeats(one));
    if (waiting.length > 0) ring(gravestTone(waiting));
  }, AGAIN_MS);
  onMounted(() => {
    wake();
    for (const kind of ["pointerdown", "keydown"] as const) window.addEventListener(kind, wake, { once: true });
  });
  onUnmounted(() => {
    stop();
    clearInterval(again);
  });
  const state = computed(() => (muted.value ? "muted" : awake.value ? "on" : "asleep"));
  return { muted, state, toggle };
}
