/** What a seat puts up on this wall: the incident or camera is chosen here, and the wall says who did it and when. */
import { computed, ref, watch } from "vue";
import { getIncident } from "@core/api/calls";
import type { Device, Incident } from "@core/api/types";
import { useIncidents } from "@core/data/incidents";
import { useLive } from "@core/data/live";
import type { useWallView } from "./wall_view";

export function usePushed(view: ReturnType<typeof useWallView>, cameras: { value: Device[] }) {
  const live = useLive();
  const incidents = useIncidents();
  /** One that the present view does not hold: of another domain or area. It stands on its card and in no figure. */
  const beyond = ref<Incident | null>(null);
  const chosen = computed(() => {
    const number = view.chosen.value;
    return incidents.find(number) ?? (beyond.value?.number === number ? beyond.value : undefined);
  });
  const camera = computed(() => cameras.value.find((one) => one.id === view.camera.value) ?? null);
  /** Stands as long as what was put up is what is shown. */
  const push = computed(() => {
    const shown = live.shown;
    const stands = shown && (shown.incident !== null ? shown.incident === view.chosen.value : shown.camera !== null && shown.camera === view.camera.value);
    return stands ? shown : null;
  });

  watch(() => live.shown, (shown) => {
    if (!shown) return;
    if (shown.camera !== null) view.showCamera(shown.camera);
    else view.choose(shown.incident);
  });
  watch([view.chosen, () => incidents.fillings], async ([number, fillings]) => {
    if (number === null || fillings === 0 || incidents.find(number)) return;
    beyond.value = await getIncident(number).catch(() => null);
  }, { immediate: true });
  return { chosen, camera, push };
}
