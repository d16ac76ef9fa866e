/** The seat's sound: a new matter that needs a person rings once here; muting is visible and kept for this seat. */
import { onMounted, onUnmounted, ref } from "vue";
import { isEmergencySeverity, needsPerson } from "@core/data/judgement";
import { useLive } from "@core/data/live";
import { ring, setMuted, wakeSpeaker } from "@core/sound/tones";

const KEPT = "citybrain.desk.muted";

export function useAlarms() {
  const live = useLive();
  const muted = ref(localStorage.getItem(KEPT) === "yes");
  setMuted(muted.value);

  function toggle(): void {
    muted.value = !muted.value;
    setMuted(muted.value);
    localStorage.setItem(KEPT, muted.value ? "yes" : "no");
  }
  const stop = live.onEntries((frame) => {
    const fresh = frame.entries.filter((entry) => entry.kind === "incident_opened" && entry.state_after && needsPerson(entry.state_after));
    if (fresh.length === 0) return;
    ring(fresh.some((entry) => isEmergencySeverity(entry.state_after?.severity)) ? "severe" : "critical");
  });
  onMounted(() => window.addEventListener("pointerdown", wakeSpeaker, { once: true }));
  onUnmounted(stop);
  return { muted, toggle };
}
