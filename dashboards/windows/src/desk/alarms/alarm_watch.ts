/** The alarms of this seat: what rings, how often in ten minutes, and whether it is muted. One watch a page. */
import { defineStore } from "pinia";
import { computed, ref, watch } from "vue";
import { useClock } from "@core/data/clock";
import { useIncidents } from "@core/data/incidents";
import { isShelved, needsPerson } from "@core/data/judgement";
import { useLive } from "@core/data/live";
import { ring, setMuted, wakeSpeaker } from "@core/sound/tones";
import { FLOOD, gravestTone, isActive, repeats, WINDOW_MS } from "@core/data/alarm_rules";

const KEPT_MUTED = "citybrain.desk.muted";
const KEPT_RUNG = "citybrain.desk.rung";
const AGAIN_MS = 15_000;

export const useAlarms = defineStore("alarms", () => {
  const incidents = useIncidents();
  const clock = useClock();
  const muted = ref(localStorage.getItem(KEPT_MUTED) === "yes");
  const rungAt = ref<number[]>(readRung());
  const known = new Set<number>();
  const minute = computed(() => Math.floor(clock.now / 10_000) * 10_000);
  const calling = computed(() => incidents.all.filter(needsPerson));
  const active = computed(() => calling.value.filter((one) => isActive(one, minute.value)));
  const shelved = computed(() => calling.value.filter((one) => isShelved(one, minute.value)));
  const load = computed(() => rungAt.value.filter((at) => at > minute.value - WINDOW_MS).length);
  const isFlood = computed(() => load.value > FLOOD);
  setMuted(muted.value);

  function toggle(): void {
    muted.value = !muted.value;
    setMuted(muted.value);
    localStorage.setItem(KEPT_MUTED, muted.value ? "yes" : "no");
  }
  function count(many: number): void {
    const since = Date.now() - WINDOW_MS;
    rungAt.value = [...rungAt.value.filter((at) => at > since), ...Array.from({ length: many }, () => Date.now())];
    localStorage.setItem(KEPT_RUNG, JSON.stringify(rungAt.value));
  }
  /** What calls when the page opens is known; only what comes after it rings and counts. */
  function learn(): void {
    for (const one of incidents.all) if (needsPerson(one)) known.add(one.number);
  }
  /** Begins to listen; the returned function ends it. */
  function start(): () => void {
    const stops = [
      watch(() => incidents.fillings, learn, { immediate: true }),
      useLive().onEntries(({ entries }) => {
        const fresh = entries.flatMap(({ state_after: one }) => (one && isActive(one, clock.now) && !known.has(one.number) ? [one] : []));
        const once = [...new Map(fresh.map((one) => [one.number, one])).values()];
        for (const one of once) known.add(one.number);
        if (once.length === 0) return;
        count(once.length);
        ring(gravestTone(once));
      }),
    ];
    const again = setInterval(() => {
      const waiting = active.value.filter(repeats);
      if (waiting.length > 0) ring(gravestTone(waiting));
    }, AGAIN_MS);
    window.addEventListener("pointerdown", wakeSpeaker, { once: true });
    window.addEventListener("keydown", wakeSpeaker, { once: true });
    return () => {
      stops.forEach((stop) => stop());
      clearInterval(again);
    };
  }
  return { muted, active, shelved, load, isFlood, toggle, start };
});

/** The load survives a reload of the page: it is the seat's, not the page's. */
function readRung(): number[] {
  try {
    const kept = JSON.parse(localStorage.getItem(KEPT_RUNG) ?? "[]") as unknown[];
    return kept.filter((at): at is number => typeof at === "number" && at > Date.now() - WINDOW_MS);
  } catch {
    return [];
  }
}
