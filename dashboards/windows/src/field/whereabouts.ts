/** Where the phone is: told to the centre only on shift and while the app is open; taken along with an act or a report. */
import { defineStore } from "pinia";
import { ref } from "vue";
import { postPosition, postShift } from "@core/api/calls";
import { useSession } from "@core/data/session";
import { distanceM } from "@core/data/judgement";

const EVERY_MS = 30_000;
const MOVED_M = 25;

export interface Spot {
  lon: number;
  lat: number;
  accuracy_m: number;
}

export const useWhereabouts = defineStore("whereabouts", () => {
  const session = useSession();
  const here = ref<Spot | null>(null);
  const denied = ref(false);
  const onShift = ref(session.me?.on_shift ?? false);
  let watching: number | null = null;
  let told: (Spot & { atMs: number }) | null = null;

  function tell(spot: Spot): void {
    if (!onShift.value) return;
    const old = told === null || Date.now() - told.atMs > EVERY_MS;
    if (!old && told && distanceM(told, spot) < MOVED_M) return;
    told = { ...spot, atMs: Date.now() };
    void postPosition({ ...spot }).catch(() => (told = null));
  }
  function heard({ coords }: GeolocationPosition): void {
    denied.value = false;
    here.value = { lon: Number(coords.longitude.toFixed(6)), lat: Number(coords.latitude.toFixed(6)), accuracy_m: Math.round(coords.accuracy) };
    tell(here.value);
  }
  function start(): void {
    if (watching !== null || !navigator.geolocation) return;
    watching = navigator.geolocation.watchPosition(heard, () => (denied.value = true), { enableHighAccuracy: true, maximumAge: 10_000 });
    setInterval(() => here.value && tell(here.value), EVERY_MS);
  }
  async function setShift(next: boolean): Promise<void> {
    await postShift(next);
    onShift.value = next;
    if (session.me) session.me.on_shift = next;
    session.keep();
    told = null;
    if (next) start();
    if (here.value) tell(here.value);
  }
  return { here, denied, onShift, start, setShift };
});
