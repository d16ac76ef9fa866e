/** Where the phone is: told to the centre only on shift and while the app is open; taken along with an act or a report. */
import { defineStore } from "pinia";
import { ref } from "vue";
import { postPosition } from "@core/api/calls";
import { useSession } from "@core/data/session";
import { distanceM } from "@core/data/judgement";
import { useOutbox } from "./outbox";

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
  let telling: ReturnType<typeof setInterval> | null = null;
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
    telling ??= setInterval(() => here.value && tell(here.value), EVERY_MS);
  }
  /** Off shift nobody asks where the phone is. */
  function stop(): void {
    if (watching !== null) navigator.geolocation.clearWatch(watching);
    watching = null;
    here.value = null;
  }
  /** Goes through the outbox like every act: a shift also begins without a network. */
  async function setShift(next: boolean, title: string): Promise<void> {
    const isKept = await useOutbox().put({ kind: "shift", incident: null, order: null, action: "shift", title, body: { on: next } });
    if (!isKept) return;
    onShift.value = next;
    if (session.me) session.me.on_shift = next;
    session.keep();
    told = null;
    if (next) start();
    else stop();
    if (here.value) tell(here.value);
  }
  return { here, denied, onShift, start, stop, setShift };
});
